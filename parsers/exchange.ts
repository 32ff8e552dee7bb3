/**
 * What parsers give out: one request with its response. An exchange knows times relative to the capture and nothing
 * of addresses, pods or digests; src/record.ts joins those to it.
 */
import type { ConnectionAttributes } from './mysql/connection-attributes.ts'
import type { ProxiedClient } from './proxy-header.ts'
import type { RawParameters } from './mysql/raw-parameters.ts'
import type { SessionState } from './mysql/session-state.ts'

/**
 * `unfinished`: the connection ended, or the capture stopped, before the response did.
 * `unanswered`: a request that by its definition has no response.
 */
export type Status = 'ok' | 'error' | 'unfinished' | 'unanswered'

export type Transport = 'plain' | 'tls' | 'compressed'

/** The part that every protocol shares. Times are nanoseconds since the capture began. */
export interface ExchangeFrame {
  /** When the first byte of the request was seen. */
  startedAt: number
  /** When the first byte of the response was seen; null while there is none. */
  firstByteAt: number | null
  /** When the last byte of the response was seen; null when it never was. */
  endedAt: number | null
  /** Null: it ended, but a gap hides how. */
  status: Status | null
  /** Bytes on the wire, gaps included. */
  requestBytes: number
  /** Null: which bytes are its own is not known. */
  responseBytes: number | null
  /** How many bytes of the client's stream came before this request, counted from the parser's first byte. */
  requestPosition: number
  transport: Transport
  /** For whom a proxy speaks, by its PROXY header. */
  proxied?: ProxiedClient | null
  /** Set where both ends of the connection were observed: the client's duration less the server's. Parsers see one end. */
  networkNs: number | null
  /** Why this exchange may lack something: a gap, a cap, a join in mid-life. Null: it is complete. */
  incompleteBecause: string | null
}

/** One command of the MySQL client/server protocol. A field that is not known is null. */
export interface MysqlExchange extends ExchangeFrame {
  protocol: 'mysql'
  /** The manual's name (`COM_QUERY`); a number the manual does not have is `COM_0x2a`. */
  command: string
  /** SQL text in UTF-8, as far as its character set is known, else as sent; cut at the parser's limit; for COM_STMT_EXECUTE the prepared text. Null: no text, or not known. */
  text: Uint8Array | null
  /** Bytes of the whole text; more than `text.length` where the text was cut. */
  textLength: number
  /** Bits of mysql/sql-mode.ts: where tokens of this text end otherwise than by default, as far as the client or the server told. */
  sqlMode?: number
  user: string | null
  database: string | null
  serverVersion: string | null
  connectionId: number | null
  /** What the client said of itself at its login. */
  attributes?: ConnectionAttributes | null
  /** Of an execution, or a COM_QUERY's attributes, as sent: readParameters (mysql/parameters.ts) reads them. */
  parameters?: RawParameters | null
  /** Of all result sets together; OUT parameters are none. */
  rowsReturned: number | null
  rowsAffected: number | null
  /** A decimal string above 2^53 − 1. */
  lastInsertId: number | string | null
  warnings: number | null
  resultSets: number | null
  /** Of a command with several results: each of them, in order. */
  results?: MysqlResult[] | null
  /** What the answer told of the session's state; null: nothing. */
  sessionState?: SessionState | null
  /** Server status flags of the last OK or EOF packet; null when none was seen. */
  serverStatus: number | null
  errorCode: number | null
  sqlState: string | null
  errorMessage: string | null
}

/** One of the results that several statements in one command, or a procedure, give. */
export interface MysqlResult {
  /** `outParameters`: those of a procedure, as one row. */
  kind: 'rows' | 'outParameters' | 'ok' | 'error'
  /** When its last byte was seen. */
  endedAt: number
  rowsReturned: number
  rowsAffected: number
  warnings: number | null
}

/** One HTTP request and its response. A field that is not known is null. */
export interface HttpExchange extends ExchangeFrame {
  protocol: 'http'
  responseBytes: number
  method: string | null
  /** Without the query. */
  path: string | null
  /** Without the question mark; null when the target has none. */
  query: string | null
  host: string | null
  statusCode: number | null
  /** `1.0`, `1.1`. */
  httpVersion: string | null
  userAgent: string | null
  /** Of the response. */
  contentType: string | null
  requestBodyBytes: number | null
  responseBodyBytes: number | null
}

export type Exchange = MysqlExchange | HttpExchange

/** The exchange and its text are the receiver's to keep. */
export type OnExchange = (exchange: Exchange) => void
