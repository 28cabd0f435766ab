-- Periods of account books that are closed by what was counted, and the scrap,
-- remainders, defectives and by-products of books. Locks nothing: the tables are
-- new.

CREATE TABLE residue (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  book TEXT,
  enterprise TEXT,
  area TEXT,
  office TEXT,
  class TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX residue_book ON residue (book, id) WHERE book IS NOT NULL;
CREATE INDEX residue_enterprise ON residue (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX residue_state ON residue (state, id) WHERE state NOT IN ('destroyed');

CREATE TABLE write_off (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  number TEXT,
  book TEXT,
  enterprise TEXT,
  area TEXT,
  office TEXT,
  due_on TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX write_off_number ON write_off (number);
CREATE INDEX write_off_book ON write_off (book, id) WHERE book IS NOT NULL;
CREATE INDEX write_off_enterprise ON write_off (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX write_off_due_on ON write_off (due_on, id) WHERE state NOT IN ('adjusted');
CREATE INDEX write_off_state ON write_off (state, id) WHERE state NOT IN ('adjusted');
