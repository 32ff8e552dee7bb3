/** Connections and threads that come and go leave nothing behind in the kernel's maps. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { BpfMaps } from './bpf-maps.ts'
import { startCapture } from './capture-process.ts'
import { skipUnlessRequired } from './required.ts'

const load = fileURLToPath(new URL('../../dist/test/kernel/churn-load.js', import.meta.url))
const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'attaching needs root')
const connections = 1500
const staying = 20
const racing = 3
const processes = 50
const limitMs = 30_000

t.setTimeout(240_000)

/** Processes that read nothing from a connection of their own, which never reaches the socket, and end. */
const readersOfNothing = `use IO::Socket::INET; my ($port, $count) = @ARGV;
for (1 .. $count) { next if my $pid = fork; my $s = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or die;
  syswrite $s, 'GET'; sysread $s, my $nothing, 0; exit 0 } wait for 1 .. $count;`

async function settled(count: () => number, wanted: number): Promise<number> {
  for (const since = Date.now(); count() !== wanted && Date.now() - since < limitMs;) await sleep(200)
  return count()
}

void t.test('the maps hold what lives, and nothing of what came and went', { skip }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-churn-'))
  const child = spawn(process.execPath, [load], { stdio: ['pipe', 'pipe', 'inherit'] })
  t.teardown(() => {
    child.kill()
    rmSync(directory, { recursive: true, force: true })
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const port = Number((await lines.next()).value)
  const capture = await startCapture([
    '--attach',
    'tracepoint',
    '--port',
    String(port),
    '--store',
    join(directory, 's.db'),
  ])
  const maps = new BpfMaps(capture.pid)
  for (const command of [`stay ${staying}`, `go ${connections}`]) {
    child.stdin.write(`${command}\n`)
    await lines.next()
  }
  const perl = spawnSync('perl', ['-e', readersOfNothing, String(port), String(processes)], { encoding: 'utf8' })
  t.equal(perl.status, 0, `the readers of nothing end ${perl.stderr}`)

  // both ends of each; an end that falls into the middle of a call may leave an entry until the socket's memory is used again
  const live = await settled(() => maps.connectionsOf(port).length, 2 * staying)
  t.ok(live >= 2 * staying && live <= 2 * staying + racing, 'connections that live', { live })
  t.equal(await settled(() => maps.deadCalls().length, 0), 0, 'of calls of threads that are over')
  t.equal(await settled(() => maps.deadPendings().length, 0), 0, 'of what added up for them')
  const { exitCode, stderr } = await capture.stop()
  t.equal(exitCode, 0, 'capture exits with 0', { stderr })
  const followed = Number(/connections: \d+ MySQL, (\d+) HTTP/.exec(stderr)?.[1])
  t.ok(followed >= 2 * (connections + staying), 'both ends of every connection are followed', { stderr })
  child.stdin.end()
})
