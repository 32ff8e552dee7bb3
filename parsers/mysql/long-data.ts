/** Parameters sent ahead in parts (manual, "COM_STMT_SEND_LONG_DATA"), until the execution that uses them. */
import type { MysqlLimits } from './limits.ts'

export interface LongValue {
  /** The beginning. */
  bytes: Uint8Array
  /** Of all parts. */
  length: number
  /** A gap hides a part of the beginning. */
  isCut: boolean
}

/** By the parameter's index. */
export type LongData = Map<number, LongValue>

const empty = new Uint8Array(0)

export class LongDataParts {
  /** Not kept, because a limit was reached. */
  dropped = 0
  readonly #limits: MysqlLimits
  /** By the statement's id. */
  #parts: Map<number, LongData> | undefined
  #values = 0

  constructor(limits: MysqlLimits) {
    this.#limits = limits
  }

  get bytes(): number {
    let sum = 0
    for (const parts of this.#parts?.values() ?? []) for (const { bytes } of parts.values()) sum += bytes.length
    return sum
  }

  /** @param length of the part; `bytes` may be only its beginning. @returns false: it is not kept */
  add(id: number, parameter: number, bytes: Uint8Array, length: number): boolean {
    this.#parts ??= new Map()
    const parts = this.#parts.get(id) ?? new Map<number, LongValue>()
    this.#parts.set(id, parts)
    let value = parts.get(parameter)
    if (value === undefined) {
      if (this.#values >= this.#limits.longDataValues) {
        this.dropped++
        if (parts.size === 0) this.#parts.delete(id)
        return false
      }
      this.#values++
      value = { bytes: empty, length: 0, isCut: false }
      parts.set(parameter, value)
    }
    const room = this.#limits.longDataBytes - value.bytes.length
    const wanted = Math.min(bytes.length, room)
    if (wanted < Math.min(length, room)) value.isCut = true
    if (wanted > 0 && value.bytes.length === value.length) {
      const joined = new Uint8Array(value.bytes.length + wanted)
      joined.set(value.bytes)
      joined.set(bytes.subarray(0, wanted), value.bytes.length)
      value.bytes = joined
    }
    value.length += length
    return true
  }

  /** An execution uses them up. */
  take(id: number): LongData | null {
    if (this.#values === 0) return null
    const parts = this.#parts?.get(id) ?? null
    this.delete(id)
    return parts
  }

  delete(id: number): void {
    const parts = this.#parts?.get(id)
    if (parts === undefined) return
    this.#values -= parts.size
    this.#parts?.delete(id)
  }

  clear(): void {
    this.#parts = undefined
    this.#values = 0
  }
}
