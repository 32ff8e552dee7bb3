/** Gives up its privileges as a capture does, and prints what it can still do: from its main thread, and from one that was there before. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { tryModes } from '../../src/bpf/attach.ts'
import { dropPrivileges } from '../../src/bpf/privileges.ts'

const trial = `
  const { parentPort } = require('node:worker_threads')
  const { spawnSync } = require('node:child_process')
  parentPort.on('message', () => parentPort.postMessage(spawnSync('true').error?.code ?? 'started'))
  parentPort.postMessage('ready')`
const worker = new Worker(trial, { eval: true })
await once(worker, 'message')

const before = spawnSync('true').error?.message ?? 'started'
const obstacle = dropPrivileges(() => true)
worker.postMessage('try')
const [fromWorker] = (await once(worker, 'message')) as [string] // its own message
await worker.terminate()
const attached = tryModes().filter(({ error }) => error === null)
process.stdout.write(
  JSON.stringify({
    before,
    obstacle,
    fromMain: errorOf(spawnSync('true').error),
    fromWorker,
    attached: attached.length,
  }),
)

function errorOf(error: Error | undefined): string {
  return error !== undefined && 'code' in error ? String(error.code) : 'started'
}
