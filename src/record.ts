/** The record: an exchange joined with who spoke to whom. What `--json` prints and what the store keeps in full. */
import type { Status, Transport } from '../parsers/exchange.ts'
import type { ParameterValue } from '../parsers/mysql/binary-value.ts'
import type { TransactionState } from '../parsers/mysql/session-state.ts'

export interface SocketAddress {
  address: string
  port: number
}

/** One end of a connection. What is not known is null. */
export interface Endpoint {
  /** IP address, or the path of a unix-domain socket: its client has none. */
  address: string | null
  /** Null also where there is none: a unix-domain socket. */
  port: number | null
  pid: number | null
  comm: string | null
  /** Container id, 64 hexadecimal digits. */
  container: string | null
  pod: string | null
  namespace: string | null
  workload: string | null
  node: string | null
}

/** Whose reads and writes the times are: a probe at either end, or a packet capture between. */
export type Clock = 'client' | 'server' | 'wire'

export type Observed = 'client' | 'server' | 'both'

interface RecordFrame {
  /** RFC 3339, UTC, nine decimals. */
  startedAt: string
  /** To the last byte of the response; null when it was not seen. */
  durationNs: number | null
  /** To the first byte of the response. */
  firstByteNs: number | null
  clock: Clock
  /** Null: it ended, but a gap hides how. */
  status: Status | null
  client: Endpoint
  server: Endpoint
  /** What the client connected to, where address translation put `server` in its place, as for a Kubernetes service. */
  dialled: SocketAddress | null
  /** Where `client` is whom a PROXY header names: the proxy itself, which is the connection's other end. */
  proxy: Endpoint | null
  /** Null in a packet capture: neither end itself was. */
  observed: Observed | null
  /** With both ends observed: the client's duration less the server's. */
  networkNs: number | null
  /** 16 hexadecimal digits. */
  digest: string | null
  digestText: string | null
  requestBytes: number
  responseBytes: number | null
  transport: Transport
  complete: boolean
  incompleteBecause: string | null
}

/** A parameter as JSON; in the place of those that are left out for their number stands how many they are. */
export type RecordParameter = ParameterValue | { omitted: number }

/** One of several results of a command. */
export interface MysqlResultRecord {
  /** Which of several statements in one command gave it, cut where it is long; null: there is one only, or it is not known. */
  statement: string | null
  kind: 'rows' | 'outParameters' | 'ok' | 'error'
  /** From the command's first byte to this result's last. */
  endedNs: number
  rowsReturned: number
  rowsAffected: number
  warnings: number | null
}

export interface MysqlRecord extends RecordFrame {
  protocol: 'mysql'
  user: string | null
  database: string | null
  serverVersion: string | null
  connectionId: number | null
  /** What the client said of itself at its login: `program_name`, `_client_name`, `_pid`. */
  programName: string | null
  clientName: string | null
  clientPid: number | null
  command: string
  statement: string | null
  /** Bytes of the whole statement, where `statement` holds only its beginning; else null. */
  statementBytes: number | null
  /** Of an execution. Of a bulk execution: its first set. */
  parameters: RecordParameter[] | null
  /** How many sets of parameters a bulk execution has. */
  parameterSets: number | null
  queryAttributes: Record<string, RecordParameter> | null
  /** What sqlcommenter wrote into the statement's comments. */
  tags: Record<string, string> | null
  /** Whether values were taken out of the statement and its parameters; null: it has none. */
  redacted: boolean | null
  rowsReturned: number | null
  rowsAffected: number | null
  /** A decimal string above 2^53 − 1. */
  lastInsertId: number | string | null
  warnings: number | null
  resultSets: number | null
  /** Each result of a command that has several. */
  results: MysqlResultRecord[] | null
  noIndexUsed: boolean | null
  noGoodIndexUsed: boolean | null
  inTransaction: boolean | null
  autocommit: boolean | null
  /** What the server's session tracking told with this answer; null: it told none. */
  gtids: string | null
  transactionState: TransactionState | null
  /** Statements that would begin such a transaction; '' where it has none of its own any more. */
  transactionCharacteristics: string | null
  /** System variables of the session that changed, with their values from now on. */
  sessionVariables: Record<string, string> | null
  errorCode: number | null
  sqlState: string | null
  errorMessage: string | null
}

export interface HttpRecord extends RecordFrame {
  protocol: 'http'
  method: string | null
  path: string | null
  query: string | null
  host: string | null
  /** The path with its ids folded. */
  route: string | null
  statusCode: number | null
  httpVersion: string | null
  userAgent: string | null
  contentType: string | null
  requestBodyBytes: number | null
  responseBodyBytes: number | null
}

export type QuerytapRecord = MysqlRecord | HttpRecord
