/** The SQL modes that change where a statement's tokens end (manual, "Server SQL Modes"), and how a value of sql_mode names them. */

/** The manual's names. 0 is neither: the servers' default, taken where it is not known. */
export const sqlMode = { ANSI_QUOTES: 1, NO_BACKSLASH_ESCAPES: 2 } as const

/** The servers' own bits, for a value that is a number. */
const serverBits = [
  [2 ** 2, sqlMode.ANSI_QUOTES],
  [2 ** 20, sqlMode.NO_BACKSLASH_ESCAPES],
] as const

/** Modes that stand for several; ANSI_QUOTES is one of them. */
const ansi = new Set(['ANSI_QUOTES', 'ANSI', 'DB2', 'MAXDB', 'MSSQL', 'ORACLE', 'POSTGRESQL'])

/** @param value as the server tells it, or as it was set: names with commas between them, or a number */
export function sqlModeNamed(value: string): number {
  if (/^\d+$/.test(value)) {
    return serverBits.reduce(
      (mode, [server, bit]) => mode | (Math.floor(Number(value) / server) % 2 === 1 ? bit : 0),
      0,
    )
  }
  const names = value.toUpperCase().split(',')
  const quotes = names.some((name) => ansi.has(name.trim())) ? sqlMode.ANSI_QUOTES : 0
  return quotes | (names.some((name) => name.trim() === 'NO_BACKSLASH_ESCAPES') ? sqlMode.NO_BACKSLASH_ESCAPES : 0)
}
