-- What enterprises' own systems tell of their stock: messages, parts, work orders,
-- and the table of book, system and gate of each day. Locks nothing: the tables
-- are new.

CREATE TABLE feed (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  enterprise TEXT COLLATE "C",
  area TEXT COLLATE "C",
  office TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX feed_enterprise ON feed (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX feed_state ON feed (state, id) WHERE state NOT IN ('ended');

CREATE TABLE feed_message (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  book TEXT COLLATE "C",
  message_key TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX feed_message_book ON feed_message (book, id) WHERE book IS NOT NULL;
CREATE INDEX feed_message_message_key ON feed_message (message_key, id) WHERE message_key IS NOT NULL;
CREATE INDEX feed_message_state ON feed_message (state, id) WHERE state NOT IN ('applied');

CREATE TABLE feed_part (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  book TEXT COLLATE "C",
  line BIGINT,
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX feed_part_book ON feed_part (book, id) WHERE book IS NOT NULL;

CREATE TABLE feed_table (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  book TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  day TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX feed_table_book ON feed_table (book, id) WHERE book IS NOT NULL;
CREATE INDEX feed_table_state ON feed_table (state, id) WHERE state NOT IN ('agreed', 'explained', 'carried');

CREATE TABLE work_order (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  book TEXT COLLATE "C",
  number TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX work_order_book ON work_order (book, id) WHERE book IS NOT NULL;
CREATE INDEX work_order_state ON work_order (state, id) WHERE state NOT IN ('closed');
