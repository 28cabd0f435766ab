-- The mechanisms: books, journal, replies, series, outbox, and the tables that
-- are built behind them. Locks nothing: the first migration of an empty store.

CREATE TABLE reply (                      -- no index on key: its values are random, the program remembers them
  seq         INTEGER PRIMARY KEY,
  key         BLOB    NOT NULL,           -- hash of actor and idempotency key
  content     BLOB    NOT NULL,           -- hash of the command's name and content
  reply       TEXT,
  entries     TEXT    NOT NULL,           -- ids, joined by commas
  recorded_us INTEGER NOT NULL
) STRICT;

CREATE TABLE series (
  name TEXT    NOT NULL PRIMARY KEY,
  last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE balance (
  key       TEXT    NOT NULL PRIMARY KEY, -- ledger|owner|item|lot|place|status
  quantity  INTEGER NOT NULL,
  value     INTEGER NOT NULL,
  incoming  INTEGER NOT NULL,
  outgoing  INTEGER NOT NULL,
  layers    TEXT,
  last      TEXT    NOT NULL,             -- id of the last movement
  count     INTEGER NOT NULL,
  span_from INTEGER NOT NULL,             -- earliest and latest effective day since the last mark
  span_to   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE balance_mark (               -- one for every 256th movement of an account
  key         TEXT    NOT NULL,
  count       INTEGER NOT NULL,
  movement    TEXT    NOT NULL,
  recorded_us INTEGER NOT NULL,
  quantity    INTEGER NOT NULL,           -- after that movement
  value       INTEGER NOT NULL,
  span_from   INTEGER NOT NULL,           -- effective days of the 256 movements that end here
  span_to     INTEGER NOT NULL,
  PRIMARY KEY (key, count)
) STRICT, WITHOUT ROWID;

CREATE TABLE movement (
  id           TEXT    NOT NULL PRIMARY KEY,
  kind         TEXT    NOT NULL CHECK (kind IN ('post', 'reserve', 'settle', 'void')),
  from_key     TEXT    NOT NULL,
  to_key       TEXT    NOT NULL,
  quantity     INTEGER NOT NULL,
  value        INTEGER NOT NULL,
  pending      TEXT,
  effective_on INTEGER NOT NULL,          -- days since 1970-01-01
  recorded_us  INTEGER NOT NULL,
  cause        TEXT    NOT NULL,
  turn         TEXT,
  prev_from    TEXT,
  prev_to      TEXT,
  after_from   INTEGER NOT NULL,
  after_to     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pending (
  id       TEXT    NOT NULL PRIMARY KEY,
  from_key TEXT    NOT NULL,
  to_key   TEXT    NOT NULL,
  reserved INTEGER NOT NULL,
  open     INTEGER NOT NULL CHECK (open > 0),
  value    INTEGER,
  layered  INTEGER NOT NULL,
  cause    TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE entry (
  position     INTEGER PRIMARY KEY,       -- dense, from 1
  id           TEXT    NOT NULL UNIQUE,
  at_us        INTEGER NOT NULL,
  effective_on INTEGER NOT NULL,          -- days since 1970-01-01, 0 not given
  actor        TEXT    NOT NULL,
  actor_kind   TEXT    NOT NULL,
  type         TEXT    NOT NULL,
  subject      TEXT    NOT NULL,          -- JSON
  enterprise   TEXT,
  area         TEXT,
  office       TEXT,
  rule         TEXT,
  law          TEXT,
  reason       TEXT,
  cause        TEXT,
  body         TEXT,
  salt         BLOB    NOT NULL,
  commitment   BLOB    NOT NULL
) STRICT;

CREATE TABLE entry_ref (                  -- which entries are about what; built behind, by blocks of positions
  block    INTEGER NOT NULL,
  kind     TEXT    NOT NULL,
  ref      TEXT    NOT NULL,
  position INTEGER NOT NULL,
  PRIMARY KEY (block, kind, ref, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE merkle_node (                -- level 0 are the commitments themselves
  level    INTEGER NOT NULL,
  position INTEGER NOT NULL,
  hash     BLOB    NOT NULL,
  PRIMARY KEY (level, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE checkpoint (
  size  INTEGER NOT NULL PRIMARY KEY,
  root  BLOB    NOT NULL,
  note  TEXT    NOT NULL,                 -- signed
  at_us INTEGER NOT NULL
) STRICT;

CREATE TABLE outbox (
  seq        INTEGER PRIMARY KEY,
  id         TEXT    NOT NULL UNIQUE,
  channel    TEXT    NOT NULL,
  target     TEXT    NOT NULL,
  body       TEXT    NOT NULL,
  created_us INTEGER NOT NULL,
  state      TEXT    NOT NULL CHECK (state IN ('waiting', 'sent', 'given-up')),
  due_us     INTEGER NOT NULL,            -- not before; while claimed: not before that claim has run out
  attempts   INTEGER NOT NULL,
  claimed_by TEXT,
  result     TEXT
) STRICT;
CREATE INDEX outbox_open ON outbox (state, channel, due_us, seq) WHERE state <> 'sent';

CREATE TABLE progress (                   -- how far what is built behind has come
  name     TEXT    NOT NULL PRIMARY KEY,
  position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE lease (                      -- jobs that only one node does
  name     TEXT    NOT NULL PRIMARY KEY,
  holder   TEXT    NOT NULL,
  fence    INTEGER NOT NULL,
  until_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Searched columns with random values: a new document waits in search_tail and
-- goes over into search_behind together with many others, by blocks. PostgreSQL
-- has ordinary indexes instead.
CREATE TABLE search_tail (
  seq    INTEGER PRIMARY KEY AUTOINCREMENT,
  kind   TEXT    NOT NULL,
  id     TEXT    NOT NULL,
  fields TEXT    NOT NULL                 -- column=value, each between two 0x1E
) STRICT;
CREATE TABLE search_behind (
  block INTEGER NOT NULL,
  field TEXT    NOT NULL,                 -- kind.column
  value TEXT    NOT NULL,
  id    TEXT    NOT NULL,
  PRIMARY KEY (block, field, value, id)
) STRICT, WITHOUT ROWID;
