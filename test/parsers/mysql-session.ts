/** Made-up MySQL sessions: commands with their results, and what both ends can. */
import fc from 'fast-check'

export type Result =
  | { kind: 'ok'; affected: number; insertId: number; warnings: number }
  | { kind: 'rows'; columns: number; rows: (string | null)[]; warnings: number }
  | { kind: 'error'; code: number; message: string; rowsBefore: number }

export type Command =
  | { kind: 'query'; text: string; results: Result[] }
  | { kind: 'use'; schema: string }
  | { kind: 'ping' }
  | { kind: 'prepared'; text: string; values: (number | string | null)[]; result: Result }
  | { kind: 'load'; parts: string[]; affected: number }

export interface Session {
  deprecateEof: boolean
  tracks: boolean
  attributes: boolean
  compresses: boolean
  commands: Command[]
}

const sql = fc.oneof(
  fc.constantFrom('SELECT 1', 'SELECT * FROM t', 'DELETE FROM t', 'x', 'WITH a AS (SELECT 1) SELECT * FROM a'),
  fc.string({ minLength: 1, maxLength: 300, unit: 'grapheme' }).map((text) => `SELECT '${text}'`),
)
const cell = fc.option(fc.string({ maxLength: 40 }), { nil: null })
const last: fc.Arbitrary<Result> = fc.oneof(
  fc.record({
    kind: fc.constant('ok' as const),
    affected: fc.nat(100_000),
    insertId: fc.nat(1000),
    warnings: fc.nat(3),
  }),
  fc.record({
    kind: fc.constant('rows' as const),
    columns: fc.integer({ min: 1, max: 4 }),
    rows: fc.array(cell, { maxLength: 12 }),
    warnings: fc.nat(3),
  }),
  fc.record({
    kind: fc.constant('error' as const),
    code: fc.integer({ min: 1000, max: 60_000 }),
    message: fc.string({ maxLength: 80 }),
    rowsBefore: fc.nat(3),
  }),
)
const results = fc.tuple(fc.array(last, { maxLength: 2 }), last).map(([before, end]) => {
  return [...before.filter(({ kind }) => kind !== 'error'), end]
})
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('query' as const), text: sql, results }) },
  fc.record({ kind: fc.constant('use' as const), schema: fc.constantFrom('shop', 'stock', 'a`b') }),
  fc.constant({ kind: 'ping' as const }),
  fc.record({
    kind: fc.constant('prepared' as const),
    text: sql,
    values: fc.array(fc.oneof(fc.integer(), cell), { maxLength: 10 }),
    result: last,
  }),
  fc.record({
    kind: fc.constant('load' as const),
    parts: fc.array(fc.string({ minLength: 1, maxLength: 80 }), { maxLength: 3 }),
    affected: fc.nat(1000),
  }),
)

export const sessions: fc.Arbitrary<Session> = fc.record({
  deprecateEof: fc.boolean(),
  tracks: fc.boolean(),
  attributes: fc.boolean(),
  compresses: fc.boolean(),
  commands: fc.array(command, { minLength: 1, maxLength: 8 }),
})
