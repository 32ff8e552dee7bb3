/**
 * Connections that come and go, each for one HTTP exchange, some of them with a large answer. On standard input `go COUNT`
 * makes so many, `minute COUNT` so many spread over a minute, `stay COUNT` so many that stay open; `done` is printed when
 * that is over. Prints its port first.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const atATime = 32
const stepMs = 100
const largeBytes = 100_000
const largeEvery = 20
/** Of the others some are reset, not closed. */
const resetEvery = 3
const answer = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`
const small = answer('ok')
const large = answer('x'.repeat(largeBytes))

const server = createServer((socket) => {
  socket.on('data', (data) => socket.write(data.includes('/large') ? large : small))
  socket.on('error', () => socket.destroy())
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const { port } = server.address() as AddressInfo // it listens on TCP

async function exchange(number: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  const isLarge = number % largeEvery === 0
  socket.write(`GET /${isLarge ? 'large' : 'small'} HTTP/1.1\r\nHost: churn\r\n\r\n`)
  const { length } = isLarge ? large : small
  for (let read = 0; read < length;) {
    const [data] = (await once(socket, 'data')) as [Buffer]
    read += data.length
  }
  return socket
}

let made = 0

async function makeUntil(count: number): Promise<void> {
  while (made < count) {
    const number = made++
    const socket = await exchange(number)
    if (number % resetEvery === 0) socket.resetAndDestroy()
    else socket.destroy()
    await once(socket, 'close')
  }
}

/** In steps, each of them as many as are due by then. */
async function makeInAMinute(count: number): Promise<void> {
  const before = made
  for (const since = Date.now(); made < before + count; await sleep(stepMs)) {
    const due = Math.min(1, (Date.now() - since) / 60_000)
    await makeUntil(before + Math.floor(count * due))
  }
}

const kept: Socket[] = []
process.stdout.write(`${port}\n`)
for await (const line of createInterface({ input: process.stdin })) {
  const [command, count] = line.split(' ')
  const until = made + Number(count)
  if (command === 'stay') while (made < until) kept.push(await exchange(made++))
  else if (command === 'minute') await makeInAMinute(Number(count))
  else await Promise.all(Array.from({ length: atATime }, async () => await makeUntil(until)))
  process.stdout.write('done\n')
}
for (const socket of kept) socket.destroy()
server.close()
