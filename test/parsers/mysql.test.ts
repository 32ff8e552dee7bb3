/** Every written MySQL conversation, through every check that parsers have to pass. */
import t from 'tap'
import { capability } from '../../parsers/mysql/capabilities.ts'
import type { MysqlExchange } from '../../parsers/exchange.ts'
import type { MysqlLimits } from '../../parsers/mysql/limits.ts'
import { mysqlLimits } from '../../parsers/mysql/limits.ts'
import { MysqlParser } from '../../parsers/mysql/mysql-parser.ts'
import { readParameters } from '../../parsers/mysql/parameters.ts'
import type { ParserFactory } from './check-fixture.ts'
import { greeting, login, okPayload, packet } from './mysql-encoding.ts'
import { runFixtures } from './run-fixture.ts'

function isLimit(key: string): key is keyof MysqlLimits {
  return key in mysqlLimits
}

function isCapability(name: string): name is keyof typeof capability {
  return name in capability
}

/** `option login CLIENT_SESSION_TRACK …`: a login of user app to schema shop, with these capabilities, is over. */
function logIn(parser: MysqlParser, names: string): void {
  let capabilities = 0
  for (const name of names.split(' ').filter((name) => name !== '')) {
    if (!isCapability(name)) throw new Error(`MySQL has no capability ${name}`)
    capabilities |= capability[name]
  }
  const tracks = (capabilities & capability.CLIENT_SESSION_TRACK) !== 0
  parser.push('server', greeting(), 0)
  parser.push('client', login(capabilities), 0)
  parser.push('server', packet(2, okPayload(tracks ? { schema: 'shop' } : {})), 0)
}

/** Parameters are compared as what they read as, and the session's variables as an object. */
const factory: ParserFactory = (onExchange, { login: capabilities, midlife, ...options }) => {
  const limits: Partial<MysqlLimits> = {}
  for (const [key, value] of Object.entries(options)) {
    if (!isLimit(key)) throw new Error(`the MySQL parser has no option ${key}`)
    limits[key] = Number(value)
  }
  const parser = new MysqlParser(
    (exchange) => {
      if (exchange.protocol !== 'mysql') throw new Error('the MySQL parser gave out something else')
      if (exchange.command === 'COM_CONNECT' && capabilities !== undefined) return
      onExchange(readable(exchange))
    },
    { midLife: midlife === 'true', limits },
  )
  if (capabilities !== undefined) logIn(parser, capabilities)
  return parser
}

function readable(exchange: MysqlExchange): MysqlExchange {
  const raw = exchange.parameters ?? null
  const state = exchange.sessionState ?? null
  const parameters = raw === null ? {} : { parameters: readParameters(raw) }
  const sessionState = state === null ? null : { ...state, variables: objectOf(state.variables) }
  return Object.assign({ ...exchange }, parameters, { sessionState })
}

function objectOf(variables: Map<string, string> | null): Record<string, string> | null {
  return variables === null ? null : Object.fromEntries(variables)
}

runFixtures(t, 'fixtures/mysql', factory)
