/**
 * The prepared statements of one connection, by the id that the server gave: their texts, the parameter types sent last, and
 * the parts of parameters sent ahead by COM_STMT_SEND_LONG_DATA. The oldest go when a limit is reached.
 */
import type { MysqlLimits } from './limits.ts'
import { LongDataParts } from './long-data.ts'
import { StatementIds } from './statement-ids.ts'
import { equalBytes, noStatement, type PreparedStatement, type StatementTexts } from './statement-texts.ts'

export class PreparedStatements {
  /** Not remembered, or forgotten, because a limit was reached. */
  dropped = 0
  /** What was prepared, or sent ahead, before is not known. */
  joined = false
  /** Those of them that were executed since. */
  #used: Set<number> | undefined
  /** Null: none was sent yet. */
  longData: LongDataParts | null = null
  readonly #ids: StatementIds
  readonly #texts: StatementTexts
  readonly #limits: MysqlLimits
  /** After a gap: those whose types were seen since. Undefined: nothing was missed. */
  #typed: Set<number> | undefined
  /** After parts of parameters sent ahead may have been missed: those that have none of them. Undefined: nothing was missed. */
  #settled: Set<number> | undefined

  constructor(texts: StatementTexts, limits: MysqlLimits) {
    this.#ids = new StatementIds(texts.referrers)
    this.#texts = texts
    this.#limits = limits
  }

  get size(): number {
    return this.#ids.size
  }

  get(id: number): PreparedStatement | undefined {
    return this.#texts.get(this.#ids.get(id))
  }

  add(id: number, statement: PreparedStatement): void {
    this.#refer(id, this.#texts.take(statement))
    this.#settled?.add(id)
    if (this.#ids.size <= this.#limits.preparedStatements) return
    for (const oldest of this.#ids) {
      this.delete(oldest.id)
      this.dropped++
      return
    }
  }

  #refer(id: number, reference: number): void {
    const before = reference === noStatement ? undefined : this.#ids.set(id, reference)
    if (before === undefined) {
      this.#texts.giveBack(reference)
      this.delete(id)
      this.dropped++
    } else this.#texts.giveBack(before)
  }

  /** The types that executions of this statement have from now on. */
  bind(id: number, types: Uint8Array): void {
    const statement = this.get(id)
    if (statement === undefined) return
    this.#typed?.add(id)
    if (statement.types !== null && equalBytes(statement.types, types)) return
    this.#refer(id, this.#texts.takeTyped(this.#ids.get(id), new Uint8Array(types)))
  }

  /** Types were bound that were not seen. */
  unbind(id: number): void {
    const statement = this.get(id)
    if (statement === undefined || statement.types === null) return
    this.#refer(id, this.#texts.takeTyped(this.#ids.get(id), null))
  }

  /** @returns the types bound last; null where that was not seen */
  typesOf(id: number): Uint8Array | null {
    if (this.#typed !== undefined && !this.#typed.has(id)) return null
    return this.get(id)?.types ?? null
  }

  /** Commands were missed: whatever was bound may have been bound anew. */
  doubtTypes(): void {
    this.#typed = new Set()
    this.doubtLongData()
  }

  /** Parts of parameters were missed, or not kept. */
  doubtLongData(): void {
    this.#settled = new Set()
    this.#used?.clear()
    this.longData?.clear()
  }

  /** @param length of the part; `bytes` may be only its beginning. @returns false: it is not kept */
  addLongData(id: number, parameter: number, bytes: Uint8Array, length: number): boolean {
    this.longData ??= new LongDataParts(this.#limits)
    return this.longData.add(id, parameter, bytes, length)
  }

  /** Whether parameters of this statement may have been sent ahead that are not known. */
  mayLackLongData(id: number): boolean {
    if (this.joined && this.#ids.get(id) === noStatement) return this.#used?.has(id) !== true
    return this.#settled !== undefined && !this.#settled.has(id)
  }

  /** An execution, or COM_STMT_RESET, used up what was sent ahead. */
  settle(id: number): void {
    this.longData?.delete(id)
    if (this.#ids.get(id) !== noStatement) this.#settled?.add(id)
    else if (this.joined) this.#use(id)
  }

  #use(id: number): void {
    this.#used ??= new Set()
    if (this.#used.size >= this.#limits.preparedStatements) this.#used.clear()
    this.#used.add(id)
  }

  delete(id: number): void {
    this.#texts.giveBack(this.#ids.delete(id))
    this.#typed?.delete(id)
    this.#settled?.delete(id)
    this.longData?.delete(id)
  }

  clear(): void {
    for (const { reference } of this.#ids) this.#texts.giveBack(reference)
    this.#ids.clear()
    this.#typed?.clear()
    this.#settled?.clear()
    this.longData?.clear()
  }
}
