/**
 * The store's views: plain names for whoever reads the file with SQL. VIEWS.md says what each column is; a test holds the
 * page against these. They are made anew whenever the schema's version changes.
 */

const client = (end: string): string =>
  `coalesce(${end}.namespace || '/' || ${end}.pod, ${end}.container, ${end}.comm || '@' || ${end}.address, ${end}.address, ${end}.comm)`

/** A unix-domain socket has a path and no port. */
const server = (address: string, port: string): string => `coalesce(${address} || ':' || ${port}, ${address})`

const clientOfRecord =
  "coalesce(clientNamespace || '/' || clientPod, clientContainer, clientComm || '@' || clientAddress, clientAddress, clientComm)"

const instant = (ns: string): string => `datetime(${ns} / 1000000000, 'unixepoch')`

/** Beyond the keys; the same in every table of totals. */
const measures = `t.count, t.timed, t.errors, t.unfinished, t.incomplete, t.sumNs, t.sumNs2, t.minNs, t.maxNs, t.rowsKnown,
  t.rowsReturned, t.minRows, t.maxRows, t.rowsAffected, t.maxAffected, t.noIndexUsed, t.requestBytes, t.maxRequestBytes,
  t.responseBytes, t.maxResponseBytes, t.firstAt, t.lastAt, t.histogram`

const named = (beginning: string, table: string): string => /* sql */ `
SELECT ${beginning}, d.protocol, d.digest, d.digestText, c.user, c.database, ${client('k')} AS client,
  ${server('s.address', 's.port')} AS server, ${measures.replace(', t.histogram', '')}, t.run
FROM ${table} t
JOIN digests d ON d.id = t.digest
JOIN callers c ON c.id = t.caller
JOIN endpoints k ON k.id = c.client
JOIN endpoints s ON s.id = c.server`

const sums = `sum(t.count) AS calls, sum(t.sumNs) / 1e6 AS totalMs, sum(t.sumNs) / 1e6 / max(sum(t.timed), 1) AS avgMs,
  max(t.maxNs) / 1e6 AS maxMs, sum(t.errors) AS errors`

const seen = `${instant('min(t.firstAt)')} AS firstSeen, ${instant('max(t.lastAt)')} AS lastSeen`

export const views: Readonly<Record<string, string>> = {
  exchange_records: `
SELECT e.*, d.digest AS digestId, d.digestText,
  c.address AS clientAddress, c.comm AS clientComm, c.container AS clientContainer, c.pod AS clientPod,
  c.namespace AS clientNamespace, c.workload AS clientWorkload, c.node AS clientNode,
  s.address AS serverAddress, s.port AS serverPort, s.comm AS serverComm, s.container AS serverContainer,
  s.pod AS serverPod, s.namespace AS serverNamespace, s.workload AS serverWorkload, s.node AS serverNode
FROM exchanges e
JOIN digests d ON d.id = e.digest
JOIN endpoints c ON c.id = e.client
JOIN endpoints s ON s.id = e.server`,

  // Whatever both an hour and its minutes hold counts once.
  all_totals: `
SELECT t.minute, 1 AS minutes, t.digest, t.caller, t.run, ${measures}
FROM totals t WHERE NOT EXISTS (SELECT 1 FROM closed_hours h WHERE h.hour = t.minute / 60)
UNION ALL
SELECT t.hour * 60, 60, t.digest, t.caller, t.run, ${measures}
FROM closed_hours h JOIN hour_totals t ON t.hour = h.hour`,

  statements: `
SELECT d.digest, ${sums}, sum(t.rowsReturned) AS rowsReturned, sum(t.rowsAffected) AS rowsAffected, ${seen},
  d.digestText AS statement
FROM all_totals t JOIN digests d ON d.id = t.digest WHERE d.protocol = 'mysql' GROUP BY t.digest`,

  requests: `
SELECT d.digest, ${sums}, ${seen}, d.digestText AS request
FROM all_totals t JOIN digests d ON d.id = t.digest WHERE d.protocol = 'http' GROUP BY t.digest`,

  clients: `
SELECT ${client('k')} AS client, ${server('s.address', 's.port')} AS server, d.protocol, c.user, c.database, ${sums},
  sum(t.requestBytes) AS requestBytes, sum(t.responseBytes) AS responseBytes, ${seen}
FROM all_totals t
JOIN digests d ON d.id = t.digest
JOIN callers c ON c.id = t.caller
JOIN endpoints k ON k.id = c.client
JOIN endpoints s ON s.id = c.server
GROUP BY t.caller, d.protocol`,

  minutes: named("datetime(t.minute * 60, 'unixepoch') AS minute", 'totals'),

  hours: `${named("datetime(t.hour * 3600, 'unixepoch') AS hour", 'hour_totals')}
JOIN closed_hours h ON h.hour = t.hour`,

  slow_statements: `
SELECT id, ${instant('startedAt')} AS startedAt, durationNs / 1e6 AS durationMs, user, database, ${clientOfRecord} AS client,
  ${server('serverAddress', 'serverPort')} AS server, rowsReturned, rowsAffected, status, errorCode, errorMessage,
  digestId AS digest, coalesce(statement, command) AS statement
FROM exchange_records WHERE protocol = 'mysql' AND kept NOT IN ('sample', 'finding')`,

  slow_requests: `
SELECT id, ${instant('startedAt')} AS startedAt, durationNs / 1e6 AS durationMs, method, host, path, ${clientOfRecord} AS client,
  ${server('serverAddress', 'serverPort')} AS server, statusCode, status, digestId AS digest
FROM exchange_records WHERE protocol = 'http' AND kept NOT IN ('sample', 'finding')`,

  failures: `
SELECT protocol, coalesce(errorCode, statusCode) AS code, sqlState, digestId AS digest, count(*) AS calls,
  ${instant('min(startedAt)')} AS firstSeen, ${instant('max(startedAt)')} AS lastSeen, max(id) AS latest,
  errorMessage AS message, coalesce(digestText, command) AS statement
FROM exchange_records WHERE status = 'error' AND kept <> 'finding' GROUP BY protocol, code, sqlState, digestId`,

  running_statements: `
SELECT ${instant('r.startedAt')} AS startedAt, (r.seenAt - r.startedAt) / 1e6 AS ageMs, r.user, r.database,
  ${client('k')} AS client, r.clientPort, r.clientPid, ${server('s.address', 's.port')} AS server, r.connectionId, r.command,
  d.digest, r.statement
FROM running r
JOIN digests d ON d.id = r.digest
JOIN endpoints k ON k.id = r.client
JOIN endpoints s ON s.id = r.server`,

  findings: `
SELECT f.kind, datetime(f.hour * 3600, 'unixepoch') AS hour, d.digest, ${client('k')} AS client,
  ${server('s.address', 's.port')} AS server, c.user, c.database, f.count, f.calls, f.costNs / 1e6 AS costMs, f.worst,
  p.digest AS cause, ${instant('f.firstAt')} AS firstSeen, ${instant('f.lastAt')} AS lastSeen, f.example, f.run,
  d.digestText AS statement
FROM finding_totals f
JOIN digests d ON d.id = f.digest
JOIN callers c ON c.id = f.caller
JOIN endpoints k ON k.id = c.client
JOIN endpoints s ON s.id = c.server
LEFT JOIN digests p ON p.id = f.cause`,

  captures: `
SELECT id AS run, ${instant('startedAt')} AS startedAt, ${instant('endedAt')} AS endedAt, source, host, kernel, attachMode,
  slowNs / 1e6 AS slowMs
FROM runs`,

  lost: `
SELECT r.id AS run, ${instant('r.startedAt')} AS startedAt, l.cause, l.count
FROM losses l JOIN runs r ON r.id = l.run`,
}
