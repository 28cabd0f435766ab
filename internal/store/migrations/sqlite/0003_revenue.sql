-- Revenue by legal day, office, chapter of the nomenclature and tax, projected
-- from the journal behind the writer; it can be made anew from it. Locks nothing:
-- the table is new and small (days × offices × chapters × taxes).

CREATE TABLE revenue_day (
  day        TEXT NOT NULL,
  office     TEXT NOT NULL,
  chapter    TEXT NOT NULL,
  tax        TEXT NOT NULL,
  assessed   INTEGER NOT NULL,
  withdrawn  INTEGER NOT NULL,
  paid       INTEGER NOT NULL,
  refunded   INTEGER NOT NULL,
  PRIMARY KEY (day, office, chapter, tax)
) STRICT, WITHOUT ROWID;
