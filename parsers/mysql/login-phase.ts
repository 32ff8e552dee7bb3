/**
 * The connection phase (manual): the server greets, the client asks for TLS or logs in, or the server refuses at once. From the
 * login on the connection has a user and a schema, and the login itself is the first command: COM_CONNECT.
 */
import type { Transport } from '../exchange.ts'
import { capability } from './capabilities.ts'
import { beginCommand, type CommandInFlight } from './command-in-flight.ts'
import { commandFacts } from './commands.ts'
import { readGreeting } from './greeting.ts'
import { readLogin } from './login.ts'
import type { Packet } from './packet.ts'
import { readIn } from './reading.ts'
import type { Session } from './session.ts'

export const connect = commandFacts(0x0b)

const headerErr = 0xff

/** @returns false where this is no greeting */
export function greet(session: Session, { bytes, start, end, length }: Packet): boolean {
  const greeting = readGreeting(bytes, start, end, length)
  if (greeting === undefined) return false
  Object.assign(session, greeting)
  return true
}

/** @returns the login as a command, `tls`, or undefined where this is neither */
export function logIn(session: Session, packet: Packet, transport: Transport): CommandInFlight | 'tls' | undefined {
  const login = readLogin(packet)
  if (login === undefined) return undefined
  if (login.kind === 'ssl-request') return 'tls'
  session.capabilities = ((session.capabilities ?? 0) & login.capabilities) >>> 0
  session.mariadbCapabilities &= login.mariadbCapabilities
  session.deprecateEof = (session.capabilities & capability.CLIENT_DEPRECATE_EOF) !== 0
  session.user = login.user
  session.database = login.database
  session.attributes = login.attributes
  session.reading = readIn(login.charset)
  if (login.cut) session.doubt = 'a gap in the login'
  const command = beginCommand(connect, session, transport, packet.startedAt, packet.position)
  command.expected = 'authentication'
  command.sequence = (packet.lastSequence + 1) & 0xff
  return command
}

/** An error where the server should greet, or wait for a login: it tells why it wants no client. @param position of the client's stream */
export function refusal(
  session: Session,
  packet: Packet,
  transport: Transport,
  position: number,
): CommandInFlight | undefined {
  if (packet.bytes[packet.start] !== headerErr) return undefined
  const command = beginCommand(connect, session, transport, packet.startedAt, position)
  command.exchange.firstByteAt = packet.startedAt
  command.sequence = packet.sequence
  command.lastByteAt = packet.endedAt
  return command
}

export function compresses({ capabilities }: Session): boolean {
  const either = capability.CLIENT_COMPRESS | capability.CLIENT_ZSTD_COMPRESSION_ALGORITHM
  return ((capabilities ?? 0) & either) !== 0
}
