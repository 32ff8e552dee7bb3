/** Fuzzing of what tells the protocols apart: the verdict does not depend on cuts, and made-up sessions are recognised. */
import { Buffer } from 'node:buffer'
import { Detector, type Verdict, type Way } from '../../parsers/detection.ts'
import { encode } from '../parsers/mysql-conversation.ts'
import { madeUpSession } from '../parsers/mysql-session.ts'
import type { Choices } from './choices.ts'
import { spoil, type Piece, pieces } from './damage.ts'
import { madeUpConversation } from './http-conversation.ts'
import { headLike } from './http-kinds.ts'
import type { Kind } from './kind.ts'

interface Traffic {
  protocol: 'mysql' | 'http'
  turns: { side: 'client' | 'server'; bytes: Uint8Array }[]
}

const proxyHeaders = [
  Buffer.from('PROXY TCP4 192.0.2.1 198.51.100.1 56324 80\r\n'),
  Buffer.from('PROXY UNKNOWN\r\n'),
  Buffer.from('0d0a0d0a000d0a515549540a2111000cc0000201c6336401dc040cea', 'hex'),
  Buffer.from('0d0a0d0a000d0a515549540a20000000', 'hex'),
]

/** A made-up MySQL session may have such a header of its own. */
function madeUp(choices: Choices): Traffic {
  if (!choices.oneIn(2)) return { protocol: 'mysql', turns: encode(madeUpSession(choices)).turns }
  const { turns } = madeUpConversation(choices, true)
  const [first, ...rest] = turns
  const header = choices.oneIn(4) ? proxyHeaders[choices.below(proxyHeaders.length)] : undefined
  if (header === undefined || first === undefined) return { protocol: 'http', turns }
  return { protocol: 'http', turns: [{ ...first, bytes: Buffer.concat([header, first.bytes]) }, ...rest] }
}

/** The end that connected is way 0, where it is known. */
function verdictOf(pieces: readonly Piece[], client: Way | undefined, midLife: boolean): Verdict | undefined {
  const detector = new Detector(client, midLife)
  for (const { side, bytes, missing } of pieces) {
    const way = side === 'client' ? 0 : 1
    const chunk = Uint8Array.from(bytes)
    const verdict = detector.push(way, chunk) ?? (missing > 0 ? detector.gap(way) : undefined)
    chunk.fill(0xaa)
    if (verdict !== undefined) return verdict
  }
  return undefined
}

const verdicts: Kind<Traffic> = {
  name: 'detection-fresh',
  title: 'a made-up connection is recognised from its first bytes, however they are cut',
  casesForEach: 10,
  make: madeUp,
  check({ protocol, turns }, choices) {
    const client = choices.oneIn(2) ? undefined : 0
    const verdict = verdictOf(pieces(turns, choices, 0), client, false)
    const isRight = verdict?.kind === 'spoken' && verdict.protocol === protocol && verdict.client === 0
    if (!isRight) throw new Error(`${protocol} taken for ${JSON.stringify(verdict)}`)
  },
}

const anyCut: Kind<Traffic> = {
  name: 'detection-cuts',
  title: 'what a spoilt connection is taken for does not depend on how it is cut',
  casesForEach: 50,
  make: madeUp,
  check({ turns }, choices) {
    const spoilt: Piece[] = choices.oneIn(4)
      ? choices.many(1, 8, () => ({
          side: choices.pick('client', 'server'),
          bytes: headLike(choices),
          missing: 0,
          at: 0,
        }))
      : spoil(turns, choices).map((piece) => ({ ...piece, missing: 0 }))
    const midLife = choices.oneIn(2)
    const client = choices.pick(undefined, 0, 1)
    const joined = JSON.stringify(verdictOf(spoilt, client, midLife))
    const cut = JSON.stringify(verdictOf(pieces(spoilt, choices, 0), client, midLife))
    if (cut !== joined) throw new Error(`${joined} when whole, ${cut} when cut`)
  },
}

export const detectionKinds = [verdicts, anyCut]
