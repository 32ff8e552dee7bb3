/** The id that pt-query-digest gives a stored statement, so that people find their old reports' queries again. */
import { ptDigestOf } from '../digest/pt-fingerprint.ts'
import type { StoredRecord } from '../store/exchange-rows.ts'

const encoder = new TextEncoder()

/** @returns null where the statement is not whole, for its id would be another */
export function ptIdOf(record: StoredRecord): string | null {
  if (record.protocol !== 'mysql' || record.statement === null || record.statementBytes !== null) return null
  return ptDigestOf(encoder.encode(record.statement)).id
}
