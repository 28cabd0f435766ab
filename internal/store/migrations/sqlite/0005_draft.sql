-- Forms that somebody has begun and not sent, a person's own. Locks nothing: the
-- table is new.

CREATE TABLE draft (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  owner TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX draft_owner ON draft (owner, id) WHERE owner IS NOT NULL;
CREATE INDEX draft_state ON draft (state, id) WHERE state NOT IN ('empty');
