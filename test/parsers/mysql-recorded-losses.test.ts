/** Recorded connections of real drivers, with each event lost in turn and joined at each: what is told is what is told of them whole. */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { joinsInTurn, lossesInTurn, type Moved } from './recorded-losses.ts'
import { recordedConnections } from './recorded-connections.ts'

const folder = fileURLToPath(new URL('../../fixtures/recordings/', import.meta.url))
const all = process.env['QUERYTAP_ALL_LOSSES'] !== undefined
/** Events of each connection that are tried. */
const tried = all ? Infinity : 40

const COM_CLONE = 0x20
/** Behind COM_CLONE the clone plugin has numbers of its own, which are other commands' for whoever did not see that one. */
function clones(events: readonly Moved[]): boolean {
  return events.some(
    ({ side, bytes }) =>
      side === 'client' && bytes.at(-1) === COM_CLONE && (bytes.length === 1 || (bytes[0] === 1 && bytes.length === 5)),
  )
}

for (const name of readdirSync(folder).filter((each) => each.endsWith('.qtap'))) {
  void t.test(`${name}: whatever is lost, nothing is told that was not`, async (t) => {
    const sum = { told: 0, unknown: 0 }
    for (const events of await recordedConnections(folder + name)) {
      if (clones(events)) continue
      const every = Math.ceil(events.length / tried)
      for (const { told, unknown, wrong } of [
        lossesInTurn(events, null, every),
        lossesInTurn(events, 7, every),
        joinsInTurn(events, every),
      ]) {
        t.strictSame(wrong.slice(0, 3), [])
        sum.told += told
        sum.unknown += unknown
      }
    }
    t.comment(`${sum.told} values told, ${sum.unknown} unknown`)
    // most connections wait for their answers
    t.ok(sum.told > sum.unknown, 'most is told still')
  })
}
