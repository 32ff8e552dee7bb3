/** Losses of which the rest of the session cannot be told, so that no fixture can hold them. */
import t from 'tap'
import type { Exchange } from '../../parsers/exchange.ts'
import { MysqlParser } from '../../parsers/mysql/mysql-parser.ts'
import { greeting, login, okPayload, packet } from './mysql-encoding.ts'

void t.test(
  'commands sent at once behind a lost answer are not said to be unanswered when the connection ends',
  (t) => {
    const found: Exchange[] = []
    const parser = new MysqlParser((exchange) => found.push(exchange))
    parser.push('server', greeting(), 1)
    parser.push('client', login(0), 2)
    parser.push('server', packet(2, okPayload({})), 3)
    parser.push('client', packet(0, 3, 'SELECT 1'), 4)
    parser.gap('server', 2, 5)
    parser.push('server', packet(1, okPayload({})).subarray(2), 5)
    parser.push('client', Buffer.concat([packet(0, 3, 'SELECT 2'), packet(0, 3, 'SELECT 3')]), 6)
    parser.push('server', Buffer.concat([packet(1, okPayload({})), packet(1, okPayload({}))]), 7)
    parser.end(8)
    t.match(found.slice(2), [
      { status: null, rowsAffected: null, incompleteBecause: 'a gap in the response' },
      { status: null, rowsAffected: null, incompleteBecause: 'a gap in the response' },
    ])
    t.end()
  },
)
