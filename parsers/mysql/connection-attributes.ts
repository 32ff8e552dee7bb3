/**
 * What a client says of itself at its login and in COM_CHANGE_USER (manual, "Performance Schema Connection Attribute
 * Tables"): with CLIENT_CONNECT_ATTRS the bytes of all pairs, length-encoded, then keys and values, each length-encoded.
 */
import type { Payload } from './payload.ts'

export interface ConnectionAttributes {
  /** `program_name`. */
  programName: string | null
  /** The driver: `_client_name`. */
  clientName: string | null
  /** `_client_version`. */
  clientVersion: string | null
  /** `_pid` on the client's machine. */
  pid: number | null
}

const longestValue = 256

/** @returns null where there are none, or they cannot be read */
export function readConnectionAttributes(payload: Payload): ConnectionAttributes | null {
  const all = payload.length()
  if (all === undefined || all === 0) return null
  const attributes: ConnectionAttributes = { programName: null, clientName: null, clientVersion: null, pid: null }
  const end = payload.offset + all
  while (payload.offset < end) {
    const key = payload.lengthEncodedText()
    const value = payload.lengthEncodedText()
    if (key === undefined || value === undefined) break
    note(attributes, key, value.slice(0, longestValue))
  }
  return attributes
}

function note(attributes: ConnectionAttributes, key: string, value: string): void {
  switch (key) {
    case 'program_name':
      attributes.programName = value
      break
    case '_client_name':
      attributes.clientName = value
      break
    case '_client_version':
      attributes.clientVersion = value
      break
    case '_pid':
      attributes.pid = /^\d{1,10}$/.test(value) ? Number(value) : null
      break
  }
}
