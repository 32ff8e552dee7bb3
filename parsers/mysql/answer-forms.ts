/** Which form the answer to a command may have, as far as its name and the first word of its text tell. */
import type { CommandInFlight } from './command-in-flight.ts'
import { textOf } from './kept-text.ts'
import type { Step } from './outcome.ts'

const givesNoRows =
  /^(?:insert|update|delete|replace|use|set|begin|commit|rollback|savepoint|do|drop|create|alter|truncate|grant|revoke)\b/i
const mayGiveRows = /\b(?:returning|for)\b|;/i
const givesRows = /^(?:select|show|describe|desc)\b/i
const mayGiveNone = /\binto\b|;/i
const changesNoRows = /^(?:use|set|begin|commit|rollback|savepoint|do)\b/i

/** @returns false where this cannot be its own answer */
export function mayHave(command: CommandInFlight, step: Step): boolean {
  const { facts, exchange, preparation } = command
  switch (facts.response) {
    case 'outcome':
      return command.expected !== 'anything' && (exchange.rowsAffected ?? 0) === 0 && exchange.lastInsertId === null
    case 'prepared':
      if (step === 'misframed') return command.expected !== 'prepare-ok'
      return (preparation?.parameters ?? 0) <= marksOf(exchange.text, exchange.textLength)
    case 'results':
      return step === 'misframed' || exchange.status === 'error' || mayHaveResult(command)
    default:
      return true
  }
}

function mayHaveResult(command: CommandInFlight): boolean {
  const { text, textLength, resultSets, rowsAffected, status } = command.exchange
  const hasRows = resultSets !== null && resultSets > 0
  const hasNone = resultSets === 0 && status === 'ok'
  if (text === null || text.length < textLength || !(hasRows || hasNone)) return true
  if (hasRows && command.expected !== 'definition') return true
  const sql = textOf(command) ?? ''
  if (hasRows) return !givesNoRows.test(sql) || mayGiveRows.test(sql)
  if (givesRows.test(sql)) return mayGiveNone.test(sql)
  return rowsAffected === 0 || !changesNoRows.test(sql) || mayGiveRows.test(sql)
}

const questionMark = 0x3f

/** Of a text that is cut there may be any number. */
function marksOf(text: Uint8Array | null, textLength: number): number {
  if (text === null || text.length < textLength) return Infinity
  let marks = 0
  for (const byte of text) if (byte === questionMark) marks++
  return marks
}
