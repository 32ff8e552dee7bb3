/** Where in a digest's text the last things end that another of their kind may be folded into. */
import { ascii } from './lexis.ts'

/** Of `...`. */
export const foldedLength = 3
const none = -1

export class FoldMarks {
  /** Of the last complete row of VALUES. */
  rowEnd = none
  /** Of the last `...`. */
  foldEnd = none
  /** Of the last `limit ?`. */
  limitEnd = none

  clear(): void {
    this.rowEnd = this.foldEnd = this.limitEnd = none
  }

  /** What stood behind `length` is gone. */
  keep(length: number): void {
    if (this.foldEnd > length) this.foldEnd = none
    if (this.rowEnd > length) this.rowEnd = none
    if (this.limitEnd > length) this.limitEnd = none
  }
}

/** The comma at `comma` follows a `...`. */
export function followsFold(bytes: Uint8Array, comma: number): boolean {
  return bytes[comma] === ascii.comma && bytes[comma - 1] === ascii.dot && bytes[comma - 2] === ascii.dot
}
