/** Version 1 of the store: runs, totals a minute, exchanges in full. */

export const version1 = /* sql */ `
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
`
