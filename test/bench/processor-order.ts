/**
 * Order between processors: clients pinned to one, their server to another, and each end's chunks as the recording has them.
 * Every message is one chunk and waits for the other, so two of one direction in a row are out of order.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startRecording } from '../kernel/capture-process.ts'
import { tellRecording } from '../kernel/tell-recording.ts'
import type { Row } from './table.ts'
import { pinApart, startTraffic } from './traffic.ts'

const seconds = 4

export async function processorOrder(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'querytap-bench-'))
  const recording = join(directory, 'order.qtap')
  const traffic = await startTraffic()
  try {
    const capture = await startRecording(recording, ['--port', String(traffic.port)])
    pinApart(traffic)
    const { statements } = await traffic.tell(`run ${seconds}`)
    const { stderr } = await capture.stop()
    const ends = new Map<number, string>()
    let chunks = 0
    let disordered = 0
    const moved = (connection: number, direction: string) => {
      chunks++
      if (ends.get(connection) === direction) disordered++
      ends.set(connection, direction)
    }
    await tellRecording(recording, { opened() {}, moved, closed() {}, tick() {} })
    return [
      ['statements', String(statements)],
      ['chunks at both ends', String(chunks)],
      ['chunks out of order', String(disordered)],
      ['lost', /lost: (.*)/.exec(stderr)?.[1] ?? '?'],
    ]
  } finally {
    traffic.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}
