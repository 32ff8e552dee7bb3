/** The HTTP client of the live test: a few requests over one kept-alive connection, in a process of its own. */
import { Agent, request } from 'node:http'

export const requests = [
  { method: 'GET', path: '/small.txt?page=1' },
  { method: 'HEAD', path: '/small.txt' },
  { method: 'GET', path: '/missing' },
  { method: 'PUT', path: '/small.txt' },
  { method: 'GET', path: '/big.bin' },
  { method: 'GET', path: '/small.txt' },
] as const

const port = Number(process.argv[2])

if (Number.isInteger(port)) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  for (const { method, path } of requests) {
    await new Promise<void>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, method, path, agent }, (response) => {
        response.resume()
        response.once('end', resolve)
      })
      sent.once('error', reject)
      sent.end()
    })
  }
  agent.destroy()
}
