/**
 * The texts of prepared statements, shared by all connections: ten thousand connections that prepare the same thousand
 * statements keep each text once. A connection refers to an entry by a small number and gives it back.
 */

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
  readonly hash: number
  users: number
  /** Another entry of the same hash. */
  next: number
}

/** The reference to nothing. */
export const noStatement = 0

export class StatementTexts {
  /** Statements not remembered, for the limit was reached. */
  refused = 0
  readonly #maxBytes: number
  readonly #entries: (Entry | undefined)[] = [undefined]
  readonly #free: number[] = []
  readonly #byHash = new Map<number, number>()
  #bytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
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
    const hash = hashOf(statement)
    const first = this.#byHash.get(hash) ?? noStatement
    for (let reference = first; reference !== noStatement;) {
      const entry = this.#entries[reference]
      if (entry === undefined) break
      if (isSame(entry.statement, statement)) {
        entry.users++
        return reference
      }
      reference = entry.next
    }
    return this.#add(statement, hash, first)
  }

  #add(statement: PreparedStatement, hash: number, next: number): number {
    const size = sizeOf(statement)
    if (this.#bytes + size > this.#maxBytes) {
      this.refused++
      return noStatement
    }
    const reference = this.#free.pop() ?? this.#entries.length
    this.#entries[reference] = { statement: own(statement), hash, users: 1, next }
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

/** What an entry takes beside its bytes, about. */
const entryBytes = 200

function sizeOf({ text, types }: PreparedStatement): number {
  return entryBytes + text.length + (types?.length ?? 0)
}

/** The text's bytes may lie in a larger buffer that would be kept alive. */
function own(statement: PreparedStatement): PreparedStatement {
  const { text } = statement
  return text.buffer.byteLength === text.length ? statement : { ...statement, text: new Uint8Array(text) }
}

function hashOf({ text, types, parameters }: PreparedStatement): number {
  let hash = 0x811c9dc5 ^ text.length ^ ((parameters ?? -1) << 16)
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ (text[i] ?? 0), 0x01000193)
  if (types !== null) for (let i = 0; i < types.length; i++) hash = Math.imul(hash ^ (types[i] ?? 0), 0x01000193)
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
  for (let i = 0; i < one.length; i++) if (one[i] !== other[i]) return false
  return true
}
