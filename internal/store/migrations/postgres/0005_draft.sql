-- Forms that somebody has begun and not sent, a person's own. Locks nothing: the
-- table is new.

CREATE TABLE draft (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  owner TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX draft_owner ON draft (owner, id) WHERE owner IS NOT NULL;
CREATE INDEX draft_state ON draft (state, id) WHERE state NOT IN ('empty');
