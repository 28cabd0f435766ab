-- The mechanisms: books, journal, replies, series, outbox, and the tables that
-- are built behind them. Locks nothing: the first migration of an empty store.

CREATE TABLE reply (
  seq         BIGINT GENERATED ALWAYS AS IDENTITY,
  key         BYTEA  NOT NULL PRIMARY KEY, -- hash of actor and idempotency key
  content     BYTEA  NOT NULL,             -- hash of the command's name and content
  reply       TEXT COLLATE "C",
  entries     TEXT COLLATE "C" NOT NULL,   -- ids, joined by commas
  recorded_us BIGINT NOT NULL
);

CREATE TABLE series (
  name TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
  last BIGINT NOT NULL
);

CREATE TABLE balance (
  key       TEXT COLLATE "C"    NOT NULL PRIMARY KEY, -- ledger|owner|item|lot|place|status
  quantity  BIGINT NOT NULL,
  value     BIGINT NOT NULL,
  incoming  BIGINT NOT NULL,
  outgoing  BIGINT NOT NULL,
  layers    TEXT COLLATE "C",
  last      TEXT COLLATE "C"    NOT NULL,             -- id of the last movement
  count     BIGINT NOT NULL,
  span_from BIGINT NOT NULL,             -- earliest and latest effective day since the last mark
  span_to   BIGINT NOT NULL
);

CREATE TABLE balance_mark (               -- one for every 256th movement of an account
  key         TEXT COLLATE "C"    NOT NULL,
  count       BIGINT NOT NULL,
  movement    TEXT COLLATE "C"    NOT NULL,
  recorded_us BIGINT NOT NULL,
  quantity    BIGINT NOT NULL,           -- after that movement
  value       BIGINT NOT NULL,
  span_from   BIGINT NOT NULL,           -- effective days of the 256 movements that end here
  span_to     BIGINT NOT NULL,
  PRIMARY KEY (key, count)
);

CREATE TABLE movement (
  id           TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
  kind         TEXT COLLATE "C"    NOT NULL CHECK (kind IN ('post', 'reserve', 'settle', 'void')),
  from_key     TEXT COLLATE "C"    NOT NULL,
  to_key       TEXT COLLATE "C"    NOT NULL,
  quantity     BIGINT NOT NULL,
  value        BIGINT NOT NULL,
  pending      TEXT COLLATE "C",
  effective_on BIGINT NOT NULL,          -- days since 1970-01-01
  recorded_us  BIGINT NOT NULL,
  cause        TEXT COLLATE "C"    NOT NULL,
  turn         TEXT COLLATE "C",
  prev_from    TEXT COLLATE "C",
  prev_to      TEXT COLLATE "C",
  after_from   BIGINT NOT NULL,
  after_to     BIGINT NOT NULL
);

CREATE TABLE pending (
  id       TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
  from_key TEXT COLLATE "C"    NOT NULL,
  to_key   TEXT COLLATE "C"    NOT NULL,
  reserved BIGINT NOT NULL,
  open     BIGINT NOT NULL CHECK (open > 0),
  value    BIGINT,
  layered  BIGINT NOT NULL,
  cause    TEXT COLLATE "C"    NOT NULL
);

CREATE TABLE entry (
  position     BIGINT UNIQUE,            -- dense, from 1; given by the sequencer
  id           TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
  at_us        BIGINT NOT NULL,
  effective_on BIGINT NOT NULL,          -- days since 1970-01-01, 0 not given
  actor        TEXT COLLATE "C"    NOT NULL,
  actor_kind   TEXT COLLATE "C"    NOT NULL,
  type         TEXT COLLATE "C"    NOT NULL,
  subject      TEXT COLLATE "C"    NOT NULL,          -- JSON
  enterprise   TEXT COLLATE "C",
  area         TEXT COLLATE "C",
  office       TEXT COLLATE "C",
  rule         TEXT COLLATE "C",
  law          TEXT COLLATE "C",
  reason       TEXT COLLATE "C",
  cause        TEXT COLLATE "C",
  body         TEXT COLLATE "C",
  salt         BYTEA   NOT NULL,
  commitment   BYTEA   NOT NULL
);

CREATE INDEX entry_unnumbered ON entry (id) WHERE position IS NULL;

CREATE TABLE entry_ref (                  -- which entries are about what; built behind, by blocks of positions
  block    BIGINT NOT NULL,
  kind     TEXT COLLATE "C"    NOT NULL,
  ref      TEXT COLLATE "C"    NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (block, kind, ref, position)
);

CREATE TABLE merkle_node (                -- level 0 are the commitments themselves
  level    BIGINT NOT NULL,
  position BIGINT NOT NULL,
  hash     BYTEA   NOT NULL,
  PRIMARY KEY (level, position)
);

CREATE TABLE checkpoint (
  size  BIGINT NOT NULL PRIMARY KEY,
  root  BYTEA   NOT NULL,
  note  TEXT COLLATE "C"    NOT NULL,                 -- signed
  at_us BIGINT NOT NULL
);

CREATE TABLE outbox (
  seq        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id         TEXT COLLATE "C"    NOT NULL UNIQUE,
  channel    TEXT COLLATE "C"    NOT NULL,
  target     TEXT COLLATE "C"    NOT NULL,
  body       TEXT COLLATE "C"    NOT NULL,
  created_us BIGINT NOT NULL,
  state      TEXT COLLATE "C"    NOT NULL CHECK (state IN ('waiting', 'sent', 'given-up')),
  due_us     BIGINT NOT NULL,            -- not before; while claimed: not before that claim has run out
  attempts   BIGINT NOT NULL,
  claimed_by TEXT COLLATE "C",
  result     TEXT COLLATE "C"
);
CREATE INDEX outbox_open ON outbox (state, channel, due_us, seq) WHERE state <> 'sent';

CREATE TABLE progress (                   -- how far what is built behind has come
  name     TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
  position BIGINT NOT NULL
);

CREATE TABLE lease (                      -- jobs that only one node does
  name     TEXT COLLATE "C"    NOT NULL PRIMARY KEY,
  holder   TEXT COLLATE "C"    NOT NULL,
  fence    BIGINT NOT NULL,
  until_us BIGINT NOT NULL
);
