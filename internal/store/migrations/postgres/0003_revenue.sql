-- Revenue by legal day, office, chapter of the nomenclature and tax, projected
-- from the journal behind the writer; it can be made anew from it. Locks nothing:
-- the table is new and small (days × offices × chapters × taxes).

CREATE TABLE revenue_day (
  day        TEXT COLLATE "C" NOT NULL,
  office     TEXT COLLATE "C" NOT NULL,
  chapter    TEXT COLLATE "C" NOT NULL,
  tax        TEXT COLLATE "C" NOT NULL,
  assessed   BIGINT NOT NULL,
  withdrawn  BIGINT NOT NULL,
  paid       BIGINT NOT NULL,
  refunded   BIGINT NOT NULL,
  PRIMARY KEY (day, office, chapter, tax)
);
