/** A real nginx of the test's own, serving two files: a small one, and one that leaves by sendfile. */
import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './server-ports.ts'

export const smallFile = 'a small file\n'
export const bigFileBytes = 300_000
const startLimitMs = 30_000

export async function startNginx(): Promise<{ port: number; stop(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-nginx-'))
  chmodSync(directory, 0o755)
  mkdirSync(join(directory, 'files'))
  writeFileSync(join(directory, 'files', 'small.txt'), smallFile)
  writeFileSync(join(directory, 'files', 'big.bin'), Buffer.alloc(bigFileBytes, 'x'))
  const port = await freePort()
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${directory}/${name};`,
  )
  writeFileSync(
    join(directory, 'nginx.conf'),
    `daemon off; master_process off; pid ${directory}/pid; error_log ${directory}/error.log;
     events { worker_connections 64; }
     http { access_log off; sendfile on; ${temporary.join(' ')}
       server { listen 127.0.0.1:${port}; root ${directory}/files; } }`,
  )
  const child = spawn('nginx', ['-c', join(directory, 'nginx.conf')], { stdio: 'ignore' })
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGTERM')
    await exited
    rmSync(directory, { recursive: true, force: true })
  }
  for (const since = Date.now(); !(await answers(port)); await sleep(50)) {
    if (Date.now() - since < startLimitMs && child.exitCode === null) continue
    await stop()
    throw new Error('nginx did not start')
  }
  return { port, stop }
}

async function answers(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
