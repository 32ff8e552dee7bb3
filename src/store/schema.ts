/**
 * The store's schema: an ordered list of migrations, of which a store has had the first `user_version`. A released
 * migration is never changed; what comes later is added. Instants are ns since 1970, durations ns.
 */

/** `qtap`: marks a SQLite file as a querytap store. */
export const applicationId = 0x71746170

const first = /* sql */ `
CREATE TABLE writer (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  pid INTEGER NOT NULL,
  processStart TEXT NOT NULL,
  bootId TEXT NOT NULL
) STRICT;

CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  startedAt INTEGER NOT NULL,
  endedAt INTEGER,
  source TEXT,
  host TEXT,
  kernel TEXT,
  attachMode TEXT,
  slowNs INTEGER
) STRICT;

CREATE TABLE losses (
  run INTEGER NOT NULL REFERENCES runs (id),
  cause TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (run, cause)
) STRICT, WITHOUT ROWID;

CREATE TABLE digests (
  id INTEGER PRIMARY KEY,
  digest TEXT NOT NULL UNIQUE,
  protocol TEXT NOT NULL,
  digestText TEXT NOT NULL
) STRICT;

CREATE TABLE endpoints (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  address TEXT,
  port INTEGER,
  comm TEXT,
  container TEXT,
  pod TEXT,
  namespace TEXT,
  workload TEXT,
  node TEXT
) STRICT;

CREATE TABLE callers (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  client INTEGER NOT NULL REFERENCES endpoints (id),
  server INTEGER NOT NULL REFERENCES endpoints (id),
  database TEXT,
  user TEXT
) STRICT;

CREATE TABLE totals (
  minute INTEGER NOT NULL,
  run INTEGER NOT NULL REFERENCES runs (id),
  digest INTEGER NOT NULL REFERENCES digests (id),
  caller INTEGER NOT NULL REFERENCES callers (id),
  count INTEGER NOT NULL,
  timed INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  unfinished INTEGER NOT NULL,
  incomplete INTEGER NOT NULL,
  sumNs INTEGER NOT NULL,
  minNs INTEGER,
  maxNs INTEGER,
  rowsReturned INTEGER NOT NULL,
  rowsAffected INTEGER NOT NULL,
  noIndexUsed INTEGER NOT NULL,
  requestBytes INTEGER NOT NULL,
  responseBytes INTEGER NOT NULL,
  firstAt INTEGER NOT NULL,
  lastAt INTEGER NOT NULL,
  histogram BLOB NOT NULL,
  PRIMARY KEY (minute, run, digest, caller)
) STRICT, WITHOUT ROWID;

CREATE TABLE exchanges (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs (id),
  kept TEXT NOT NULL,
  protocol TEXT NOT NULL,
  startedAt INTEGER NOT NULL,
  durationNs INTEGER,
  firstByteNs INTEGER,
  clock TEXT NOT NULL,
  status TEXT,
  client INTEGER NOT NULL REFERENCES endpoints (id),
  clientPort INTEGER,
  clientPid INTEGER,
  server INTEGER NOT NULL REFERENCES endpoints (id),
  serverPid INTEGER,
  observed TEXT NOT NULL,
  networkNs INTEGER,
  digest INTEGER NOT NULL REFERENCES digests (id),
  requestBytes INTEGER NOT NULL,
  responseBytes INTEGER NOT NULL,
  transport TEXT NOT NULL,
  complete INTEGER NOT NULL,
  incompleteBecause TEXT,
  user TEXT,
  database TEXT,
  serverVersion TEXT,
  connectionId INTEGER,
  command TEXT,
  statement TEXT,
  statementBytes INTEGER,
  rowsReturned INTEGER,
  rowsAffected INTEGER,
  lastInsertId ANY,
  warnings INTEGER,
  resultSets INTEGER,
  noIndexUsed INTEGER,
  noGoodIndexUsed INTEGER,
  inTransaction INTEGER,
  autocommit INTEGER,
  errorCode INTEGER,
  sqlState TEXT,
  errorMessage TEXT,
  method TEXT,
  path TEXT,
  query TEXT,
  host TEXT,
  route TEXT,
  statusCode INTEGER,
  httpVersion TEXT,
  userAgent TEXT,
  contentType TEXT,
  requestBodyBytes INTEGER,
  responseBodyBytes INTEGER
) STRICT;
CREATE INDEX exchanges_by_time ON exchanges (startedAt);
CREATE INDEX exchanges_by_digest ON exchanges (digest, durationNs);

CREATE VIEW exchange_records AS
SELECT e.*, d.digest AS digestId, d.digestText,
  c.address AS clientAddress, c.comm AS clientComm, c.container AS clientContainer, c.pod AS clientPod,
  c.namespace AS clientNamespace, c.workload AS clientWorkload, c.node AS clientNode,
  s.address AS serverAddress, s.port AS serverPort, s.comm AS serverComm, s.container AS serverContainer,
  s.pod AS serverPod, s.namespace AS serverNamespace, s.workload AS serverWorkload, s.node AS serverNode
FROM exchanges e
JOIN digests d ON d.id = e.digest
JOIN endpoints c ON c.id = e.client
JOIN endpoints s ON s.id = e.server;

CREATE VIEW slow_statements AS
SELECT id, datetime(startedAt / 1000000000, 'unixepoch') AS startedAt, durationNs / 1e6 AS durationMs, user, database,
  coalesce(clientNamespace || '/' || clientPod, clientContainer, clientComm || '@' || clientAddress, clientAddress) AS client,
  serverAddress || ':' || serverPort AS server, rowsReturned, rowsAffected, status, errorCode, errorMessage,
  digestId AS digest, coalesce(statement, command) AS statement
FROM exchange_records WHERE protocol = 'mysql' AND kept <> 'sample';

CREATE VIEW slow_requests AS
SELECT id, datetime(startedAt / 1000000000, 'unixepoch') AS startedAt, durationNs / 1e6 AS durationMs, method, host, path,
  coalesce(clientNamespace || '/' || clientPod, clientContainer, clientComm || '@' || clientAddress, clientAddress) AS client,
  serverAddress || ':' || serverPort AS server, statusCode, status, digestId AS digest
FROM exchange_records WHERE protocol = 'http' AND kept <> 'sample';

CREATE VIEW minutes AS
SELECT datetime(t.minute * 60, 'unixepoch') AS minute, d.protocol, d.digest, d.digestText, c.user, c.database,
  coalesce(k.namespace || '/' || k.pod, k.container, k.comm || '@' || k.address, k.address) AS client,
  s.address || ':' || s.port AS server, t.count, t.errors, t.unfinished, t.incomplete, t.sumNs, t.minNs, t.maxNs,
  t.rowsReturned, t.rowsAffected, t.noIndexUsed, t.requestBytes, t.responseBytes, t.firstAt, t.lastAt, t.run
FROM totals t
JOIN digests d ON d.id = t.digest
JOIN callers c ON c.id = t.caller
JOIN endpoints k ON k.id = c.client
JOIN endpoints s ON s.id = c.server;

CREATE VIEW statements AS
SELECT d.digest, sum(t.count) AS calls, sum(t.sumNs) / 1e6 AS totalMs, sum(t.sumNs) / 1e6 / max(sum(t.timed), 1) AS avgMs,
  max(t.maxNs) / 1e6 AS maxMs, sum(t.rowsReturned) AS rowsReturned, sum(t.rowsAffected) AS rowsAffected,
  sum(t.errors) AS errors, datetime(min(t.firstAt) / 1000000000, 'unixepoch') AS firstSeen,
  datetime(max(t.lastAt) / 1000000000, 'unixepoch') AS lastSeen, d.digestText AS statement
FROM totals t JOIN digests d ON d.id = t.digest WHERE d.protocol = 'mysql' GROUP BY t.digest;

CREATE VIEW requests AS
SELECT d.digest, sum(t.count) AS calls, sum(t.sumNs) / 1e6 AS totalMs, sum(t.sumNs) / 1e6 / max(sum(t.timed), 1) AS avgMs,
  max(t.maxNs) / 1e6 AS maxMs, sum(t.errors) AS errors, datetime(min(t.firstAt) / 1000000000, 'unixepoch') AS firstSeen,
  datetime(max(t.lastAt) / 1000000000, 'unixepoch') AS lastSeen, d.digestText AS request
FROM totals t JOIN digests d ON d.id = t.digest WHERE d.protocol = 'http' GROUP BY t.digest;

CREATE VIEW lost AS
SELECT r.id AS run, datetime(r.startedAt / 1000000000, 'unixepoch') AS startedAt, l.cause, l.count
FROM losses l JOIN runs r ON r.id = l.run;
`

export const migrations: readonly string[] = [first]
