/**
 * Commands that a gap in the client's bytes may hide. Their answers are read for what they change in the session, and
 * until the next answer is known to be paired with its own command, that is said.
 */
import { beginCommand, type CommandInFlight, markIncomplete } from './command-in-flight.ts'
import { command as code, commandFacts } from './commands.ts'
import type { Packet } from './packet.ts'
import { doubtSession, type Session } from './session.ts'

/** The answer to COM_STMT_PREPARE, before its definitions. */
const preparedBytes = 12

/**
 * Whether an answer belongs to the command that is pending. After a gap the first command's may be that of an unseen one;
 * if it was, there is one answer too many before the next command.
 */
type Pairing = 'certain' | 'tried' | 'open'

export class UnseenCommands {
  readonly #session: Session
  #pairing: Pairing = 'certain'
  #possible = false

  constructor(session: Session) {
    this.#session = session
  }

  /** Commands may have been sent since the last one that was seen. */
  get possible(): boolean {
    return this.#possible
  }

  /** A gap in the client's bytes. */
  begin(): void {
    this.#possible = true
    this.#pairing = 'open'
  }

  /** The next command is seen. */
  over(): void {
    this.#possible = false
  }

  /** An answer came while no command was pending. */
  answered(): void {
    if (this.#pairing === 'tried') this.#pairing = 'open'
  }

  /** @param alone no other command is pending */
  precede(command: CommandInFlight, alone: boolean): void {
    if (this.#pairing === 'tried' && alone) this.#pairing = 'certain'
    if (this.#pairing === 'certain') return
    this.#pairing = 'tried'
    markIncomplete(command, 'commands before it were not seen')
  }

  /** @returns a command for an answer without one; undefined where there can be none, or it does not matter */
  commandOf(packet: Packet): CommandInFlight | undefined {
    if (!this.#possible || packet.sequence === 0) return undefined
    if (this.#session.doubt !== null) {
      doubtSession(this.#session, this.#session.doubt)
      return undefined
    }
    const isPrepared = packet.length === preparedBytes && packet.bytes[packet.start] === 0
    const command = beginCommand(isPrepared ? anyPrepare : anyQuery, this.#session, 'plain', packet.startedAt, 0)
    command.hidden = true
    command.change = 'unknown'
    command.sequence = packet.sequence
    return command
  }
}

const anyPrepare = commandFacts(code.COM_STMT_PREPARE)
const anyQuery = commandFacts(code.COM_QUERY)

/** Whether what was read as the answer to COM_STMT_PREPARE had no definitions behind it: it may as well have been an OK. */
export function mayBeOk({ expected, exchange }: CommandInFlight): boolean {
  return expected === 'prepare-ok' && exchange.status === 'ok'
}

/**
 * Whether a packet is neither OK nor the request for a file, nor anything that could be taken for one: a text, a
 * definition, a row. It changes nothing.
 */
export function changesNothing({ bytes, start, end }: Packet): boolean {
  const first = bytes[start]
  return start < end && first !== 0x00 && first !== 0xfb && first !== 0xfe
}
