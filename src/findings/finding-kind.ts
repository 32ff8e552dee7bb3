/** The kinds of findings, with why each costs and what to try: the one place that says so. */

export const findingKinds = ['n-plus-one', 'repetition', 'long-transaction', 'slow-commit', 'no-index'] as const

export type FindingKind = (typeof findingKinds)[number]

export interface Advice {
  title: string
  why: string
  try: string
}

export const advice: Readonly<Record<FindingKind, Advice>> = {
  'n-plus-one': {
    title: 'One query for each row of another',
    why: 'a query returned rows, and then this one ran once for each of them on the same connection: every row costs a round trip',
    try: 'fetch the related rows with a JOIN or one query WHERE … IN (…); in an ORM: eager loading (include, with, prefetch_related, JOIN FETCH)',
  },
  repetition: {
    title: 'The same statement over and over',
    why: 'one transaction, or one connection without anything between, ran this statement many times: a batch job, or a loop that could be one statement',
    try: 'if it is a loop: one multi-row INSERT, UPDATE … IN (…), LOAD DATA, or a cache; if it is a batch that has to be so, prepared statements and pipelining keep it cheap',
  },
  'long-transaction': {
    title: 'Transaction held open',
    why: 'locks and old row versions were kept all this time; the longest wait inside it came after this statement',
    try: 'commit before waiting for anything outside the database (HTTP calls, users, files); keep transactions to the statements that belong together',
  },
  'slow-commit': {
    title: 'Slow commit',
    why: 'the server took long to make a transaction durable: its log device, replication that waits, or a large transaction',
    try: 'look at the log device (fsync), innodb_flush_log_at_trx_commit, sync_binlog and semi-synchronous replication; commit less at once',
  },
  'no-index': {
    title: 'No index used',
    why: 'the server itself flagged these calls: it read whole tables to answer them',
    try: 'EXPLAIN the example and add an index for its WHERE, JOIN or ORDER BY; a table of a few rows does not matter',
  },
}
