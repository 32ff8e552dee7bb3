/**
 * Version 2 of the store: what totals need for every ranking, hours beside minutes, all of a MySQL record, findings, and
 * what is running. The instants are ns since 1970, the durations ns.
 */

const measures = /* sql */ `
  count INTEGER NOT NULL,
  timed INTEGER NOT NULL,
  errors INTEGER NOT NULL,
  unfinished INTEGER NOT NULL,
  incomplete INTEGER NOT NULL,
  sumNs INTEGER NOT NULL,
  sumNs2 REAL,
  minNs INTEGER,
  maxNs INTEGER,
  rowsKnown INTEGER,
  rowsReturned INTEGER NOT NULL,
  minRows INTEGER,
  maxRows INTEGER,
  rowsAffected INTEGER NOT NULL,
  maxAffected INTEGER,
  noIndexUsed INTEGER NOT NULL,
  requestBytes INTEGER NOT NULL,
  maxRequestBytes INTEGER,
  responseBytes INTEGER NOT NULL,
  maxResponseBytes INTEGER,
  firstAt INTEGER NOT NULL,
  lastAt INTEGER NOT NULL,
  histogram BLOB NOT NULL`

export const version2 = /* sql */ `
CREATE TABLE minute_totals (
  minute INTEGER NOT NULL,
  digest INTEGER NOT NULL REFERENCES digests (id),
  caller INTEGER NOT NULL REFERENCES callers (id),
  run INTEGER NOT NULL REFERENCES runs (id),
  ${measures},
  PRIMARY KEY (minute, digest, caller, run)
) STRICT, WITHOUT ROWID;
INSERT INTO minute_totals (minute, digest, caller, run, count, timed, errors, unfinished, incomplete, sumNs, minNs, maxNs,
  rowsReturned, rowsAffected, noIndexUsed, requestBytes, responseBytes, firstAt, lastAt, histogram)
SELECT minute, digest, caller, run, count, timed, errors, unfinished, incomplete, sumNs, minNs, maxNs,
  rowsReturned, rowsAffected, noIndexUsed, requestBytes, responseBytes, firstAt, lastAt, histogram
FROM totals ORDER BY minute, digest, caller, run;
DROP TABLE totals;
ALTER TABLE minute_totals RENAME TO totals;

CREATE TABLE closed_hours (
  hour INTEGER PRIMARY KEY,
  compacted INTEGER NOT NULL
) STRICT;

CREATE TABLE closing_hour (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  hour INTEGER NOT NULL,
  step TEXT NOT NULL,
  minute INTEGER NOT NULL,
  digest INTEGER NOT NULL,
  caller INTEGER NOT NULL,
  run INTEGER NOT NULL
) STRICT;

CREATE TABLE hour_totals (
  hour INTEGER NOT NULL,
  digest INTEGER NOT NULL REFERENCES digests (id),
  caller INTEGER NOT NULL REFERENCES callers (id),
  run INTEGER NOT NULL REFERENCES runs (id),
  ${measures},
  PRIMARY KEY (hour, digest, caller, run)
) STRICT, WITHOUT ROWID;

CREATE TABLE hour_digests (
  hour INTEGER NOT NULL,
  digest INTEGER NOT NULL REFERENCES digests (id),
  ${measures},
  PRIMARY KEY (hour, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE hour_callers (
  hour INTEGER NOT NULL,
  caller INTEGER NOT NULL REFERENCES callers (id),
  protocol TEXT NOT NULL,
  ${measures},
  PRIMARY KEY (hour, caller, protocol)
) STRICT, WITHOUT ROWID;

ALTER TABLE exchanges ADD COLUMN programName TEXT;
ALTER TABLE exchanges ADD COLUMN clientName TEXT;
ALTER TABLE exchanges ADD COLUMN loginPid INTEGER;
ALTER TABLE exchanges ADD COLUMN parameters TEXT;
ALTER TABLE exchanges ADD COLUMN parameterSets INTEGER;
ALTER TABLE exchanges ADD COLUMN queryAttributes TEXT;
ALTER TABLE exchanges ADD COLUMN results TEXT;
ALTER TABLE exchanges ADD COLUMN tags TEXT;
ALTER TABLE exchanges ADD COLUMN redacted INTEGER;
CREATE INDEX exchanges_as_examples ON exchanges (digest, kept) WHERE kept IN ('sample', 'finding');
CREATE INDEX exchanges_of_errors ON exchanges (startedAt) WHERE status = 'error';

CREATE TABLE finding_totals (
  kind TEXT NOT NULL,
  digest INTEGER NOT NULL REFERENCES digests (id),
  caller INTEGER NOT NULL REFERENCES callers (id),
  hour INTEGER NOT NULL,
  run INTEGER NOT NULL REFERENCES runs (id),
  count INTEGER NOT NULL,
  calls INTEGER NOT NULL,
  costNs INTEGER NOT NULL,
  worst INTEGER NOT NULL,
  cause INTEGER REFERENCES digests (id),
  firstAt INTEGER NOT NULL,
  lastAt INTEGER NOT NULL,
  example INTEGER REFERENCES exchanges (id) ON DELETE SET NULL,
  PRIMARY KEY (kind, digest, caller, hour, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX finding_totals_by_hour ON finding_totals (hour);
CREATE INDEX finding_totals_by_example ON finding_totals (example);

CREATE TABLE running (
  id INTEGER PRIMARY KEY,
  run INTEGER NOT NULL REFERENCES runs (id),
  protocol TEXT NOT NULL,
  startedAt INTEGER NOT NULL,
  seenAt INTEGER NOT NULL,
  digest INTEGER NOT NULL REFERENCES digests (id),
  client INTEGER NOT NULL REFERENCES endpoints (id),
  clientPort INTEGER,
  clientPid INTEGER,
  server INTEGER NOT NULL REFERENCES endpoints (id),
  user TEXT,
  database TEXT,
  connectionId INTEGER,
  command TEXT NOT NULL,
  statement TEXT,
  statementBytes INTEGER
) STRICT;
`
