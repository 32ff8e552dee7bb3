/** What happens to a conversation on its way to a parser: it is cut in pieces, parts are lost, bytes are spoilt. */
import type { MysqlLimits } from '../../parsers/mysql/limits.ts'
import { requestSlackBytes, serverPacketBytes } from '../../parsers/mysql/limits.ts'
import type { Parser, Side } from '../../parsers/parser.ts'
import type { Choices } from './choices.ts'

interface Said {
  side: Side
  bytes: Uint8Array
}

/** Bytes that are seen, then bytes that are not. */
export interface Piece extends Said {
  missing: number
  at: number
}

interface Span {
  from: number
  to: number
}

interface Hole extends Span {
  turn: number
}

/** Of a turn, as a rule: each piece costs as much as a long one. Mostly at what is lost. */
const finelyCutBytes = 240

/** Cut anywhere, or where a turn ends only. @param holes how many parts are lost */
export function pieces(turns: readonly Said[], choices: Choices, holes: number): Piece[] {
  const lost = Array.from({ length: holes }, (): Hole => {
    const turn = choices.below(turns.length)
    const from = choices.below((turns[turn]?.bytes.length ?? 0) + 1)
    return { turn, from, to: from + choices.pick(1, choices.between(1, 20), choices.between(1, 300)) }
  })
  const longest = choices.pick(1 << 24, 1, 5, 120)
  const isFine = longest < 6
  const isFineThroughout = isFine && choices.oneIn(16)
  const all: Piece[] = []
  for (const [at, { side, bytes: said }] of turns.entries()) {
    // parts of a Buffer are dear
    const bytes = new Uint8Array(said.buffer, said.byteOffset, said.length)
    const here = lost.filter(({ turn }) => turn === at)
    const end = bytes.length
    const middle = isFineThroughout || !isFine ? 0 : (here[0]?.from ?? choices.below(end + 1))
    const fine: Span = isFineThroughout ? { from: 0, to: end } : around(middle, finelyCutBytes)
    const edges = [...here.map(({ from }) => from), ...(isFine ? [fine.from, fine.to] : []), end]
    let offset = 0
    while (offset < end) {
      const hole = here.find(({ from, to }) => from <= offset && offset < to)
      if (hole !== undefined) {
        const to = Math.min(hole.to, end)
        all.push({ side, bytes: none, missing: to - offset, at })
        offset = to
        continue
      }
      const next = edges.reduce((least, edge) => (edge > offset ? Math.min(least, edge) : least), end)
      const isCoarse = isFine && !(fine.from <= offset && offset < fine.to)
      const length = isCoarse ? end : isFine || longest > 1000 ? longest : choices.between(1, longest)
      const to = Math.min(next, offset + length)
      all.push({ side, bytes: bytes.subarray(offset, to), missing: 0, at })
      offset = to
    }
  }
  return all
}

function around(middle: number, length: number): Span {
  return { from: middle - length / 2, to: middle + length / 2 }
}

const none = new Uint8Array(0)

/** Bits turned, bytes lost, doubled, put in or left out; turns doubled, left out, or said by the other side. */
export function spoil(turns: readonly Said[], choices: Choices): Piece[] {
  const blows = choices.between(1, 4)
  const spoilt = turns.map(({ side, bytes }, at): Piece => ({ side, bytes, missing: 0, at }))
  for (let i = 0; i < blows && spoilt.length > 0; i++) {
    const index = choices.below(spoilt.length)
    const piece = spoilt[index]
    if (piece === undefined) continue
    spoilt.splice(index, 1, ...blow(piece, choices))
  }
  return spoilt
}

function blow(piece: Piece, choices: Choices): Piece[] {
  const { side, bytes, at } = piece
  const from = choices.below(bytes.length + 1)
  const head = bytes.subarray(0, from)
  const rest = bytes.subarray(from)
  switch (choices.below(9)) {
    case 0:
    case 1: {
      const turned = Uint8Array.from(bytes)
      if (from < turned.length) turned[from] = (turned[from] ?? 0) ^ (1 << choices.below(8))
      return [{ ...piece, bytes: turned }]
    }
    case 2: {
      const changed = Uint8Array.from(bytes)
      if (from < changed.length) changed[from] = choices.byte()
      return [{ ...piece, bytes: changed }]
    }
    case 3:
      return [{ ...piece, bytes: Buffer.concat([head, choices.bytes(12), rest]) }]
    case 4:
      return [{ ...piece, bytes: Buffer.concat([head, rest.subarray(choices.between(1, 40))]) }]
    case 5:
      return [
        { side, bytes: head, missing: choices.pick(1, choices.between(1, 300), 1 << 24), at },
        { ...piece, bytes: rest },
      ]
    case 6:
      return [piece, { ...piece }]
    case 7:
      return []
    default:
      return [{ ...piece, side: side === 'client' ? 'server' : 'client' }]
  }
}

/** What a chunk is read from: the next one comes to the same place. */
const shared = new Uint8Array(1 << 20)

/** Bytes of a chunk are gone when the call returns. @param after called behind each piece */
export function deliver(parser: Parser, pieces: readonly Piece[], after: () => void = () => {}): void {
  for (const { side, bytes, missing, at } of pieces) {
    const chunk = bytes.length > shared.length ? new Uint8Array(bytes.length) : shared.subarray(0, bytes.length)
    chunk.set(bytes)
    parser.push(side, chunk, at)
    chunk.fill(0xaa)
    if (missing > 0) parser.gap(side, missing, at)
    after()
  }
  parser.end(pieces.at(-1)?.at ?? 0)
}

/** What a MySQL parser may hold besides commands and statements. */
export function heldBytes(limits: MysqlLimits): number {
  const packets = limits.textBytes + requestSlackBytes + serverPacketBytes
  return packets + 2 * limits.compressedFrameBytes + limits.longDataValues * limits.longDataBytes
}
