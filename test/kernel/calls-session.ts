/**
 * Every call that moves bytes, captured: calls.c moves known bytes, and the probes must tell each of them at its position, at
 * both ends. Arguments: the attach modes, one after the other.
 */
import { spawn, spawnSync } from 'node:child_process'
import { Buffer } from 'node:buffer'
import { existsSync, renameSync, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Direction, Losses, Opened, SourceSink } from '../../src/capture/source.ts'
import { captureShape, openLiveCapture } from '../../src/cli/capture-options.ts'
import { lossLine } from '../../src/report/loss-text.ts'
import { check, modes, setExitCode } from './session-program.ts'

/** Bytes of one connection that move without being copied, by end and direction; everything else is copied. */
interface Uncopied {
  clientSent?: number
  serverReceived?: number
  /** Or fewer: where a call is told of in parts, each part is walked anew. */
  atMost?: boolean
}

interface Moves {
  name: string
  /** Ports; of unix-domain sockets the numbers of their inodes. */
  client: number
  server: number
  clientSent: number
  serverSent: number
}

const noMoves: Moves = { name: '', client: 0, server: 0, clientSent: 0, serverSent: 0 }

/** What one socket did. */
interface Stream {
  pieces: number
  moved: number
  copied: number
  /** What both ends call the position 0 of this end. */
  base: number | null
  /** Where the first piece begins that holds a byte that was not sent. */
  wrongAt: number | null
}

interface Piece {
  connection: number
  direction: Direction
  position: number
  moved: number
  sequence: number
  bytes: Buffer
}

interface Seen {
  opened: Opened
  streams: Record<Direction, Stream>
  closed: { sent: number; received: number } | null
  /** Connections of this name, of which this one is the latest. */
  lives: number
}

const source = fileURLToPath(new URL('../../../test/kernel/calls.c', import.meta.url))
const program = fileURLToPath(new URL('calls', import.meta.url))
/** A return probe has room for so many callers at a time, on two processors. */
const mostReturns = 2
/** Bytes that `early` moves before the capture begins. */
const earlyBytes = 1234
/** Bytes that `unix-waiting` sends before the capture begins and receives afterwards. */
const waitingBytes = 500

/** By kernel function all of a call is seen; by system call not what io_uring does. */
const uncopiedIn = (mode: string): Record<string, Uncopied> => ({
  sendfile: { clientSent: 50_000 },
  splice: { clientSent: 3000, serverReceived: 3000 },
  // a call is walked in 24 steps of 16 KiB at most, and its last step is told, not copied
  large: { clientSent: (3 << 20) - 23 * 16_384, atMost: mode === 'kprobe' },
  'more-vectors': { clientSent: 170, serverReceived: 170 },
  ...(mode === 'tracepoint' ? { 'io-uring': { clientSent: 2000, serverReceived: 2000 } } : {}),
})
/** Of both kinds of sockets, and of one. */
function uncopiedOf(mode: string, name: string): Uncopied {
  if (name === 'throw-away') return { serverReceived: 150 }
  if (name === 'headers') return { serverReceived: 20 }
  return uncopiedIn(mode)[name.replace(/^unix-/, '')] ?? {}
}
/** Nothing counts what moves unseen through a unix-domain socket: what comes then is of a connection in mid-life. */
const blurred = (name: string) => name === 'unix-splice'
/** Pieces that the server's end is told in, where half of six headers go with what follows them. TCP copies nothing of what is thrown away. */
const piecesWithHeaders = { headers: 15, 'unix-headers': 14 }
/** Here it is told at most what moved before the end, and nothing twice. */
const afterTheEnd = /after-the-end$/

const captureOptions = z.object(captureShape)

function compile(): void {
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return
  const fresh = `${program}.${process.pid}` // others may run it, or compile it, at the same time
  const { status, stderr } = spawnSync('gcc', ['-O1', '-o', fresh, source, '-lpthread'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`gcc ${source}: ${stderr}`)
  renameSync(fresh, program)
}

/** A stream's content so far as it was asked for: in a virtual machine, comparing whole buffers is what there is time for. */
class Content {
  readonly #fromClient: boolean
  #bytes = Buffer.alloc(0)

  constructor(fromClient: boolean) {
    this.#fromClient = fromClient
  }

  /** Whether these bytes are the stream's from `position` on. */
  holds(position: number, bytes: Buffer): boolean {
    const end = position + bytes.length
    if (end > this.#bytes.length) this.#extend(Math.max(end, 2 * this.#bytes.length))
    return bytes.equals(this.#bytes.subarray(position, end))
  }

  /** Mirrors content() of calls.c. */
  #extend(length: number): void {
    const bytes = Buffer.alloc(length)
    const base = this.#fromClient ? 101 : 0
    for (let i = 0; i < length; i++) bytes[i] = i * 31 + (i >> 8) * 7 + (i >> 16) * 3 + base
    this.#bytes = bytes
  }
}

/** One end of one connection. A port alone does not name it: the kernel gives a closed connection's port out again. */
function endOf(local: number, remote: number): string {
  return `${local}>${remote}`
}

function unixEndOf(inode: number): string {
  return `unix ${inode}`
}

function nameOf({ local, remote, unix }: Opened): string {
  return unix === null ? endOf(local.port ?? 0, remote.port ?? 0) : unixEndOf(unix.inode)
}

function namesOf({ name, client, server }: Moves): { client: string; server: string } {
  return name.startsWith('unix-')
    ? { client: unixEndOf(client), server: unixEndOf(server) }
    : { client: endOf(client, server), server: endOf(server, client) }
}

/** Takes what the probes tell, and compares it with what the calls moved. */
class Account implements SourceSink {
  readonly #byId = new Map<number, Seen>()
  readonly #pieces: Piece[] = []
  readonly #clientContent = new Content(true)
  readonly #serverContent = new Content(false)

  opened(opened: Opened): void {
    const stream = () => ({ pieces: 0, moved: 0, copied: 0, base: null, wrongAt: null })
    const streams = { sent: stream(), received: stream() }
    this.#byId.set(opened.connection, { opened, streams, closed: null, lives: 1 })
  }

  moved(
    connection: number,
    direction: Direction,
    position: number,
    moved: number,
    sequence: number,
    _sendInFlight: boolean,
    bytes: Uint8Array,
    _at: number,
    start?: number,
    end?: number,
  ): void {
    const held = Buffer.from(bytes.subarray(start, end))
    this.#pieces.push({ connection, direction, position, moved, sequence, bytes: held })
  }

  closed(connection: number, sent: number, received: number): void {
    const seen = this.#byId.get(connection)
    if (seen !== undefined) seen.closed = { sent, received }
  }

  tick(): void {}

  /** By end. */
  seen(all: readonly Moves[]): Map<string, Seen> {
    const moves = new Map(all.flatMap((each) => Object.values(namesOf(each)).map((end) => [end, each] as const)))
    const clientEnds = new Set(all.map((each) => namesOf(each).client))
    for (const { connection, direction, position, moved, sequence, bytes } of this.#pieces) {
      const seen = this.#byId.get(connection)
      if (seen === undefined) continue
      const stream = seen.streams[direction]
      stream.pieces++
      stream.moved = position + moved
      stream.copied += bytes.length
      stream.base = (sequence - position) >>> 0
      const name = nameOf(seen.opened)
      const isClient = clientEnds.has(name)
      const fromClient = (direction === 'sent') === isClient
      const content = fromClient ? this.#clientContent : this.#serverContent
      if (!content.holds(earlier(moves.get(name)?.name, isClient) + position, bytes)) stream.wrongAt ??= position
    }
    const byEnd = new Map<string, Seen>()
    for (const seen of this.#byId.values()) {
      const name = nameOf(seen.opened)
      byEnd.set(name, { ...seen, lives: (byEnd.get(name)?.lives ?? 0) + 1 })
    }
    return byEnd
  }
}

/** Bytes of the client that an end had moved before the capture began. */
function earlier(name: string | undefined, isClient: boolean): number {
  if (name?.endsWith('early') === true) return earlyBytes
  return name === 'unix-waiting' && isClient ? waitingBytes : 0
}

/** What is wrong with one end of a connection; undefined: nothing. */
function fault(
  seen: Seen | undefined,
  sent: number,
  received: number,
  lack: { sent: number; received: number; atMost?: boolean },
): string | undefined {
  if (seen === undefined) return 'not seen'
  const { streams, closed } = seen
  for (const [direction, moved] of [
    ['sent', sent],
    ['received', received],
  ] as const) {
    const stream = streams[direction]
    const copied = moved - lack[direction]
    if (stream.wrongAt !== null) return `${direction}: a wrong byte from ${stream.wrongAt} on`
    const enough = lack.atMost === true ? stream.copied >= copied : stream.copied === copied
    if (!enough) return `${direction}: ${stream.copied} of ${copied} bytes copied`
    if (closed !== null && closed[direction] !== moved) return `${direction}: ${closed[direction]} of ${moved} moved`
    if (stream.moved > moved) return `${direction}: ${stream.moved} instead of ${moved} moved`
  }
  return undefined
}

function faultsOf(mode: string, moves: Moves, recorded: Map<string, Seen>): string[] {
  const { name, serverSent } = moves
  const names = namesOf(moves)
  const client = recorded.get(names.client)
  const server = recorded.get(names.server)
  if (afterTheEnd.test(name)) return client?.lives === 1 ? [] : [`${name}: ${client?.lives} lives`]
  if (blurred(name)) {
    const honest = server?.opened.midLife === true && server.streams.received.moved === 77
    const apart = !agree(client?.streams.sent, server?.streams.received, 0)
    return honest && apart ? [] : [`${name}: bytes that moved unseen are not missed`]
  }
  const clientSent = moves.clientSent - earlier(name, false)
  const sentLate = moves.clientSent - earlier(name, true)
  const { clientSent: lackSent = 0, serverReceived: lackReceived = 0, atMost = false } = uncopiedOf(mode, name)
  const clientFault = fault(client, sentLate, serverSent, { sent: lackSent, received: 0, atMost })
  const serverFault = fault(server, serverSent, clientSent, { sent: 0, received: lackReceived })
  const faults = [clientFault && `${name}: client: ${clientFault}`, serverFault && `${name}: server: ${serverFault}`]
  if (!agree(client?.streams.sent, server?.streams.received, clientSent - sentLate))
    faults.push(`${name}: no shared count`)
  if (!agree(server?.streams.sent, client?.streams.received, 0)) faults.push(`${name}: no shared count of answers`)
  if ((client?.lives ?? 1) > 1 || (server?.lives ?? 1) > 1) faults.push(`${name}: told of more than once`)
  return faults.filter((each) => each !== undefined)
}

/** Whether both ends give a byte the same number. @param ahead bytes that the receiver had before */
function agree(sent: Stream | undefined, received: Stream | undefined, ahead: number): boolean {
  if (sent?.base == null || received?.base == null) return true
  return sent.base === (received.base + ahead) >>> 0
}

async function session(mode: string): Promise<void> {
  const waiting = mode === 'kprobe' ? [String(mostReturns)] : []
  const calls = spawn(program, waiting, { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = new Promise<number | null>((resolve) => calls.once('exit', resolve))
  const lines = createInterface({ input: calls.stdout })[Symbol.asyncIterator]()
  const account = new Account()
  const all: Moves[] = []
  try {
    await lines.next()
    const budgets = { 'request-bytes': '1g', 'response-bytes': '1g', ring: '64m' }
    const live = openLiveCapture(captureOptions.parse({ attach: mode, comm: ['calls'], ...budgets }))
    let losses: Losses = {}
    try {
      live.start(account, (error) => {
        throw error
      })
      calls.stdin.write('go\n')
      for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
        const [name = '', ...numbers] = line.value.split(' ')
        const [client = 0, server = 0, clientSent = 0, serverSent = 0] = numbers.map(Number)
        all.push({ name, client, server, clientSent, serverSent })
      }
      check(`${mode}: the calls are made`, (await exited) === 0)
    } finally {
      losses = live.stop()
    }
    compare(mode, calls.pid, all, account.seen(all), losses)
  } finally {
    calls.kill()
  }
}

function compare(mode: string, pid: number | undefined, all: Moves[], seen: Map<string, Seen>, losses: Losses): void {
  for (const name of new Set(all.map((each) => each.name))) {
    const faults = all.filter((each) => each.name === name).flatMap((each) => faultsOf(mode, each, seen))
    // a kernel that preempts its own code may miss a call, and says so: then bytes may lack, but none is wrong
    const excused = (losses['missedRuns'] ?? 0) > 0 && !faults.some((fault) => fault.includes('wrong'))
    check(`${mode}, ${name}: every byte is told once, at its position, at both ends`, faults.length === 0 || excused, [
      ...faults.slice(0, 8),
      lossLine(losses),
    ])
  }
  const moved = (name: string) => all.find((each) => each.name === name)
  const of = (name: string) => seen.get(namesOf(moved(name) ?? noMoves).client)?.opened
  for (const [name, expected] of Object.entries(piecesWithHeaders)) {
    const pieces = seen.get(namesOf(moved(name) ?? noMoves).server)?.streams.received.pieces
    const missed = losses['missedRuns'] ?? 0
    check(`${mode}, ${name}: a header read alone goes with what follows`, pieces === expected || missed > 0, pieces)
  }
  const addresses = ['read-write', 'inet6', 'mapped'].map((name) => of(name)?.remote.address)
  check(`${mode}: IPv4, IPv6 and mapped addresses are told`, addresses.join() === '127.0.0.1,::1,127.0.0.1', addresses)
  const ages = (names: string[]) => JSON.stringify(names.map((name) => [of(name)?.role, of(name)?.midLife]))
  const expected = '[[null,true],["connected",false]]'
  const ofTcp = ages(['early', 'read-write'])
  check(`${mode}: an older connection says so`, ofTcp === expected, ofTcp)
  const ofUnix = ages(['unix-pair', 'unix-read-write'])
  check(`${mode}: so does one that nobody connected, of unix-domain sockets`, ofUnix === expected, ofUnix)
  const { local, remote, unix } = of('unix-read-write') ?? {}
  const told = [remote?.address?.[0], local?.address, unix?.peerPid, of('unix-pair')?.remote.address]
  const fitting = JSON.stringify(told) === JSON.stringify(['@', null, pid, null])
  check(`${mode}: a socket's path and its peer's process are told`, fitting, told)
  process.stderr.write(`${mode}: ${lossLine(losses)}\n`)
}

/** Of what the verifier says, where that is the cause. */
function lastLines(cause: unknown): string | null {
  return typeof cause === 'string' ? cause.split('\n').slice(-200).join('\n') : null
}

compile()
for (const mode of modes) {
  try {
    await session(mode)
  } catch (error) {
    check(
      `${mode}: the session runs`,
      false,
      error instanceof Error ? [error.stack, lastLines(error.cause)] : String(error),
    )
  }
}
setExitCode()
