/** The HTTP client of the live test: a few requests over one kept-alive connection. */
import { Agent, request } from 'node:http'

export const requests = [
  { method: 'GET', path: '/small.txt?page=1' },
  { method: 'HEAD', path: '/small.txt' },
  { method: 'GET', path: '/missing' },
  { method: 'PUT', path: '/small.txt' },
  { method: 'GET', path: '/big.bin' },
  { method: 'GET', path: '/small.txt' },
] as const

/** @returns how many were answered to the end */
export async function makeRequests(port: number): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  let answered = 0
  for (const { method, path } of requests) {
    await new Promise<void>((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port, method, path, agent }, (response) => {
        response.resume()
        response.once('end', resolve)
      })
      sent.once('error', reject)
      sent.end()
    })
    answered++
  }
  agent.destroy()
  return answered
}
