-- Periods of account books that are closed by what was counted, and the scrap,
-- remainders, defectives and by-products of books. Locks nothing: the tables are
-- new.

CREATE TABLE residue (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  book TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  area TEXT COLLATE "C",
  office TEXT COLLATE "C",
  class TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX residue_book ON residue (book, id) WHERE book IS NOT NULL;
CREATE INDEX residue_enterprise ON residue (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX residue_state ON residue (state, id) WHERE state NOT IN ('destroyed');

CREATE TABLE write_off (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  book TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  area TEXT COLLATE "C",
  office TEXT COLLATE "C",
  due_on TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX write_off_number ON write_off (number);
CREATE INDEX write_off_book ON write_off (book, id) WHERE book IS NOT NULL;
CREATE INDEX write_off_enterprise ON write_off (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX write_off_due_on ON write_off (due_on, id) WHERE state NOT IN ('adjusted');
CREATE INDEX write_off_state ON write_off (state, id) WHERE state NOT IN ('adjusted');
