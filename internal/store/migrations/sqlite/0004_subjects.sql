-- The index of the journal's subjects: a row for each object of a piece of the
-- journal instead of one for each entry. It is built again from the journal.
DROP TABLE entry_ref;
CREATE TABLE entry_ref (                  -- which entries are about what; built behind, by blocks of positions
  block     INTEGER NOT NULL,
  kind      TEXT    NOT NULL,
  ref       TEXT    NOT NULL,
  first     INTEGER NOT NULL,             -- the lowest of positions
  positions TEXT    NOT NULL,             -- rising, separated by blanks
  PRIMARY KEY (block, kind, ref, first)
) STRICT, WITHOUT ROWID;
DELETE FROM progress WHERE name = 'entry_ref';
