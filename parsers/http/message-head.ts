/**
 * The head of a message (RFC 9112 section 2.1): a start line, field lines, an empty line. Nothing is kept of it
 * but the fields that an exchange reports and the framing of the body.
 */
import type { HeaderFields } from './header-fields.ts'
import type { HttpLimits } from './limits.ts'
import { LineReader } from './line.ts'

export interface StartLine {
  valid: boolean
  /** @returns whether field lines follow */
  read(bytes: Uint8Array, start: number, end: number, lineIsCut: boolean): boolean
}

export class MessageHead<Start extends StartLine> {
  readonly startLine: Start
  readonly fields: HeaderFields
  /** `start-line` until that line is whole, then `fields`, then `ended`. */
  state: 'start-line' | 'fields' | 'ended' = 'start-line'
  /** Bytes so far, from the first of the start line. */
  length = 0
  readonly #lines: LineReader
  readonly #maxBytes: number
  /** Bytes before the line in hand: unlike `length` it does not depend on how much of the line came at once. */
  #lineStart = 0

  constructor(startLine: Start, fields: HeaderFields, limits: HttpLimits) {
    this.startLine = startLine
    this.fields = fields
    this.#maxBytes = limits.headBytes
    this.#lines = new LineReader(limits.headBytes, (bytes, start, end, lineIsCut) => {
      if (this.state === 'start-line') {
        this.state = this.startLine.read(bytes, start, end, lineIsCut) ? 'fields' : 'ended'
      } else if (start === end) {
        this.state = 'ended'
      } else {
        this.fields.readLine(bytes, start, end, lineIsCut || this.#lineStart > this.#maxBytes)
      }
    })
  }

  get isTooLong(): boolean {
    return this.length > this.#maxBytes
  }

  clear(): void {
    this.state = 'start-line'
    this.length = 0
    this.#lineStart = 0
    this.startLine.valid = false
    this.fields.clear()
    this.#lines.clear()
  }

  /** Reads on, and returns after the start line so that its reader can judge it, and at the end. @returns the new offset */
  read(bytes: Uint8Array, from: number): number {
    let at = from
    while (at < bytes.length && this.state !== 'ended') {
      const before = this.state
      const next = this.#lines.read(bytes, at)
      this.length += (next ?? bytes.length) - at
      if (next === undefined) return bytes.length
      this.#lineStart = this.length
      at = next
      if (before === 'start-line') return at
    }
    return at
  }
}
