/** A digest in a few words for a column: `SELECT orders customers`, or what was asked of an HTTP server. */
import type { DigestDetail } from './digest-detail.ts'

export function summaryOf({ digestText }: Pick<DigestDetail, 'digestText' | 'protocol'>): string {
  return digestText
}
