-- Steps of cases whose limit passed before they were taken. Locks nothing: the
-- table is new.

CREATE TABLE late_step (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  case_id TEXT COLLATE "C",
  declaration TEXT COLLATE "C",
  mode TEXT COLLATE "C",
  step TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  area TEXT COLLATE "C",
  office TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX late_step_case_id ON late_step (case_id, id) WHERE case_id IS NOT NULL;
CREATE INDEX late_step_declaration ON late_step (declaration, id) WHERE declaration IS NOT NULL;
CREATE INDEX late_step_enterprise ON late_step (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX late_step_state ON late_step (state, id) WHERE state NOT IN ('ended');
