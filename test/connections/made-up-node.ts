/** Connections of a made-up node, told as probes at both ends tell them: with address translation, equal addresses, late returns. */
import type { Side } from '../../parsers/parser.ts'
import type { Direction, Opened } from '../../src/capture/source.ts'
import { Connections } from '../../src/connections/connections.ts'
import type { Choices } from '../fuzz/choices.ts'
import { greeting, login, okPayload, packet } from '../parsers/mysql-encoding.ts'
import type { Seen } from './recorded-events.ts'

export interface MadeUpConnection {
  protocol: 'mysql' | 'http'
  /** Older than the capture: nobody knows who connected. */
  midLife: boolean
  destinationTranslated: boolean
  sourceTranslated: boolean
  visible: Side[]
  requests: number
  /** TCP sequence number of the first byte, by who sends it. */
  sequences: Record<Side, number>
  client: Address
  server: Address
}

interface Address {
  address: string
  port: number
}

/** Few, so that different networks of the node have the same ones. */
const clients: Address[] = [
  { address: '127.0.0.1', port: 40_000 },
  { address: '10.0.0.2', port: 40_000 },
  { address: '10.0.0.2', port: 40_001 },
]
const servers: Address[] = [
  { address: '127.0.0.1', port: 3306 },
  { address: '10.0.0.3', port: 3306 },
]
export const service: Address = { address: '10.96.0.1', port: 3306 }
const gateways: Address[] = [
  { address: '10.0.0.1', port: 50_000 },
  { address: '10.0.0.1', port: 50_001 },
]
const turnNs = 1e6
const mostLateNs = 4e6

export function madeUpConnection(choices: Choices): MadeUpConnection {
  return {
    protocol: choices.below(2) === 0 ? 'mysql' : 'http',
    midLife: choices.below(3) === 2,
    destinationTranslated: choices.below(2) === 1,
    sourceTranslated: choices.below(3) === 2,
    visible: ([['client', 'server'], ['client', 'server'], ['client', 'server'], ['client'], ['server']] as const)[
      choices.below(5)
    ]?.slice() ?? ['client'],
    requests: 1 + choices.below(12),
    sequences: { client: choices.below(2 ** 32), server: choices.below(2 ** 32) },
    client: oneOf(choices, clients),
    server: oneOf(choices, servers),
  }
}

function oneOf(choices: Choices, addresses: Address[]): Address {
  return addresses[choices.below(addresses.length)] ?? service
}

/** What the `index`th connection says in its `request`th exchange. */
export const statementOf = (index: number, request: number): string => `SELECT ${index} + ${request}`
export const pathOf = (index: number, request: number): string => `/of-${index}/${request}`

export const userOf = (index: number): string => `user-${index}`

interface Turn {
  side: Side
  bytes: Buffer
}

function turnsOf({ protocol, midLife, requests }: MadeUpConnection, index: number): Turn[] {
  const turns: Turn[] = []
  const say = (side: Side, bytes: Buffer) => turns.push({ side, bytes })
  if (protocol === 'mysql' && !midLife) {
    say('server', greeting())
    say('client', login(0, userOf(index)))
    say('server', packet(2, okPayload({})))
  }
  for (let request = 0; request < requests; request++) {
    if (protocol === 'mysql') {
      say('client', packet(0, 3, statementOf(index, request)))
      say('server', packet(1, okPayload({})))
    } else {
      say('client', Buffer.from(`GET ${pathOf(index, request)} HTTP/1.1\r\nHost: a\r\n\r\n`))
      say('server', Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'))
    }
  }
  return turns
}

interface Told {
  /** When its record reaches the ring. */
  at: number
  tell: (connections: Connections) => void
}

/**
 * Records of both ends: each in its program's order, a call's when it returns. A send may return long after the other end
 * has answered; nobody answers what he has not received.
 */
function toldOf(made: MadeUpConnection, index: number, choices: Choices): Told[] {
  const told: Told[] = []
  const positions = { client: 0, server: 0 }
  const returnedAt = { client: 0, server: 0 }
  let beginsAt = (index % 5) * turnNs
  const tell = (side: Side, direction: Direction, turn: Turn): void => {
    const movedAt = beginsAt
    for (const [piece, offset] of cut(turn.bytes, choices)) {
      const at = Math.max(returnedAt[side], beginsAt + 1 + choices.below(mostLateNs))
      returnedAt[side] = at
      const position = positions[turn.side] + offset
      const sequence = (made.sequences[turn.side] + position) >>> 0
      if (!made.visible.includes(side)) continue
      told.push({
        at,
        tell: (all) => all.moved(idOf(index, side), direction, position, piece.length, sequence, false, piece, movedAt),
      })
    }
  }
  for (const turn of turnsOf(made, index)) {
    const receiver = turn.side === 'client' ? 'server' : 'client'
    tell(turn.side, 'sent', turn)
    tell(receiver, 'received', turn)
    positions[turn.side] += turn.bytes.length
    beginsAt = returnedAt[receiver]
  }
  for (const side of made.visible) {
    const opened = openedOf(side, made, index)
    told.unshift({ at: opened.at, tell: (all) => all.opened(opened, null) })
    const other = side === 'client' ? 'server' : 'client'
    const closedAt = returnedAt[side] + 1
    const close = (all: Connections) => all.closed(opened.connection, positions[side], positions[other], closedAt)
    told.push({ at: closedAt, tell: close })
  }
  return told
}

const idOf = (index: number, side: Side): number => 2 * index + (side === 'client' ? 0 : 1)

function cut(bytes: Buffer, choices: Choices): [Buffer, number][] {
  const at = choices.below(3) === 2 ? 1 + choices.below(bytes.length - 1) : bytes.length
  return at === bytes.length
    ? [[bytes, 0]]
    : [
        [bytes.subarray(0, at), 0],
        [bytes.subarray(at), at],
      ]
}

function openedOf(side: Side, made: MadeUpConnection, index: number): Opened {
  const connection = idOf(index, side)
  const { client, server, destinationTranslated, sourceTranslated, midLife } = made
  const clientsRemote = destinationTranslated ? service : server
  const serversRemote = sourceTranslated ? (gateways[index % 2] ?? client) : client
  const [local, remote] = side === 'client' ? [client, clientsRemote] : [server, serversRemote]
  const role = midLife ? null : side === 'client' ? 'connected' : 'accepted'
  const common = {
    connection,
    at: (index % 5) * turnNs,
    midLife,
    vantage: 'socket',
    unix: null,
    netns: connection,
  } as const
  return { ...common, role, local, remote, pid: connection, comm: `${side}-${index}` }
}

/** Each thing that is told, in the order of the ring. @returns what comes out */
export function observed(node: MadeUpConnection[], choices: Choices): Seen[] {
  const seen: Seen[] = []
  const connections = new Connections({
    sink: { exchange: (exchange, ends) => seen.push({ exchange: { ...exchange }, ends }) },
    ignore() {},
  })
  const told = node.flatMap((made, index) => toldOf(made, index, choices))
  for (const { tell } of told.sort((a, b) => a.at - b.at)) tell(connections)
  connections.end(1e9)
  return seen
}
