/** What a connection speaks, live: none that begins in an odd way is lost, and what is neither MySQL nor HTTP is left alone. */
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { z } from 'zod'
import type { QuerytapRecord } from '../../src/record.ts'
import { BpfMaps } from './bpf-maps.ts'
import { startCapture } from './capture-process.ts'
import { skipUnlessRequired } from './required.ts'

const program = fileURLToPath(new URL('odd-starts.py', import.meta.url))
const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'attaching needs root')
const limitMs = 60_000
const ports = z.record(z.string(), z.number())
const heldSchema = z.object({ spoken: ports, strange: ports })
/** Both ends of each conversation are a connection. */
const counts = { mysql: 34, overTls: 4, http: 22, tls: 6, other: 10 }

t.setTimeout(300_000)

/** What a record says of its conversation; a PROXY header's client stands where it should. */
function conversationOf(record: QuerytapRecord): { name: string; port: number | null } {
  const name =
    record.protocol === 'http'
      ? record.path?.slice(1).replaceAll('-', ' ')
      : (/^SELECT '(.*)'$/.exec(record.statement ?? '')?.[1] ?? record.command)
  return { name: name ?? '', port: (record.proxy ?? record.client).port }
}

function isWhole(record: QuerytapRecord): boolean {
  const done =
    record.protocol === 'http'
      ? record.statusCode === 200
      : record.command === 'COM_CONNECT' || record.rowsReturned === 1
  return done && record.status === 'ok' && record.transport === 'plain'
}

/** Bytes that the kernel has counted at each end of these clients' connections. */
function positionsOf(maps: BpfMaps, port: number, clients: readonly number[]): string[] {
  return maps
    .connectionsOf(port)
    .filter(({ value }) => [value['local_port'], value['remote_port']].some((each) => clients.includes(Number(each))))
    .map(({ key, value }) => `${key} ${JSON.stringify(value['position'])}`)
    .toSorted()
}

void t.test('no odd start is lost, and strangers are left alone', { skip }, async (t) => {
  const load = spawn('python3', [program], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => void load.kill())
  const lines = createInterface({ input: load.stdout })[Symbol.asyncIterator]()
  const next = async () => String((await lines.next()).value)
  const tell = async (command: string) => {
    load.stdin.write(`${command}\n`)
    return await next()
  }
  const port = Number(await next())
  const capture = await startCapture(['--port', String(port), '--slow', '0'])
  t.teardown(async () => void (await capture.stop()))
  const { spoken, strange } = heldSchema.parse(JSON.parse(await tell('go')))

  const maps = new BpfMaps(capture.pid)
  const look = () => positionsOf(maps, port, Object.values(strange))
  let before: string[]
  const since = Date.now()
  do {
    await tell('more')
    before = look()
    await tell('more')
  } while (look().join() !== before.join() && Date.now() - since < limitMs)
  t.equal(before.length, 2 * Object.keys(strange).length, 'the kernel knows both ends of every stranger')
  await tell('more')
  t.strictSame(look(), before, 'and counts nothing of them any more')

  const { records, stderr, exitCode } = await capture.stop()
  t.equal(exitCode, 0)
  const told = records
    .filter((record) => record.protocol === 'http' || record.command !== 'COM_CONNECT')
    .map(conversationOf)
  t.strictSame(
    told.toSorted((a, b) => a.name.localeCompare(b.name)),
    Object.entries(spoken)
      .flatMap(([name, port]) =>
        [name, ...(name.startsWith('http behind') ? [`${name} again`] : [])].map((name) => ({ name, port })),
      )
      .toSorted((a, b) => a.name.localeCompare(b.name)),
    'one exchange of every conversation',
  )
  t.strictSame(
    records.filter((record) => !isWhole(record)),
    [],
    'each of them whole',
  )
  const midLife = records.filter(({ complete }) => !complete).map(conversationOf)
  t.ok(
    midLife.every(({ name }) => name.startsWith('old mysql')),
    'and only what is older than the capture lacks something',
  )
  const logins = records.filter((record) => record.protocol === 'mysql' && record.command === 'COM_CONNECT')
  t.equal(logins.length, 13, 'with the login of each new MySQL connection')
  const speakingFor = (address: string) => (record: QuerytapRecord) =>
    record.proxy !== null && record.client.address === address
  // a login and a statement, or two requests, with the header whole and in pieces
  for (const address of ['192.0.2.1', '192.0.2.2']) t.equal(records.filter(speakingFor(address)).length, 8, address)
  const { mysql, overTls, http, tls, other } = counts
  t.match(stderr, `connections: ${mysql} MySQL (${overTls} of them over TLS), ${http} HTTP, ${tls} TLS, ${other} other`)
  // the empty lines
  t.match(stderr, /lost: 0 \(8 bytes of no HTTP exchange that was seen\)\n/)
})
