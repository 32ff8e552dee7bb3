/**
 * The texts of prepared statements, shared by all connections: ten thousand connections that prepare the same thousand
 * statements keep each text once. A connection refers to an entry by a small number and gives it back.
 */

import { Buffer } from 'node:buffer'
import { NumberBlocks } from './number-blocks.ts'
import { sharedReferenceBytes } from './limits.ts'

/** What is known of a prepared statement. It is shared: nobody changes it. */
export interface PreparedStatement {
  readonly text: Uint8Array
  /** Of the whole text. */
  readonly textLength: number
  /** How many parameters it has; null: not known yet. */
  readonly parameters: number | null
  /** Two bytes each, type and flags, as the last execution that sent them did; null: none was seen. */
  readonly types: Uint8Array | null
}

interface Entry {
  statement: PreparedStatement
  readonly textHash: number
  readonly hash: number
  users: number
  /** Another entry of the same hash. */
  next: number
}

/** The reference to nothing. */
export const noStatement = 0

/** Statements of one hash: more of them were made up to meet there. */
const mostOfOneHash = 32

export class StatementTexts {
  /** Statements not remembered, for the limit was reached. */
  refused = 0
  /** Where the connections keep what they refer to. */
  readonly referrers: NumberBlocks
  readonly #maxBytes: number
  readonly #entries: (Entry | undefined)[] = [undefined]
  readonly #free: number[] = []
  readonly #byHash = new Map<number, number>()
  #bytes = 0

  constructor(maxBytes: number, maxReferenceBytes = sharedReferenceBytes) {
    this.#maxBytes = maxBytes
    this.referrers = new NumberBlocks(maxReferenceBytes)
  }

  /** Bytes of all texts and types. */
  get bytes(): number {
    return this.#bytes
  }

  get size(): number {
    return this.#entries.length - 1 - this.#free.length
  }

  get(reference: number): PreparedStatement | undefined {
    return this.#entries[reference]?.statement
  }

  /** @returns a reference to be given back; `noStatement` where the limit is reached */
  take(statement: PreparedStatement): number {
    return this.#take(statement, hashOf(statement.text, statement.textLength), ownText)
  }

  /** The same statement with other types. @returns a reference as `take` does */
  takeTyped(reference: number, types: Uint8Array | null): number {
    const entry = this.#entries[reference]
    return entry === undefined ? noStatement : this.#take({ ...entry.statement, types }, entry.textHash, keptText)
  }

  #take(statement: PreparedStatement, textHash: number, kept: (text: Uint8Array) => Uint8Array): number {
    const hash = hashOf(statement.types ?? none, textHash ^ ((statement.parameters ?? -1) << 16))
    const first = this.#byHash.get(hash) ?? noStatement
    let seen = 0
    for (let reference = first; reference !== noStatement; seen++) {
      const entry = this.#entries[reference]
      if (entry === undefined) break
      if (isSame(entry.statement, statement)) {
        entry.users++
        return reference
      }
      reference = entry.next
    }
    const size = sizeOf(statement)
    if (this.#bytes + size > this.#maxBytes || seen >= mostOfOneHash) {
      this.refused++
      return noStatement
    }
    const reference = this.#free.pop() ?? this.#entries.length
    const { textLength, parameters, types } = statement
    const own = { text: kept(statement.text), textLength, parameters, types }
    this.#entries[reference] = { statement: own, textHash, hash, users: 1, next: first }
    this.#byHash.set(hash, reference)
    this.#bytes += size
    return reference
  }

  giveBack(reference: number): void {
    const entry = this.#entries[reference]
    if (entry === undefined || --entry.users > 0) return
    this.#entries[reference] = undefined
    this.#free.push(reference)
    this.#bytes -= sizeOf(entry.statement)
    this.#unlink(reference, entry)
  }

  #unlink(reference: number, { hash, next }: Entry): void {
    if (this.#byHash.get(hash) === reference) {
      if (next === noStatement) this.#byHash.delete(hash)
      else this.#byHash.set(hash, next)
      return
    }
    for (let at = this.#byHash.get(hash) ?? noStatement; at !== noStatement;) {
      const entry = this.#entries[at]
      if (entry === undefined) return
      if (entry.next === reference) entry.next = next
      at = entry.next
    }
  }
}

/** Below it a loop is quicker than Buffer's comparison. */
const fewBytes = 64
/** What an entry takes beside its bytes, about. */
const entryBytes = 200

function sizeOf({ text, types }: PreparedStatement): number {
  return entryBytes + text.length + (types?.length ?? 0)
}

/** The text's bytes may lie in a larger buffer that would be kept alive. */
function ownText(text: Uint8Array): Uint8Array {
  return text.buffer.byteLength === text.length ? text : new Uint8Array(text)
}

/** Another entry's: to ask a short one for its buffer would move it out of the engine's heap. */
function keptText(text: Uint8Array): Uint8Array {
  return text
}

const none = new Uint8Array(0)

function hashOf(bytes: Uint8Array, seed: number): number {
  let hash = 0x811c9dc5 ^ seed
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193)
  return hash
}

function isSame(one: PreparedStatement, other: PreparedStatement): boolean {
  return (
    one.textLength === other.textLength &&
    one.parameters === other.parameters &&
    equalBytes(one.text, other.text) &&
    (one.types === null || other.types === null ? one.types === other.types : equalBytes(one.types, other.types))
  )
}

export function equalBytes(one: Uint8Array, other: Uint8Array): boolean {
  if (one === other) return true
  if (one.length !== other.length) return false
  if (one.length > fewBytes) return Buffer.compare(one, other) === 0
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false
  return true
}
