/** The id that pt-query-digest gives a stored statement, so that people find their old reports' queries again. */
import { z } from 'zod'
import { ptDigestOf } from '../digest/pt-fingerprint.ts'
import type { StoredRecord } from '../store/exchange-rows.ts'
import type { Store } from '../store/store.ts'

const encoder = new TextEncoder()

/** @returns null where the statement is not whole, for its id would be another */
export function ptIdOf(record: StoredRecord): string | null {
  if (record.protocol !== 'mysql' || record.statement === null || record.statementBytes !== null) return null
  return ptDigestOf(encoder.encode(record.statement)).id
}

/** 32 hexadecimal digits, as of 3.0; before, `0x` and the last 16 of them. */
const ptId = /^(?:0x(?:[0-9a-f]{16}){1,2}|[0-9a-f]{32})$/i
const storedStatement = z.object({ digest: z.string(), statement: z.string() })

/** @returns the digests, each once, of which a statement is stored that pt-query-digest gives this id; none where it is no such id */
export function digestsOfPtId(store: Store, id: string): string[] {
  if (!ptId.test(id)) return []
  const wanted = id.replace(/^0x/i, '').toUpperCase()
  const digests = new Set<string>()
  const statements = store.database
    .prepare(
      `SELECT DISTINCT digests.digest, statement FROM exchanges JOIN digests ON digests.id = exchanges.digest
       WHERE exchanges.protocol = 'mysql' AND statement IS NOT NULL AND statementBytes IS NULL ORDER BY digests.digest`,
    )
    .iterate()
  for (const row of statements) {
    const { digest, statement } = storedStatement.parse(row)
    if (!digests.has(digest) && ptDigestOf(encoder.encode(statement)).id.endsWith(wanted)) digests.add(digest)
  }
  return [...digests]
}
