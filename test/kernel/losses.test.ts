/** What a capture has lost is in the store while it goes on, and stays there when it is killed. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { z } from 'zod'
import { main, startCapture } from './capture-process.ts'
import { skipUnlessRequired } from './required.ts'

const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'attaching needs root')
/** Far beyond what is copied of a request. */
const body = Buffer.alloc(300_000, 'x')
const limitMs = 60_000
const reportSchema = z.object({ lost: z.record(z.string(), z.number()) })

t.setTimeout(240_000)

function reported(store: string): Record<string, number> {
  const { stdout, stderr, status } = spawnSync(process.execPath, [main, 'report', '--store', store, '--json'], {
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stderr)
  return reportSchema.parse(JSON.parse(stdout)).lost
}

void t.test('losses are reported during a capture and after its kill', { skip }, async (t) => {
  const store = join(t.testdir(), 'losses.db')
  const server = createServer((socket) => {
    let read = 0
    socket.on('data', ({ length }) => {
      read += length
      if (read > body.length) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    })
  })
  t.teardown(() => void server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  const capture = await startCapture(['--port', String(port), '--store', store])
  t.teardown(async () => void (await capture.stop('SIGKILL')))
  const client = connect(port, '127.0.0.1').resume()
  client.write(`POST /long HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n`)
  client.write(body)
  await once(client, 'close')

  let lost = reported(store)
  for (
    const since = Date.now();
    (lost['cappedBytes'] ?? 0) === 0 && Date.now() - since < limitMs;
    lost = reported(store)
  )
    await sleep(200)
  const { cappedBytes = 0, ...others } = lost
  t.ok(cappedBytes > 0 && cappedBytes < 2 * body.length, 'what was not copied at either end', { lost })
  t.equal(others['ringFullRecords'], 0, 'and that nothing else was lost')
  t.equal((await capture.stop('SIGKILL')).exitCode, null)
  const { cappedBytes: after = 0 } = reported(store)
  t.ok(after >= cappedBytes && after < 2 * body.length, 'no less after the kill', { lost, after })
})
