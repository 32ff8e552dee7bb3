/** What reassembly tells, kept to be looked at: connections, and the bytes and holes of each direction by position. */
import { Buffer } from 'node:buffer'
import type { Direction, Opened, SourceSink } from '../../src/capture/source.ts'

/** Told at once. */
export interface Piece {
  connection: number
  direction: Direction
  position: number
  moved: number
  bytes: Buffer
  sequence: number
  at: number
}

export class Told implements SourceSink {
  readonly opens: Opened[] = []
  readonly pieces: Piece[] = []
  readonly closes: { connection: number; sent: number; received: number; at: number }[] = []

  opened(opened: Opened): void {
    this.opens.push(opened)
  }

  moved(
    ...[connection, direction, position, moved, sequence, , all, at, ...part]: Parameters<SourceSink['moved']>
  ): void {
    const bytes = Buffer.from(all.slice(...part))
    this.pieces.push({ connection, direction, position, moved, sequence, bytes, at })
  }

  closed(connection: number, sent: number, received: number, at: number): void {
    this.closes.push({ connection, sent, received, at })
  }

  tick(): void {}

  /** A direction's stream: text where it was seen, `[n]` for n bytes that were not. */
  text(direction: Direction, connection = 1): string {
    let text = ''
    let next = 0
    for (const piece of this.pieces) {
      if (piece.connection !== connection || piece.direction !== direction) continue
      if (piece.position < next) throw new Error(`position ${piece.position} after ${next}`)
      if (piece.position > next) text += `[${piece.position - next}]`
      text += piece.bytes.toString('latin1')
      if (piece.moved > piece.bytes.length) text += `[${piece.moved - piece.bytes.length}]`
      next = piece.position + piece.moved
    }
    return text
  }

  /** All of a connection in the order told: `>text` was sent, `<text` was received. */
  conversation(connection = 1): string {
    const next = { sent: 0, received: 0 }
    return this.pieces
      .filter((piece) => piece.connection === connection)
      .map(({ direction, position, moved, bytes }) => {
        const hole = position - next[direction]
        next[direction] = position + moved
        const cut = moved - bytes.length
        const seen = `${hole > 0 ? `[${hole}]` : ''}${bytes.toString('latin1')}${cut > 0 ? `[${cut}]` : ''}`
        return `${direction === 'sent' ? '>' : '<'}${seen}`
      })
      .join(' ')
  }
}
