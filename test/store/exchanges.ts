/** Exchanges and ends for tests: everything has a default, a test names what it is about. */
import type { HttpExchange, MysqlExchange } from '../../parsers/exchange.ts'
import type { SessionState, TransactionState } from '../../parsers/mysql/session-state.ts'
import type { Ends } from '../../src/connections/ends.ts'
import type { Endpoint } from '../../src/record.ts'

/** 2026-05-01T12:00:00Z */
export const epochNs = 1_777_636_800_000_000_000n

const frame = {
  startedAt: 0,
  firstByteAt: 500_000,
  endedAt: 1_000_000,
  status: 'ok',
  requestBytes: 30,
  responseBytes: 100,
  requestPosition: 0,
  transport: 'plain',
  networkNs: null,
  incompleteBecause: null,
} as const

export function mysqlExchange(fields: Partial<MysqlExchange> = {}, sql = 'SELECT 1'): MysqlExchange {
  const text = new TextEncoder().encode(sql)
  return {
    protocol: 'mysql',
    ...frame,
    command: 'COM_QUERY',
    text,
    textLength: text.length,
    user: 'app',
    database: 'shop',
    serverVersion: '10.11.6-MariaDB',
    connectionId: 7,
    rowsReturned: 1,
    rowsAffected: null,
    lastInsertId: null,
    warnings: 0,
    resultSets: 1,
    serverStatus: 2,
    errorCode: null,
    sqlState: null,
    errorMessage: null,
    ...fields,
  }
}

/** Of a session without a transaction. */
export const idle: TransactionState = {
  transaction: 'none',
  nonTransactionalRead: false,
  transactionalRead: false,
  nonTransactionalWrite: false,
  transactionalWrite: false,
  unsafeStatement: false,
  resultSet: false,
  lockedTables: false,
}

export function sessionState(fields: Partial<SessionState>): SessionState {
  return {
    schema: null,
    variables: null,
    gtids: null,
    transactionState: null,
    transactionCharacteristics: null,
    cut: false,
    hides: false,
    ...fields,
  }
}

export function httpExchange(fields: Partial<HttpExchange> = {}): HttpExchange {
  return {
    protocol: 'http',
    ...frame,
    method: 'GET',
    path: '/',
    query: null,
    host: 'shop',
    statusCode: 200,
    httpVersion: '1.1',
    userAgent: null,
    contentType: 'text/html',
    requestBodyBytes: 0,
    responseBodyBytes: 80,
    ...fields,
  }
}

export function endpoint(fields: Partial<Endpoint> = {}): Endpoint {
  const unknown = { container: null, pod: null, namespace: null, workload: null, node: null }
  return { address: '10.0.0.5', port: 40_000, pid: 100, comm: 'php-fpm', ...unknown, ...fields }
}

export function ends(client: Partial<Endpoint> = {}, server: Partial<Endpoint> = {}): Ends {
  return {
    client: endpoint(client),
    server: endpoint({ address: '10.0.0.7', port: 3306, pid: 200, comm: 'mariadbd', ...server }),
    proxy: null,
    dialled: null,
    clock: 'server',
    observed: 'server',
  }
}
