/** Packets within packets, as nodes of a cluster send them: VXLAN, GENEVE, GRE; IP in IP needs no header of its own. */
import { type Cursor, layer } from './cursor.ts'
import { type Paths, pathKind } from './paths.ts'

/** 8472 is Linux's default, older than the assigned 4789. */
const vxlanPorts: ReadonlySet<number> = new Set([4789, 8472])
const genevePort = 6081
const greFlag = { checksum: 0x8000, routing: 0x4000, key: 0x2000, sequence: 0x1000, version: 7 } as const

/** source port 2, destination port 2, length 2, checksum 2. */
export function udp(cursor: Cursor, paths: Paths): void {
  if (!cursor.seen(8)) return
  const port = cursor.half(cursor.offset + 2)
  cursor.offset += 8
  if (vxlanPorts.has(port)) vxlan(cursor, paths)
  else if (port === genevePort) geneve(cursor, paths)
  else cursor.stop('other')
}

/** RFC 7348: flags 1, reserved 3, network identifier 3, reserved 1; then an Ethernet frame. */
function vxlan(cursor: Cursor, paths: Paths): void {
  if (!cursor.seen(8)) return
  if ((cursor.byte(cursor.offset) & 0x08) === 0) {
    cursor.stop('other')
    return
  }
  cursor.path = paths.within(cursor.path, pathKind.vxlan, cursor.word(cursor.offset + 4) >>> 8)
  cursor.next(layer.ethernet, 8)
}

/** RFC 8926: version and options' length 1, flags 1, protocol 2, network identifier 3, reserved 1, options. */
function geneve(cursor: Cursor, paths: Paths): void {
  if (!cursor.seen(8)) return
  const first = cursor.byte(cursor.offset)
  if (first >> 6 !== 0) {
    cursor.stop('other')
    return
  }
  cursor.path = paths.within(cursor.path, pathKind.geneve, cursor.word(cursor.offset + 4) >>> 8)
  cursor.next(cursor.half(cursor.offset + 2), 8 + (first & 0x3f) * 4)
}

/** RFC 2784 and 2890: flags and version 2, protocol 2; then, by flag, checksum 4, key 4, sequence 4. */
export function gre(cursor: Cursor, paths: Paths): void {
  if (!cursor.seen(4)) return
  const flags = cursor.half(cursor.offset)
  // version 1 is PPTP's; source routes are history
  if ((flags & (greFlag.version | greFlag.routing)) !== 0) {
    cursor.stop('other')
    return
  }
  const keyAt = (flags & greFlag.checksum) === 0 ? 4 : 8
  const sequenceAt = (flags & greFlag.key) === 0 ? keyAt : keyAt + 4
  const length = (flags & greFlag.sequence) === 0 ? sequenceAt : sequenceAt + 4
  if (!cursor.seen(length)) return
  const key = sequenceAt === keyAt ? 0 : cursor.word(cursor.offset + keyAt)
  cursor.path = paths.within(cursor.path, pathKind.gre, key)
  cursor.next(cursor.half(cursor.offset + 2), length)
}
