/** The first line of a response (RFC 9112 section 4): `HTTP/1.x SP 3DIGIT [SP reason]`. */
import type { StartLine } from './message-head.ts'

const name = 'HTTP/1.'

export class StatusLine implements StartLine {
  valid = false
  statusCode = 0
  version = '1.1'

  read(bytes: Uint8Array, start: number, end: number): boolean {
    this.valid = false
    if (end - start < 12 || bytes[start + 8] !== 0x20) return false
    if (end - start > 12 && bytes[start + 12] !== 0x20) return false
    for (let i = 0; i < name.length; i++) if (bytes[start + i] !== name.charCodeAt(i)) return false
    const minor = (bytes[start + 7] ?? 0) - 0x30
    let statusCode = 0
    for (let i = start + 9; i < start + 12; i++) {
      const digit = (bytes[i] ?? 0) - 0x30
      if (digit < 0 || digit > 9) return false
      statusCode = statusCode * 10 + digit
    }
    if (minor < 0 || minor > 9 || statusCode < 100) return false
    this.valid = true
    this.statusCode = statusCode
    this.version = minor === 1 ? '1.1' : `1.${minor}`
    return true
  }
}
