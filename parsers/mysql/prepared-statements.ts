/**
 * The prepared statements of one connection, by the id that the server gave: their texts, the parameter types sent last, and
 * the parts of parameters sent ahead by COM_STMT_SEND_LONG_DATA. The oldest go when a limit is reached.
 */
import type { MysqlLimits } from './limits.ts'
import { type LongData, LongDataParts } from './long-data.ts'
import { StatementIds } from './statement-ids.ts'
import { equalBytes, noStatement, type PreparedStatement, type StatementTexts } from './statement-texts.ts'

export class PreparedStatements {
  /** Not remembered, or forgotten, because a limit was reached. */
  dropped = 0
  readonly longData: LongDataParts
  readonly #ids = new StatementIds()
  readonly #texts: StatementTexts
  readonly #limits: MysqlLimits
  /** After a gap: those whose types were seen since. Undefined: nothing was missed. */
  #typed: Set<number> | undefined

  constructor(texts: StatementTexts, limits: MysqlLimits) {
    this.#texts = texts
    this.#limits = limits
    this.longData = new LongDataParts(limits)
  }

  get size(): number {
    return this.#ids.size
  }

  get(id: number): PreparedStatement | undefined {
    return this.#texts.get(this.#ids.get(id))
  }

  add(id: number, statement: PreparedStatement): void {
    this.#refer(id, statement)
    if (this.#ids.size <= this.#limits.preparedStatements) return
    for (const oldest of this.#ids) {
      this.delete(oldest.id)
      this.dropped++
      return
    }
  }

  #refer(id: number, statement: PreparedStatement): void {
    const reference = this.#texts.take(statement)
    if (reference === noStatement) {
      this.delete(id)
      this.dropped++
    } else {
      this.#texts.giveBack(this.#ids.set(id, reference))
    }
  }

  /** The types that executions of this statement have from now on. */
  bind(id: number, types: Uint8Array): void {
    const statement = this.get(id)
    if (statement === undefined) return
    this.#typed?.add(id)
    if (statement.types !== null && equalBytes(statement.types, types)) return
    this.#refer(id, { ...statement, types: new Uint8Array(types) })
  }

  /** Types were bound that were not seen. */
  unbind(id: number): void {
    const statement = this.get(id)
    if (statement !== undefined && statement.types !== null) this.#refer(id, { ...statement, types: null })
  }

  /** @returns the types bound last; null where that was not seen */
  typesOf(id: number): Uint8Array | null {
    if (this.#typed !== undefined && !this.#typed.has(id)) return null
    return this.get(id)?.types ?? null
  }

  /** Commands were missed: whatever was bound may have been bound anew. */
  doubtTypes(): void {
    this.#typed = new Set()
    this.longData.clear()
  }

  /** Whether commands were missed, so that long data may have been. */
  get doubtful(): boolean {
    return this.#typed !== undefined
  }

  takeLongData(id: number): LongData | null {
    return this.longData.take(id)
  }

  delete(id: number): void {
    this.#texts.giveBack(this.#ids.delete(id))
    this.#typed?.delete(id)
    this.longData.delete(id)
  }

  clear(): void {
    for (const { reference } of this.#ids) this.#texts.giveBack(reference)
    this.#ids.clear()
    this.#typed?.clear()
    this.longData.clear()
  }
}
