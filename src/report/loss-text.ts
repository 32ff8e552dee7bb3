/** What was lost, in numbers; zero is said too. */
import type { Losses } from '../capture/source.ts'

const names: Record<string, string> = {
  ringFullRecords: 'calls left out, ring full',
  ringFullBytes: 'bytes of them',
  ringFullExchanges: 'exchanges given up for that',
  untoldCloses: 'ends of connections, ring full',
  unreadableMemory: 'pieces of unreadable memory',
  cappedBytes: 'bytes beyond the copy budget',
  tooManyPieces: 'calls of too many pieces',
  opaqueBytes: 'bytes without user memory (sendfile, splice)',
  unfollowedConnections: 'connections, map full',
  unfollowedCalls: 'calls, map full',
  missedRuns: 'times that a probe did not run, its processor being inside it already',
  unseenReturns: 'calls that were not seen to their end',
  endedUnseen: 'connections whose end, or whose fall from a full map, was found later',
  unknownRecords: 'records of an unknown form',
  lostFraming: 'times that a stream had to be found again',
  droppedRequests: 'requests beyond the limit of pending ones',
  droppedStatements: 'prepared statements beyond the limit',
  droppedLongData: 'parts of parameters sent ahead, beyond the limit',
  cutFrames: 'compressed frames that could not be read',
  denseFrames: 'compressed frames left unread, for they hold too much for their size',
  cutTexts: 'texts cut at their limit',
  cutParameters: 'sets of parameters cut at their limit',
  cutResults: 'commands with more results than are told apart',
  droppedSessionStates: 'session states that servers told, too long to keep',
  longHeads: 'HTTP heads beyond the limit',
  unsolicitedAnswers: 'answers to nothing that was seen',
  strayBytes: 'bytes of no HTTP exchange that was seen',
  undecidedBytes: 'bytes before a protocol was recognised, beyond the limit',
  disorderedReceives: 'reads that overtook a write, beyond the limit',
  lostSegments: 'holes where the capture lacks segments',
  lostSegmentBytes: 'bytes in these holes',
  cutBytes: 'bytes beyond the snapshot length',
  reorderingLimits: 'waits for a segment that a limit ended',
  forgottenConnections: 'connections beyond the limit',
  strayedSegments: 'segments that fit no stream',
  cutPackets: 'packets whose headers the capture cut',
  brokenPackets: 'packets whose headers make no sense',
  droppedFragments: 'IP fragments whose packet is not whole',
  packetsOfUnknownLinks: 'packets of a link type that is not known',
  packetsOfTooManyEnds: 'packets, too many addresses and ports at a time',
  packetsNotCaptured: 'packets that the capturing program dropped',
  unstoredExchanges: 'exchanges in full, the store took no more',
  unstoredCalls: 'calls that are in no total, the store took no more',
  recordsOfUnknownConnections: 'records of connections whose opening was lost',
}

/**
 * Told, but not added up: what the copy budget leaves out is wanted, and a stream is found again behind it; a long text is
 * there up to its limit, with its length; what answers nothing follows from another loss, or from joining in mid-life.
 */
const wanted: ReadonlySet<string> = new Set([
  'cappedBytes',
  'opaqueBytes',
  'ringFullBytes',
  'ringFullExchanges',
  'untoldCloses',
  'lostFraming',
  'cutBytes',
  'lostSegmentBytes',
  'cutTexts',
  'cutParameters',
  'longHeads',
  'unsolicitedAnswers',
  'strayBytes',
  'undecidedBytes',
])

/** `0`, or `12 (10 records, ring full, 2 calls, map full)`. */
export function lossText(losses: Losses): string {
  const lost = Object.entries(losses).filter(([cause]) => !wanted.has(cause))
  const total = lost.reduce((sum, [, count]) => sum + count, 0)
  const met = Object.entries(losses).filter(([, count]) => count > 0)
  const causes = met.map(([cause, count]) => `${count} ${names[cause] ?? cause}`)
  return `${total}${causes.length === 0 ? '' : ` (${causes.join(', ')})`}`
}

export function lossLine(losses: Losses): string {
  return `lost: ${lossText(losses)}`
}
