/** The prepared statements of one connection: text by the id that the server gave. The oldest go when a limit is reached. */
import type { MysqlLimits } from './limits.ts'

export interface PreparedStatement {
  text: Uint8Array
  /** Of the whole text. */
  textLength: number
}

export class PreparedStatements {
  /** Forgotten because a limit was reached. */
  dropped = 0
  readonly #byId = new Map<number, PreparedStatement>()
  readonly #limits: MysqlLimits
  #bytes = 0

  constructor(limits: MysqlLimits) {
    this.#limits = limits
  }

  get(id: number): PreparedStatement | undefined {
    return this.#byId.get(id)
  }

  add(id: number, statement: PreparedStatement): void {
    this.delete(id)
    this.#byId.set(id, statement)
    this.#bytes += statement.text.length
    for (const oldest of this.#byId.keys()) {
      if (this.#byId.size <= this.#limits.preparedStatements && this.#bytes <= this.#limits.preparedTextBytes) break
      this.delete(oldest)
      this.dropped++
    }
  }

  delete(id: number): void {
    const statement = this.#byId.get(id)
    if (statement === undefined) return
    this.#byId.delete(id)
    this.#bytes -= statement.text.length
  }

  clear(): void {
    this.#byId.clear()
    this.#bytes = 0
  }
}
