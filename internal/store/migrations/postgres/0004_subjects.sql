-- The index of the journal's subjects: a row for each object of a piece of the
-- journal instead of one for each entry. It is built again from the journal.
DROP TABLE entry_ref;
CREATE TABLE entry_ref (                  -- which entries are about what; built behind, by blocks of positions
  block     BIGINT NOT NULL,
  kind      TEXT COLLATE "C"    NOT NULL,
  ref       TEXT COLLATE "C"    NOT NULL,
  first     BIGINT NOT NULL,              -- the lowest of positions
  positions TEXT COLLATE "C"    NOT NULL, -- rising, separated by blanks
  PRIMARY KEY (block, kind, ref, first)
);
DELETE FROM progress WHERE name = 'entry_ref';
