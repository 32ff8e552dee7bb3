/** How many connections speak what. */

export interface ConnectionCounts {
  opened: number
  mysql: number
  /** Of those, the ones that went on over TLS after the greeting. */
  mysqlOverTls: number
  http: number
  /** TLS from the first byte. */
  tls: number
  /** Neither MySQL nor HTTP. */
  other: number
  /** Bytes came for a connection whose opening was lost. */
  unknown: number
}

export const noConnections: Readonly<ConnectionCounts> = {
  opened: 0,
  mysql: 0,
  mysqlOverTls: 0,
  http: 0,
  tls: 0,
  other: 0,
  unknown: 0,
}

export function sumOfCounts(all: readonly ConnectionCounts[]): ConnectionCounts {
  const sum = { ...noConnections }
  const kinds = Object.keys(sum) as (keyof ConnectionCounts)[] // it is spelled out above
  for (const counts of all) for (const kind of kinds) sum[kind] += counts[kind]
  return sum
}

export function connectionsLine({ mysql, mysqlOverTls, http, tls, other }: ConnectionCounts): string {
  const over = mysqlOverTls === 0 ? '' : ` (${mysqlOverTls} of them over TLS)`
  return `connections: ${mysql} MySQL${over}, ${http} HTTP, ${tls} TLS, ${other} other`
}
