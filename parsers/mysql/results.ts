/** The results of one command: where one ends and the next begins, and what each of several had. */
import type { MysqlResult } from '../exchange.ts'
import { type CommandInFlight, markIncomplete } from './command-in-flight.ts'
import { mysqlLimits } from './limits.ts'
import type { Step } from './outcome.ts'
import { serverStatus } from './server-status.ts'

/** One result has ended, with the flags that the exchange has now. */
export function finishResult(command: CommandInFlight, kind: 'rows' | 'ok', endedAt: number): Step {
  const { exchange } = command
  const flags = exchange.serverStatus ?? 0
  const isOut = kind === 'rows' && (flags & serverStatus.SERVER_PS_OUT_PARAMS) !== 0
  const more = (flags & serverStatus.SERVER_MORE_RESULTS_EXISTS) !== 0 && command.facts.response === 'results'
  if (more || exchange.results !== null) noteResult(command, isOut ? 'outParameters' : kind, endedAt)
  if (isOut && exchange.rowsReturned !== null && exchange.resultSets !== null) {
    exchange.rowsReturned = command.rowsBefore
    exchange.resultSets--
  }
  command.rowsBefore = exchange.rowsReturned ?? 0
  command.affectedBefore = exchange.rowsAffected ?? 0
  if (more) {
    command.expected = 'result'
    return 'more'
  }
  exchange.status = 'ok'
  return 'answered'
}

export function noteResult(command: CommandInFlight, kind: MysqlResult['kind'], endedAt: number): void {
  const { exchange } = command
  if (exchange.rowsReturned === null || exchange.rowsAffected === null) return
  const results = (exchange.results ??= [])
  if (results.length === mysqlLimits.results) {
    command.resultsCut = true
    markIncomplete(command, `only ${mysqlLimits.results} results are told apart`)
    return
  }
  results.push({
    kind,
    endedAt,
    rowsReturned: exchange.rowsReturned - command.rowsBefore,
    rowsAffected: exchange.rowsAffected - command.affectedBefore,
    warnings: kind === 'error' ? null : exchange.warnings,
  })
}
