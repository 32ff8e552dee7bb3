/** Results of made-up MySQL sessions as packets, and what an exchange must say of them. */
import type { Wanted } from './mysql-conversation.ts'
import * as wire from './mysql-encoding.ts'
import type { Result } from './mysql-session.ts'

export interface CellForm {
  deprecateEof: boolean
  binary: boolean
  /** Behind the column count stands whether definitions follow. */
  metadataFlag: boolean
  /** The session's state is told. */
  tracks: boolean
}

const outParameters = 0x1000

/** @param status the flags with which the result ends */
export function resultPayloads(result: Result, form: CellForm, status: number): Buffer[] {
  switch (result.kind) {
    case 'ok':
      return [wire.okPayload({ ...result, status, gtid: form.tracks ? result.gtid : null })]
    case 'error': {
      const rows = Array.from({ length: result.rowsBefore }, () => 'x')
      const set = rows.length === 0 ? [] : rowsPayloads(1, rows, true, form, status)
      return [...set, wire.errPayload(result.code, result.message)]
    }
    case 'out': {
      const flags = status | outParameters
      return [...rowsPayloads(result.values, ['x'], true, form, flags), end(form, flags, 0)]
    }
    case 'rows': {
      const { columns, rows, warnings, described } = result
      return [...rowsPayloads(columns, rows, described, form, status), end(form, status, warnings)]
    }
  }
}

function end({ deprecateEof }: CellForm, status: number, warnings: number): Buffer {
  return deprecateEof ? wire.okPayload({ header: 0xfe, status, warnings }) : wire.eofPayload(status, warnings)
}

function rowsPayloads(
  columns: number,
  rows: (string | null)[],
  described: boolean,
  { deprecateEof, binary, metadataFlag }: CellForm,
  status: number,
): Buffer[] {
  const isDescribed = described || !metadataFlag
  const definitions = Array.from({ length: isDescribed ? columns : 0 }, (_, i) => wire.definitionPayload(`c${i}`))
  const cells = rows.map((row) => {
    const value = row === null ? Buffer.of(0xfb) : wire.text(row)
    if (binary) return wire.bytes(0, Buffer.alloc((columns + 9) >> 3), value)
    return Buffer.concat(Array.from({ length: columns }, () => value))
  })
  const head = wire.bytes(wire.lengthEncoded(columns), ...(metadataFlag ? [isDescribed ? 1 : 0] : []))
  return [head, ...definitions, ...(deprecateEof ? [] : [wire.eofPayload(status)]), ...cells]
}

/** @param tracks the session's state is told */
export function wantedOf(results: Result[], tracks: boolean): Partial<Wanted> {
  const end = results.at(-1)
  const sum = (one: (result: Result) => number) => results.reduce((all, result) => all + one(result), 0)
  const inserted = results.findLast((one) => one.kind === 'ok' && one.insertId !== 0)
  const gtids = results.flatMap((one) => (one.kind === 'ok' && one.gtid !== null && tracks ? [one.gtid] : []))
  return {
    status: end?.kind === 'error' ? 'error' : 'ok',
    errorCode: end?.kind === 'error' ? end.code : null,
    rowsReturned: sum((one) => (one.kind === 'rows' ? one.rows.length : one.kind === 'error' ? one.rowsBefore : 0)),
    rowsAffected: sum((one) => (one.kind === 'ok' ? one.affected : 0)),
    resultSets: sum((one) => (one.kind === 'rows' || (one.kind === 'error' && one.rowsBefore > 0) ? 1 : 0)),
    gtids: gtids.length === 0 ? null : gtids.join(','),
    lastInsertId: inserted?.kind === 'ok' ? inserted.insertId : null,
    results: results.length === 1 ? null : results.map(({ kind }) => (kind === 'out' ? 'outParameters' : kind)),
  }
}
