/**
 * MySQL-shaped traffic over loopback, as fast as two processes can move it: a server that answers every command with the
 * same row, and its clients. The program is the clients; it forks itself as the server. Prints the server's port and pid;
 * then `run SECONDS [A_SECOND]`, `calm COUNT` or `each COUNT` on standard input moves statements, the latter two so many on
 * each connection, and what was moved is printed as JSON.
 * With the argument `foreign` its bytes are those of no protocol that querytap knows.
 */
import { Buffer } from 'node:buffer'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import * as payload from './mysql-login.ts'

const connections = 16
const calmMs = 20

const foreign = process.argv.includes('foreign')

const packet = (sequence: number, payload: Buffer) =>
  foreign
    ? Buffer.alloc(payload.length + 4, '~')
    : Buffer.concat([Buffer.of(payload.length & 0xff, payload.length >> 8, 0, sequence), payload])
const eof = (sequence: number) => packet(sequence, Buffer.from('fe00000200', 'hex'))
const definition = packet(2, Buffer.from('03646566000000017801630c3f0000000000fd0000000000', 'hex'))
const row = packet(4, Buffer.concat([Buffer.of(120), Buffer.alloc(120, 'v')]))
const answer = Buffer.concat([packet(1, Buffer.of(1)), definition, eof(3), row, eof(5)])
const ok = packet(2, Buffer.of(0, 0, 0, 2, 0, 0, 0))
const greeting = packet(0, payload.greeting)
const login = packet(1, payload.login)
const query = (text: string) => packet(0, Buffer.concat([Buffer.of(3), Buffer.from(text)]))

/** Every command is one chunk, for its client waits for the answer. */
async function serve(): Promise<void> {
  process.once('disconnect', () => process.exit())
  const server = createServer((socket) => {
    socket.setNoDelay(true)
    socket.write(greeting)
    socket.once('data', () => {
      socket.write(ok)
      socket.on('data', () => socket.write(answer))
    })
    socket.on('error', () => socket.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  process.send?.((server.address() as AddressInfo).port) // it listens on TCP
}

async function receive(socket: Socket, length: number): Promise<void> {
  for (let read = 0; read < length;) {
    const [data] = (await once(socket, 'data')) as [Buffer]
    read += data.length
  }
}

async function logIn(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  await receive(socket, greeting.length)
  socket.write(login)
  await receive(socket, ok.length)
  return socket
}

const loginBytes = greeting.length + login.length + ok.length

async function ask(): Promise<void> {
  const server = fork(fileURLToPath(import.meta.url), ['serve', ...process.argv.slice(2)])
  const [port] = (await once(server, 'message')) as [number]
  const sockets: Socket[] = []
  process.stdout.write(`${JSON.stringify({ port, pid: server.pid })}\n`)
  let next = 0
  for await (const line of createInterface({ input: process.stdin })) {
    const [command, amount, rate = 'Infinity'] = line.split(' ')
    let bytes = 0
    let statements = 0
    while (sockets.length < connections) {
      sockets.push(await logIn(port))
      bytes += loginBytes
    }
    const one = async (socket: Socket) => {
      const sent = query(`SELECT c FROM sbtest1 WHERE id = ${next++}`)
      socket.write(sent)
      await receive(socket, answer.length)
      bytes += sent.length + answer.length
      statements++
    }
    if (command === 'run') {
      const since = Date.now()
      const until = since + Number(amount) * 1000
      await Promise.all(
        sockets.map(async (socket) => {
          while (Date.now() < until) {
            if (statements > ((Date.now() - since) / 1000) * Number(rate)) await sleep(1)
            else await one(socket)
          }
        }),
      )
    } else if (command === 'each') {
      await Promise.all(
        sockets.map(async (socket) => {
          for (let i = 0; i < Number(amount); i++) await one(socket)
        }),
      )
    } else {
      for (let i = 0; i < Number(amount); i++) {
        for (const socket of sockets) await one(socket)
        await sleep(calmMs)
      }
    }
    process.stdout.write(`${JSON.stringify({ statements, bytes })}\n`)
  }
  for (const socket of sockets) socket.destroy()
  server.kill()
}

if (process.argv[2] === 'serve') await serve()
else await ask()
