/**
 * Every call that moves bytes, captured: calls.c moves known bytes, and the recording must hold each of them at its
 * position, at both ends. Prints one JSON check a line and exits 0 when all hold. Argument: the attach mode.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { Direction, Opened } from '../../src/capture/source.ts'
import { startRecording } from './capture-process.ts'
import { tellRecording } from './tell-recording.ts'

/** Bytes of one connection that move without being copied, by end and direction; everything else is copied. */
interface Uncopied {
  clientSent?: number
  serverReceived?: number
}

interface Moves {
  name: string
  clientPort: number
  serverPort: number
  clientSent: number
  serverSent: number
}

/** What one socket did. */
interface Stream {
  moved: number
  copied: number
  /** First position with a byte that was not sent. */
  wrongAt: number | null
}

interface Seen {
  opened: Opened
  streams: Record<Direction, Stream>
  closed: { sent: number; received: number } | null
}

const [mode = 'auto'] = process.argv.slice(2)
const source = fileURLToPath(new URL('../../../test/kernel/calls.c', import.meta.url))
const program = fileURLToPath(new URL('calls', import.meta.url))
/** A kretprobe has room for so few callers at a time; further ones return unseen. */
const threads = mode === 'kprobe' ? 8 : 64
/** Bytes that `early` moves before the capture begins. */
const earlyBytes = 1234

/** By kernel function all of a call is seen; by system call not what io_uring does. */
const uncopied: Record<string, Uncopied> = {
  sendfile: { clientSent: 50_000 },
  splice: { clientSent: 3000, serverReceived: 3000 },
  'throw-away': { serverReceived: 150 },
  // a call is walked in 24 steps of 16 KiB at most, and its last step is told, not copied
  large: { clientSent: (3 << 20) - 23 * 16_384 },
  'more-vectors': { clientSent: 170, serverReceived: 170 },
  ...(mode === 'tracepoint' ? { 'io-uring': { clientSent: 2000, serverReceived: 2000 } } : {}),
}

let failed = 0

function check(name: string, ok: boolean, detail: unknown = null): void {
  if (!ok) failed++
  process.stdout.write(`${JSON.stringify({ name, ok, detail: ok ? null : detail })}\n`)
}

function compile(): void {
  if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) return
  const { status, stderr } = spawnSync('gcc', ['-O1', '-o', program, source, '-lpthread'], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`gcc ${source}: ${stderr}`)
}

/** Mirrors content() of calls.c. */
function content(fromClient: boolean, position: number): number {
  return (position * 31 + (position >> 8) * 7 + (position >> 16) * 3 + (fromClient ? 101 : 0)) & 0xff
}

/** One end of one connection. A port alone does not name it: the kernel gives a closed connection's port out again. */
function endOf(localPort: number, remotePort: number): string {
  return `${localPort}>${remotePort}`
}

async function readRecording(path: string, all: readonly Moves[]): Promise<Map<string, Seen>> {
  const clientEnds = new Set(all.map(({ clientPort, serverPort }) => endOf(clientPort, serverPort)))
  const byId = new Map<number, Seen>()
  const sink = {
    opened: (opened: Opened) => {
      const stream = () => ({ moved: 0, copied: 0, wrongAt: null })
      byId.set(opened.connection, { opened, streams: { sent: stream(), received: stream() }, closed: null })
    },
    moved(
      id: number,
      direction: Direction,
      position: number,
      moved: number,
      _sequence: number,
      _sendInFlight: boolean,
      all: Uint8Array,
      _at: number,
      start?: number,
      end?: number,
    ) {
      const bytes = all.subarray(start, end)
      const seen = byId.get(id)
      if (seen === undefined) return
      const stream = seen.streams[direction]
      stream.moved = position + moved
      stream.copied += bytes.length
      const { local, remote } = seen.opened
      const base = seen.opened.midLife ? earlyBytes : 0
      const fromClient = (direction === 'sent') === clientEnds.has(endOf(local.port, remote.port))
      const wrong = bytes.findIndex((byte, i) => byte !== content(fromClient, base + position + i))
      if (wrong >= 0) stream.wrongAt ??= position + wrong
    },
    closed(id: number, sent: number, received: number) {
      const seen = byId.get(id)
      if (seen !== undefined) seen.closed = { sent, received }
    },
    tick() {},
  }
  await tellRecording(path, sink)
  const seen = [...byId.values()]
  return new Map(seen.map((each) => [endOf(each.opened.local.port, each.opened.remote.port), each]))
}

/** What is wrong with one end of a connection; undefined: nothing. */
function fault(seen: Seen | undefined, sent: number, received: number, lack: { sent: number; received: number }) {
  if (seen === undefined) return 'not seen'
  const { streams, closed } = seen
  for (const [direction, moved] of [
    ['sent', sent],
    ['received', received],
  ] as const) {
    const stream = streams[direction]
    const copied = moved - lack[direction]
    if (stream.wrongAt !== null) return `${direction}: a wrong byte at ${stream.wrongAt}`
    if (stream.copied !== copied) return `${direction}: ${stream.copied} of ${copied} bytes copied`
    if (closed !== null && closed[direction] !== moved) return `${direction}: ${closed[direction]} of ${moved} moved`
    if (stream.moved > moved) return `${direction}: ${stream.moved} instead of ${moved} moved`
  }
  return undefined
}

function faultsOf(moves: Moves, recorded: Map<string, Seen>): string[] {
  const { name, clientPort, serverPort, serverSent } = moves
  const clientSent = moves.clientSent - (name === 'early' ? earlyBytes : 0)
  const { clientSent: lackSent = 0, serverReceived: lackReceived = 0 } = uncopied[name] ?? {}
  const client = recorded.get(endOf(clientPort, serverPort))
  const server = recorded.get(endOf(serverPort, clientPort))
  const clientFault = fault(client, clientSent, serverSent, { sent: lackSent, received: 0 })
  const serverFault = fault(server, serverSent, clientSent, { sent: 0, received: lackReceived })
  const faults = [clientFault && `${name}: client: ${clientFault}`, serverFault && `${name}: server: ${serverFault}`]
  return faults.filter((each) => each !== undefined)
}

async function session(directory: string): Promise<void> {
  compile()
  const recording = join(directory, 'calls.qtap')
  const calls = spawn(program, [String(threads)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const exited = new Promise<number | null>((resolve) => calls.once('exit', resolve))
  const lines = createInterface({ input: calls.stdout })[Symbol.asyncIterator]()
  await lines.next()
  const budgets = ['--request-bytes', '1g', '--response-bytes', '1g', '--ring', '64m']
  const capture = await startRecording(recording, ['--attach', mode, '--comm', 'calls', ...budgets])
  calls.stdin.write('go\n')
  const all: Moves[] = []
  for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
    const [name = '', ...numbers] = line.value.split(' ')
    const [clientPort = 0, serverPort = 0, clientSent = 0, serverSent = 0] = numbers.map(Number)
    all.push({ name, clientPort, serverPort, clientSent, serverSent })
  }
  check('the calls are made', (await exited) === 0)
  const { exitCode, stderr } = await capture.stop()
  check('record exits with 0', exitCode === 0, stderr)
  const recorded = await readRecording(recording, all)
  for (const name of new Set(all.map((each) => each.name))) {
    const faults = all.filter((each) => each.name === name).flatMap((each) => faultsOf(each, recorded))
    check(`${name}: every byte is there once, at its position, at both ends`, faults.length === 0, faults.slice(0, 8))
  }
  const of = (name: string) => {
    const moves = all.find((each) => each.name === name)
    return recorded.get(endOf(moves?.clientPort ?? 0, moves?.serverPort ?? 0))?.opened
  }
  const addresses = ['read-write', 'inet6', 'mapped'].map((name) => of(name)?.remote.address)
  check('IPv4, IPv6 and mapped addresses are told', addresses.join() === '127.0.0.1,::1,127.0.0.1', addresses)
  const roles = [of('early')?.role, of('early')?.midLife, of('read-write')?.role, of('read-write')?.midLife]
  check('an older connection says so', JSON.stringify(roles) === '[null,true,"connected",false]', roles)
  if (failed > 0) process.stderr.write(stderr)
}

const directory = mkdtempSync(join(tmpdir(), 'querytap-calls-'))
try {
  await session(directory)
} catch (error) {
  check('the session runs', false, error instanceof Error ? error.stack : String(error))
} finally {
  rmSync(directory, { recursive: true, force: true })
}
process.exitCode = failed === 0 ? 0 : 1
