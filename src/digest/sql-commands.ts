/** The commands whose text is SQL. */

const encoder = new TextEncoder()

/**
 * What stands before their digest's text. A prepared statement's executions share the digest of the same statement sent
 * as text; preparing and fetching are other work, so they have digests of their own.
 */
export const sqlCommands: Record<string, Uint8Array | null> = {
  COM_QUERY: null,
  COM_STMT_EXECUTE: null,
  COM_STMT_BULK_EXECUTE: null,
  COM_STMT_PREPARE: encoder.encode('PREPARE '),
  COM_STMT_FETCH: encoder.encode('FETCH '),
}
