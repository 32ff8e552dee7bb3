/**
 * zstd as servers write it, by Debian's zstd command, for Node 20 cannot: the frames of a made-up session hold stored blocks
 * (test/parsers/mysql-compression.ts), and what these hold is compressed in their place, all of them in one go.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as wire from '../parsers/mysql-encoding.ts'
import type { Turn } from '../parsers/mysql-conversation.ts'

const headerBytes = 7
/** Magic number 4, descriptor 1, content size 4, block header 3. */
const storedHeadBytes = 12
/** What MySQL's clients and servers take by default. */
const level = '-3'

interface Frame {
  turn: number
  sequence: number
  payload: Buffer
  /** What is to be compressed; null: the frame is not. */
  plain: Buffer | null
}

/** @param turns the logging in is not compressed: so many of them */
export function compressed(turns: Turn[], login: number): Turn[] {
  const frames = turns.flatMap(({ bytes }, turn) => (turn < login ? [] : framesOf(bytes, turn)))
  const results = zstd(frames.flatMap(({ plain }) => plain ?? []))
  const parts = turns.map((): Buffer[] => [])
  for (const { turn, sequence, payload, plain } of frames) {
    const bytes = plain === null ? payload : (results.shift() ?? payload)
    const head = [wire.integer(bytes.length, 3), sequence, wire.integer(plain?.length ?? 0, 3)]
    parts[turn]?.push(wire.bytes(...head, bytes))
  }
  return turns.map(({ side, bytes }, turn) => ({
    side,
    bytes: turn < login ? bytes : Buffer.concat(parts[turn] ?? []),
  }))
}

function framesOf(bytes: Buffer, turn: number): Frame[] {
  const frames: Frame[] = []
  for (let at = 0; at < bytes.length;) {
    const start = at + headerBytes
    const end = start + bytes.readUIntLE(at, 3)
    const payload = bytes.subarray(start, end)
    const isStored = bytes.readUIntLE(at + 4, 3) === 0
    frames.push({
      turn,
      sequence: bytes[at + 3] ?? 0,
      payload,
      plain: isStored ? null : payload.subarray(storedHeadBytes),
    })
    at = end
  }
  return frames
}

function zstd(plains: Buffer[]): Buffer[] {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-zstd-'))
  try {
    const files = plains.map((plain, i) => {
      const file = join(directory, String(i))
      writeFileSync(file, plain)
      return file
    })
    writeFileSync(join(directory, 'list'), files.join('\n'))
    execFileSync('zstd', ['-q', level, '--no-check', '--filelist', join(directory, 'list')])
    return files.map((file) => readFileSync(`${file}.zst`))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
