/** An exchange becomes a record: wall-clock times, durations, status flags by name, and the ends of its connection. */
import type { Exchange, HttpExchange, MysqlExchange } from '../../parsers/exchange.ts'
import { readParameters } from '../../parsers/mysql/parameters.ts'
import { serverStatus } from '../../parsers/mysql/server-status.ts'
import type { Ends } from '../connections/ends.ts'
import type { Digest } from '../digest/digest-table.ts'
import { routeOf } from '../digest/route.ts'
import { sqlModeOf } from '../digest/sql-mode.ts'
import type { Endpoint, HttpRecord, MysqlRecord, QuerytapRecord } from '../record.ts'
import type { Redaction } from '../redaction/redaction.ts'
import { instantText } from './instant.ts'
import { boundedAttributes, boundedParameters } from './parameters.ts'
import { resultRecords } from './results.ts'

/** @param epochNs the wall clock at the capture's time 0 */
export function recordOf(
  exchange: Exchange,
  ends: Ends,
  digest: Digest,
  epochNs: bigint,
  redaction: Redaction,
): QuerytapRecord {
  const { startedAt, firstByteAt, endedAt } = exchange
  const frame = {
    startedAt: instantText(epochNs + BigInt(Math.round(startedAt))),
    durationNs: endedAt === null ? null : Math.round(endedAt - startedAt),
    firstByteNs: firstByteAt === null ? null : Math.round(firstByteAt - startedAt),
    clock: ends.clock,
    status: exchange.status,
    client: ends.client,
    server: ends.server,
    dialled: ends.dialled,
    observed: ends.observed,
    networkNs: exchange.networkNs === null ? null : Math.round(exchange.networkNs),
    digest: digest.id,
    digestText: digest.text,
    requestBytes: exchange.requestBytes,
    responseBytes: exchange.responseBytes,
    transport: exchange.transport,
    complete: exchange.incompleteBecause === null,
    incompleteBecause: exchange.incompleteBecause,
  }
  return exchange.protocol === 'mysql'
    ? { protocol: 'mysql', ...frame, ...mysqlFields(exchange, ends.proxy, redaction) }
    : { protocol: 'http', ...frame, ...httpFields(exchange, ends.proxy, redaction) }
}

/** What a record has beyond the fields that every protocol shares. */
type OwnFields<Record extends QuerytapRecord> = Omit<Record, Exclude<keyof HttpRecord & keyof MysqlRecord, 'proxy'>>

function mysqlFields(exchange: MysqlExchange, proxy: Endpoint | null, redaction: Redaction): OwnFields<MysqlRecord> {
  const { text, textLength, attributes, sessionState: state } = exchange
  const { statement, tags, redacted, errorMessage } = redaction.ofStatement(exchange)
  const parameters = readParameters(exchange.parameters ?? null)
  return {
    user: exchange.user,
    database: exchange.database,
    serverVersion: exchange.serverVersion,
    connectionId: exchange.connectionId,
    proxy,
    programName: attributes?.programName ?? null,
    clientName: attributes?.clientName ?? null,
    clientPid: attributes?.pid ?? null,
    command: exchange.command,
    statement,
    statementBytes: text === null || textLength <= text.length ? null : textLength,
    parameters: redacted ? null : boundedParameters(redaction.ofValues(parameters.values)),
    parameterSets: parameters.sets,
    queryAttributes: redacted ? null : boundedAttributes(redaction.ofValues(parameters.attributes)),
    tags,
    redacted: statement === null ? null : redacted,
    rowsReturned: exchange.rowsReturned,
    rowsAffected: exchange.rowsAffected,
    lastInsertId: exchange.lastInsertId,
    warnings: exchange.warnings,
    resultSets: exchange.resultSets,
    results: resultRecords(exchange, statement, sqlModeOf(exchange)),
    noIndexUsed: flag(exchange.serverStatus, serverStatus.SERVER_QUERY_NO_INDEX_USED),
    noGoodIndexUsed: flag(exchange.serverStatus, serverStatus.SERVER_QUERY_NO_GOOD_INDEX_USED),
    inTransaction: flag(exchange.serverStatus, serverStatus.SERVER_STATUS_IN_TRANS),
    autocommit: flag(exchange.serverStatus, serverStatus.SERVER_STATUS_AUTOCOMMIT),
    gtids: state?.gtids ?? null,
    transactionState: state?.transactionState ?? null,
    ...redaction.ofSessionState(state ?? null, redacted),
    errorCode: exchange.errorCode,
    sqlState: exchange.sqlState,
    errorMessage,
  }
}

function httpFields(exchange: HttpExchange, proxy: Endpoint | null, redaction: Redaction): OwnFields<HttpRecord> {
  const { path, query } = redaction.ofTarget(exchange.path, exchange.query)
  return {
    method: exchange.method,
    path,
    query,
    host: exchange.host,
    route: path === null ? null : routeOf(path),
    statusCode: exchange.statusCode,
    httpVersion: exchange.httpVersion,
    userAgent: exchange.userAgent,
    contentType: exchange.contentType,
    requestBodyBytes: exchange.requestBodyBytes,
    responseBodyBytes: exchange.responseBodyBytes,
    proxy,
  }
}

function flag(status: number | null, bit: number): boolean | null {
  return status === null ? null : (status & bit) !== 0
}

/** One line of JSON, with its end of line. */
export function recordLine(record: QuerytapRecord): string {
  return `${JSON.stringify(record)}\n`
}
