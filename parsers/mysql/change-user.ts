/**
 * COM_CHANGE_USER (manual): user, length of the auth response 1 and itself (passed over, never kept), schema, character set 2,
 * with CLIENT_PLUGIN_AUTH the plugin's name, then connection attributes.
 */
import { charsetOfCollation } from './charset.ts'
import { type CommandInFlight, markIncomplete } from './command-in-flight.ts'
import { readConnectionAttributes } from './connection-attributes.ts'
import type { Packet } from './packet.ts'
import { Payload } from './payload.ts'
import { readIn } from './reading.ts'
import type { Session } from './session.ts'

export function readChangeUser(command: CommandInFlight, packet: Packet, session: Session): void {
  const payload = new Payload(packet.bytes, packet.start + 1, packet.end)
  const user = payload.nulTerminatedText()
  const length = user === undefined ? undefined : payload.integer(1)
  const schema = length !== undefined && payload.skip(length) ? payload.nulTerminatedText() : undefined
  if (user === undefined || schema === undefined) {
    command.change = 'unknown'
    markIncomplete(command, 'a gap in the login')
    return
  }
  command.change = 'user'
  command.user = command.exchange.user = user
  command.schema = command.exchange.database = schema === '' ? null : schema
  const collation = payload.integer(2)
  command.reading = readIn(charsetOfCollation(collation ?? 0))
  if (collation !== undefined && payload.nulTerminatedText() !== undefined) {
    session.attributes = readConnectionAttributes(payload) ?? session.attributes
  }
}
