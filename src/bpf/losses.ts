/** The kernel's counters of lost data, in the order of `enum loss` in probes/event.h. */

export const lossCauses = [
  'ringFullRecords',
  'ringFullBytes',
  'unreadableMemory',
  'cappedBytes',
  'tooManyPieces',
  'opaqueBytes',
  'unfollowedConnections',
  'unfollowedCalls',
  'unseenReturns',
  'ringFullExchanges',
  'untoldCloses',
] as const

export type LossCause = (typeof lossCauses)[number]
