-- Movements are quoted by a journal entry: how many, and one hash over them, so
-- that a receipt proves the books too. What was written before stays unquoted.
-- Takes no time: columns are added, no row is rewritten.
ALTER TABLE movement ADD COLUMN layered BIGINT NOT NULL DEFAULT 0;
ALTER TABLE movement ADD COLUMN entry TEXT COLLATE "C";
ALTER TABLE entry ADD COLUMN moved TEXT COLLATE "C";        -- ids of the movements, one a line, in their order
ALTER TABLE entry ADD COLUMN moved_hash BYTEA;
