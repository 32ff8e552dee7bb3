/** Both ends of a connection on one node, with address translation between them: one record with the right two processes, or none of it. */
import t from 'tap'
import { Choices } from '../fuzz/choices.ts'
import {
  type MadeUpConnection,
  madeUpConnection,
  observed,
  pathOf,
  service,
  statementOf,
  userOf,
} from './made-up-node.ts'
import type { Seen } from './recorded-events.ts'

const nodes = 100

/** A login says nothing of its own: its user names the connection. */
function saidBy({ exchange }: Seen): string | null {
  if (exchange.protocol === 'http') return exchange.path
  return exchange.text === null ? exchange.user : Buffer.from(exchange.text).toString()
}

/** Index of the connection, by what its requests say. */
function indexOf(said: string | null): number {
  return Number(
    /^SELECT (\d+) |^\/of-(\d+)\/|^user-(\d+)$/
      .exec(said ?? '')
      ?.slice(1)
      .find((each) => each !== undefined) ?? -1,
  )
}

function requestsOf(node: MadeUpConnection[]): string[] {
  return node.flatMap(({ protocol, requests, midLife }, index) => [
    ...Array.from({ length: requests }, (_, request) => (protocol === 'mysql' ? statementOf : pathOf)(index, request)),
    ...(protocol === 'mysql' && !midLife ? [userOf(index)] : []),
  ])
}

const byText = (one: string | null, other: string | null): number => (String(one) < String(other) ? -1 : 1)

/** Says what is wrong with one record. */
function faultOf(seen: Seen, node: MadeUpConnection[]): string | null {
  const said = saidBy(seen)
  const index = indexOf(said)
  const made = node[index]
  if (made === undefined) return `of no connection: ${said}`
  const { client, server, dialled, observed } = seen.ends
  for (const [side, endpoint] of [
    ['client', client],
    ['server', server],
  ] as const) {
    const { comm, address, port } = endpoint
    if (comm !== null && comm !== `${side}-${index}`) return `${said}: its ${side} is said to be ${comm}`
    const own = made[side]
    if (comm !== null && (address !== own.address || port !== own.port)) return `${said}: ${side} at ${address}:${port}`
    if (observed === 'both' && comm === null) return `${said}: both ends, and its ${side} is not named`
  }
  if (observed === 'both' && (dialled !== null) !== made.destinationTranslated) return `${said}: dialled`
  if (dialled !== null && dialled.address !== service.address) return `${said}: dialled ${dialled.address}`
  return null
}

function madeUpNode(choices: Choices, connections: number): MadeUpConnection[] {
  return Array.from({ length: connections }, () => madeUpConnection(choices))
}

void t.test('every exchange is told once, by both ends where both are seen, whatever is translated', (t) => {
  for (let seed = 1; seed <= nodes; seed++) {
    const choices = new Choices(seed)
    const node = madeUpNode(choices, 1 + choices.below(12))
    const seen = observed(node, choices)
    const faults = seen.map((each) => faultOf(each, node)).filter((each) => each !== null)
    if (faults.length > 0) t.fail(`node ${seed}`, { faults })
    const said = seen.map(saidBy).sort(byText)
    const wanted = requestsOf(node).sort(byText)
    if (JSON.stringify(said) !== JSON.stringify(wanted)) {
      const missing = wanted.filter((each) => !said.includes(each))
      t.fail(`node ${seed}`, { missing, twice: said.filter((each, i) => each === said[i - 1]) })
    }
    const wrong = seen.filter((each) => {
      const { visible } = node[indexOf(saidBy(each))] ?? { visible: [] }
      return each.ends.observed !== (visible.length === 2 ? 'both' : visible[0])
    })
    if (wrong.length > 0) t.fail(`node ${seed}`, { wrong: wrong.map((each) => [saidBy(each), each.ends.observed]) })
  }
  t.pass(`${nodes} nodes`)
  t.end()
})

void t.test(
  'connections of equal addresses whose numbers agree in one direction by chance are not taken for one',
  (t) => {
    for (let seed = 1; seed <= nodes; seed++) {
      const choices = new Choices(seed)
      const node = madeUpNode(choices, 2 + choices.below(12))
      const [first] = node
      for (const each of node) {
        if (first === undefined) continue
        const sides = ['client', 'server'] as const
        const side = sides[choices.below(2)] ?? 'client'
        each.sequences[side] = first.sequences[side]
        // agreeing in the client's address too is proof
        each.sourceTranslated = true
      }
      const faults = observed(node, choices).map((each) => faultOf(each, node))
      const wrong = faults.filter((each) => each !== null)
      if (wrong.length > 0) t.fail(`node ${seed}`, { wrong })
    }
    t.pass(`${nodes} nodes`)
    t.end()
  },
)
