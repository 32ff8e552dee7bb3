/**
 * The parameters of one execution as they were sent, with all that is needed to read them later: only records that are
 * kept are read (parameters.ts), so that the others cost a copy of their bytes and no more.
 */
import type { Charset } from './charset.ts'
import type { LongData } from './long-data.ts'

export interface RawParameters {
  /** `query`: attributes in front of a COM_QUERY's text; the others are the manual's COM_STMT_EXECUTE and MariaDB's COM_STMT_BULK_EXECUTE. */
  kind: 'query' | 'execute' | 'bulk'
  /** From behind the fields of fixed size, cut at the limit. */
  bytes: Uint8Array
  /** Of the whole. */
  length: number
  /** How many the statement has; null: it was prepared before it could be seen. Set later where the server has not told yet. */
  count: number | null
  /** Two bytes each, from an earlier execution; null: none, or these bytes have them. */
  types: Uint8Array | null
  /** CLIENT_QUERY_ATTRIBUTES: a count and names are sent too. Undefined: the handshake was not seen. */
  named: boolean | undefined
  /** Flags of the execution. */
  flags: number
  /** Of texts that are no UTF-8; null: there are none, or it is not known. */
  charset: Charset | null
  /** Parameters sent ahead. */
  longData: LongData | null
}
