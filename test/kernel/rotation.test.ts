/** `querytap record --max-size --files`: parts that together are the recording, and of which the latest are kept. */
import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { Agent, createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import t from 'tap'
import { querytap } from '../cli/querytap.ts'
import { readRecords, startRecording } from './capture-process.ts'
import { skipUnlessRequired } from './required.ts'

const skip = skipUnlessRequired(process.getuid?.() === 0 ? null : 'probes need root')
const requests = 600

/** One connection for all requests; paths that do not pack well. */
async function ask(port: number): Promise<string[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const paths = Array.from({ length: requests }, (_, i) => `/${i}/${randomBytes(400).toString('hex')}`)
  for (const path of paths) {
    await new Promise<void>((resolve, reject) => {
      get({ port, path, agent }, (response) => {
        response.resume().once('end', resolve)
      }).once('error', reject)
    })
  }
  agent.destroy()
  return paths
}

async function recorded(directory: string, files: number): Promise<string[]> {
  const server = createServer((_request, response) => void response.end('ok')).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  const limits = ['--max-size', '64k', '--files', String(files)]
  const recording = await startRecording(join(directory, 'a.qtap'), ['--port', String(port), ...limits])
  const paths = await ask(port)
  const { exitCode, stderr } = await recording.stop()
  server.closeAllConnections()
  server.close()
  if (exitCode !== 0) throw new Error(stderr)
  return paths
}

const pathsOf = (stdout: string) =>
  readRecords(stdout).flatMap((record) => (record.protocol === 'http' ? [record.path] : []))

void t.test('parts together are the recording, whichever connection spans them', { skip }, async (t) => {
  const directory = t.testdir({})
  const paths = await recorded(directory, 1000)
  t.ok(readdirSync(directory).length > 3, `${readdirSync(directory).length} parts`)
  const { code, stdout, stderr } = querytap('replay', directory, '--slow', '0', '--json', '--keep-literals')
  t.equal(code, 0, stderr)
  t.strictSame(pathsOf(stdout), paths)
})

void t.test('the latest parts are kept, and each can be replayed alone', { skip }, async (t) => {
  const directory = t.testdir({})
  const paths = await recorded(directory, 2)
  const names = readdirSync(directory)
  t.equal(names.length, 2)
  const { code, stdout } = querytap('replay', directory, '--slow', '0', '--json', '--keep-literals')
  t.equal(code, 0)
  // what is joined in mid-life may lack its request, and leaves when it is clear that nothing more comes
  const found = pathsOf(stdout).filter((path) => path !== null)
  t.ok(found.length > 10 && found.length < requests, `${found.length} requests`)
  t.strictSame(found.toSorted(), paths.slice(-found.length).toSorted())
  for (const name of names) t.equal(querytap('replay', join(directory, name), '--json').code, 0)
})
