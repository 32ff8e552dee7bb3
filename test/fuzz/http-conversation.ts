/** A made-up HTTP conversation as bytes of both sides, and the exchanges that must come out of them. */
import type { Side } from '../../parsers/parser.ts'
import type { Choices } from './choices.ts'

interface Message {
  head: string
  body: Buffer
  /** 0: framed by its length; else chunks of so many bytes. */
  chunkBytes: number
}

export interface Conversation {
  turns: { side: Side; bytes: Buffer }[]
  wanted: object[]
}

function encoded({ head, body, chunkBytes }: Message): Buffer {
  if (chunkBytes === 0) return Buffer.concat([Buffer.from(`${head}content-length: ${body.length}\r\n\r\n`), body])
  const parts: Uint8Array[] = [Buffer.from(`${head}Transfer-Encoding: chunked\r\n\r\n`)]
  for (let at = 0; at < body.length; at += chunkBytes) {
    const chunk = body.subarray(at, at + chunkBytes)
    parts.push(Buffer.from(`${chunk.length.toString(16)}\r\n`), chunk, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}

function bodyOf(choices: Choices): Buffer {
  if (choices.oneIn(2)) return Buffer.from(choices.bytes(200))
  // Bodies that look like messages are still bodies.
  return Buffer.from(choices.pick('', 'GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n\r\n', '0\r\n\r\n'))
}

const chunkBytesOf = (choices: Choices) => (choices.oneIn(2) ? choices.between(1, 70) : 0)

interface Exchange {
  request: Buffer
  response: Buffer
  wanted: object
}

function exchangeOf(choices: Choices): Exchange {
  const method = choices.pick('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'X-CUSTOM')
  const path = choices.pick(
    '/',
    '/a',
    '/orders/17/items',
    `/${choices.text(0, 20).replaceAll(/[^a-z]/g, '')}`,
    '/%20;x=1',
  )
  const query = choices.pick(null, '', 'a=1', 'q=%C3%A9&b')
  const statusCode = choices.pick(200, 201, 204, 302, 304, 404, 500, 503)
  const interim = choices.pick('', 'HTTP/1.1 100 Continue\r\n\r\n', 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n')
  const field = choices.pick('', 'Accept: */*\r\n', 'X-A: b\r\n folded\r\n', 'X-Content-Length: 9\r\n')
  const requestBody = bodyOf(choices)
  const responseBody = bodyOf(choices)
  const target = query === null ? path : `${path}?${query}`
  const request = encoded({
    head: `${method} ${target} HTTP/1.1\r\nHost: a\r\n${field}`,
    body: requestBody,
    chunkBytes: chunkBytesOf(choices),
  })
  const head = `HTTP/1.1 ${statusCode} Some Words\r\n${field}`
  const whole = encoded({ head, body: responseBody, chunkBytes: chunkBytesOf(choices) })
  const hasBody = method !== 'HEAD' && statusCode !== 204 && statusCode !== 304
  const answer = hasBody ? whole : whole.subarray(0, whole.indexOf('\r\n\r\n') + 4)
  const response = Buffer.concat([Buffer.from(interim), answer])
  return {
    request,
    response,
    wanted: {
      method,
      path,
      query,
      statusCode,
      requestBytes: request.length,
      responseBytes: response.length,
      requestBodyBytes: requestBody.length,
      responseBodyBytes: hasBody ? responseBody.length : 0,
      incompleteBecause: null,
    },
  }
}

/** @param pipelines some requests go before the answers to the ones before */
export function madeUpConversation(choices: Choices, pipelines: boolean): Conversation {
  const conversation: Conversation = { turns: [], wanted: [] }
  let waiting: Buffer[] = []
  const answer = (): void => {
    for (const bytes of waiting) conversation.turns.push({ side: 'server', bytes })
    waiting = []
  }
  for (const { request, response, wanted } of choices.many(1, 6, () => exchangeOf(choices))) {
    if (!pipelines || !choices.oneIn(2)) answer()
    conversation.turns.push({ side: 'client', bytes: request })
    conversation.wanted.push(wanted)
    waiting.push(response)
  }
  answer()
  return conversation
}
