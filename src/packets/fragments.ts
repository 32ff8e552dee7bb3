/** IP packets that came in fragments: kept until all are there, then put together. Bounded in number, bytes and time. */
import { type Cursor, layer } from './cursor.ts'

/** Packets waiting at most; the oldest is given up for a new one. */
const mostPackets = 256
/** RFC 8200, 4.5: after a minute the rest will not come. */
const patienceNs = 60e9
const longestPacket = 65_535

interface Piece {
  from: number
  /** On the wire, and as far as it was seen. */
  to: number
  seenTo: number
}

interface Waiting {
  since: number
  bytes: Uint8Array
  pieces: Piece[]
  /** Known from the last fragment. */
  length: number | null
  overlapped: boolean
}

export class Fragments {
  /** Fragments whose packet could not be put together. */
  dropped = 0
  readonly #waiting = new Map<string, Waiting>()

  /** Moves the cursor on into the whole packet, or stops it. It stands behind the header that says that this is a fragment. */
  add(cursor: Cursor, protocol: number, identification: number, from: number, more: boolean): void {
    const { type } = cursor
    // the same fragment is seen on each path
    const key = `${cursor.source.join()}>${cursor.destination.join()}/${protocol}/${identification}/${cursor.path}`
    const to = from + cursor.wireEnd - cursor.offset
    const known = this.#waiting.get(key)
    const waiting = known !== undefined && cursor.at - known.since < patienceNs ? known : this.#begin(key, cursor.at)
    cursor.stop('other')
    if (to > longestPacket || to <= from) {
      this.dropped++
      return
    }
    if (!keep(waiting, cursor, from, to)) return
    if (!more) waiting.length = to
    if (!isWhole(waiting)) return
    this.#waiting.delete(key)
    if (waiting.overlapped) {
      // which bytes the receiver took nobody knows (RFC 5722)
      this.dropped += waiting.pieces.length
      return
    }
    cursor.bytes = waiting.bytes
    cursor.offset = 0
    cursor.wireEnd = waiting.length ?? 0
    const cut = waiting.pieces.find(({ seenTo, to: end }) => seenTo < end)
    cursor.end = cut?.seenTo ?? cursor.wireEnd
    cursor.type = type === layer.nothing ? layer.ipProtocol + protocol : type
  }

  #begin(key: string, at: number): Waiting {
    const late = this.#waiting.get(key)
    if (late !== undefined) this.#giveUp(key, late)
    const [oldest] = this.#waiting
    if (this.#waiting.size >= mostPackets && oldest !== undefined) this.#giveUp(...oldest)
    const waiting = { since: at, bytes: new Uint8Array(0), pieces: [], length: null, overlapped: false }
    this.#waiting.set(key, waiting)
    return waiting
  }

  #giveUp(key: string, { pieces }: Waiting): void {
    this.dropped += pieces.length
    this.#waiting.delete(key)
  }

  /** The capture stops: what waits will not be whole. */
  end(): void {
    for (const [key, waiting] of this.#waiting) this.#giveUp(key, waiting)
  }
}

/** @returns false for a fragment that was there already */
function keep(waiting: Waiting, cursor: Cursor, from: number, to: number): boolean {
  if (waiting.pieces.some((piece) => piece.from === from && piece.to === to)) return false
  if (waiting.pieces.some((piece) => from < piece.to && piece.from < to)) waiting.overlapped = true
  if (to > waiting.bytes.length) {
    const longer = new Uint8Array(Math.min(longestPacket, Math.max(to, waiting.bytes.length * 2)))
    longer.set(waiting.bytes)
    waiting.bytes = longer
  }
  const seen = Math.max(0, Math.min(cursor.end - cursor.offset, to - from))
  waiting.bytes.set(cursor.bytes.subarray(cursor.offset, cursor.offset + seen), from)
  waiting.pieces.push({ from, to, seenTo: from + seen })
  waiting.pieces.sort((a, b) => a.from - b.from)
  return true
}

function isWhole({ pieces, length }: Waiting): boolean {
  if (length === null) return false
  let reached = 0
  for (const { from, to } of pieces) {
    if (from > reached) return false
    reached = Math.max(reached, to)
  }
  return reached >= length
}
