/** Fuzzing of the HTTP parser: made-up conversations come back equal, damaged ones never lie, spoilt ones do no harm. */
import type { Exchange, HttpExchange } from '../../parsers/exchange.ts'
import { HttpParser } from '../../parsers/http/http-parser.ts'
import type { Choices } from './choices.ts'
import { deliver, spoil, type Piece, pieces } from './damage.ts'
import { type Conversation, madeUpConversation } from './http-conversation.ts'
import type { Kind } from './kind.ts'

function http(exchange: Exchange): HttpExchange {
  if (exchange.protocol !== 'http') throw new Error('the HTTP parser gave out something else')
  return exchange
}

const conversationsComeBack: Kind<Conversation> = {
  name: 'http-conversations',
  title: 'generated HTTP conversations come back as they were written, however they are cut',
  casesForEach: 10,
  make: (choices) => madeUpConversation(choices, true),
  check({ turns, wanted }, choices) {
    const found: object[] = []
    const parser = new HttpParser((exchange) => {
      const { method, path, query, statusCode, requestBytes, responseBytes, ...rest } = http(exchange)
      const { requestBodyBytes, responseBodyBytes, incompleteBecause } = rest
      const sizes = { requestBytes, responseBytes, requestBodyBytes, responseBodyBytes }
      found.push({ method, path, query, statusCode, ...sizes, incompleteBecause })
    })
    deliver(parser, pieces(turns, choices, 0))
    if (JSON.stringify(found) !== JSON.stringify(wanted)) {
      throw new Error(`wanted ${JSON.stringify(wanted)}\nfound ${JSON.stringify(found)}`)
    }
  },
}

function completeOnes(pieces: Piece[]): string[] {
  const found: string[] = []
  const parser = new HttpParser((exchange) => {
    if (exchange.incompleteBecause === null) found.push(JSON.stringify(exchange))
  })
  deliver(parser, pieces)
  return found
}

interface Written extends Conversation {
  complete?: Set<string>
}

const lossesAreTold: Kind<Written> = {
  name: 'http-losses',
  title: 'whatever bytes of an HTTP conversation are lost, an exchange that is called complete is one that was written',
  casesForEach: 20,
  make: (choices) => madeUpConversation(choices, false),
  check(made, choices) {
    const whole = made.turns.map(({ side, bytes }, turn): Piece => ({ side, bytes, missing: 0, at: turn }))
    const complete = (made.complete ??= new Set(completeOnes(whole)))
    const found = completeOnes(pieces(made.turns, choices, choices.between(1, 3)))
    for (const exchange of found) if (!complete.has(exchange)) throw new Error(`not written: ${exchange}`)
  },
}

const spoiltConversations: Kind<Conversation> = {
  name: 'http-spoilt',
  title: 'spoilt HTTP conversations never throw and stay bounded',
  casesForEach: 50,
  make: (choices) => madeUpConversation(choices, true),
  check({ turns }, choices) {
    const spoilt = spoil(turns, choices)
    let given = 0
    const limits = { pendingRequests: 4, headBytes: 300 }
    const parser = new HttpParser(() => given++, { midlife: choices.oneIn(2), limits })
    deliver(parser, spoilt)
    // A body may hold what looks like messages; each takes 18 bytes at least.
    const most = spoilt.reduce((sum, { bytes }) => sum + 1 + bytes.length / 16, 4)
    if (given > most) throw new Error(`${given} exchanges, at most ${most}`)
  },
}

/** What heads are made of, so that lines and lengths are met. */
const words = [
  'GET ',
  ' HTTP/1.1\r\n',
  '\r\n',
  'HTTP/1.1 200 OK\r\n',
  'Content-Length: 9\r\n',
  '\r\n\r\n',
  '0\r\n',
] as const

const anyBytes: Kind<null> = {
  name: 'http-bytes',
  title: 'bytes of any kind never throw past the HTTP parser',
  casesForEach: 1e9,
  make: () => null,
  check(_none, choices) {
    const parser = new HttpParser(() => undefined, { midlife: choices.oneIn(2), limits: { headBytes: 200 } })
    const any = choices.many(1, 8, (): Piece => {
      const side = choices.pick('client' as const, 'server' as const)
      return { side, bytes: headLike(choices), missing: choices.oneIn(8) ? choices.below(300) : 0, at: 1 }
    })
    deliver(parser, any)
  },
}

export function headLike(choices: Choices): Uint8Array {
  const parts = choices.many(0, 6, () =>
    choices.oneIn(2) ? Buffer.from(choices.pick(...words)) : choices.bytes(choices.pick(4, 40)),
  )
  return Buffer.concat(parts)
}

export const httpKinds = [conversationsComeBack, lossesAreTold, spoiltConversations, anyBytes]
