/** A digest in a few words for a column: `SELECT orders customers`, or what was asked of an HTTP server. */
import { summaryOf as summaryOfStatement } from '../digest/summary.ts'
import type { DigestSums } from './digest-sums.ts'

export function summaryOf({ digestText, protocol }: Pick<DigestSums, 'digestText' | 'protocol'>): string {
  return protocol === 'mysql' ? summaryOfStatement(digestText) : digestText
}
