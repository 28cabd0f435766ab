-- One table for each kind of document: the whole body, and beside it the columns
-- that the kind is searched by. Locks nothing: the tables are new.

CREATE TABLE bill_of_lading (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  journey TEXT COLLATE "C",
  journey_number TEXT COLLATE "C",
  manifest TEXT COLLATE "C",
  consignee TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX bill_of_lading_number ON bill_of_lading (number, id);
CREATE INDEX bill_of_lading_journey_number ON bill_of_lading (journey_number, id);
CREATE INDEX bill_of_lading_manifest ON bill_of_lading (manifest, id);
CREATE INDEX bill_of_lading_consignee ON bill_of_lading (consignee, id);
CREATE INDEX bill_of_lading_state ON bill_of_lading (state, id) WHERE state NOT IN ('released', 'closed', 'cancelled', 'deleted');

CREATE TABLE book (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  type TEXT COLLATE "C",
  area TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX book_number ON book (number);
CREATE INDEX book_enterprise ON book (enterprise, id);
CREATE INDEX book_state ON book (state, id) WHERE state NOT IN ('closed', 'cancelled');

CREATE TABLE client (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  client_id TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX client_client_id ON client (client_id);
CREATE INDEX client_enterprise ON client (enterprise, id);

CREATE TABLE confirmation (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  declaration TEXT COLLATE "C",
  bill TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX confirmation_declaration ON confirmation (declaration, id);
CREATE INDEX confirmation_bill ON confirmation (bill, id);
CREATE INDEX confirmation_state ON confirmation (state, id) WHERE state NOT IN ('agreed', 'superseded');

CREATE TABLE control_instruction (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  valid_from TEXT COLLATE "C",
  valid_to TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX control_instruction_number ON control_instruction (number);
CREATE INDEX control_instruction_state ON control_instruction (state, id) WHERE state NOT IN ('ended', 'withdrawn');

CREATE TABLE declaration (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  broker TEXT COLLATE "C",
  bill TEXT COLLATE "C",
  book TEXT COLLATE "C",
  procedure TEXT COLLATE "C",
  direction TEXT COLLATE "C",
  office TEXT COLLATE "C",
  channel TEXT COLLATE "C",
  received BIGINT,
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX declaration_number ON declaration (number);
CREATE INDEX declaration_enterprise ON declaration (enterprise, id);
CREATE INDEX declaration_broker ON declaration (broker, id);
CREATE INDEX declaration_bill ON declaration (bill, id);
CREATE INDEX declaration_book ON declaration (book, id);
CREATE INDEX declaration_state ON declaration (state, id) WHERE state NOT IN ('released', 'closed', 'cancelled', 'refused', 'withdrawn');

CREATE TABLE delivery (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  webhook TEXT COLLATE "C",
  entry TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX delivery_webhook ON delivery (webhook, id);
CREATE INDEX delivery_entry ON delivery (entry, id);
CREATE INDEX delivery_state ON delivery (state, id) WHERE state NOT IN ('delivered', 'given-up');

CREATE TABLE enterprise (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  credit_code TEXT COLLATE "C",
  customs_code TEXT COLLATE "C",
  name TEXT COLLATE "C",
  grade TEXT COLLATE "C",
  area TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX enterprise_credit_code ON enterprise (credit_code);
CREATE INDEX enterprise_customs_code ON enterprise (customs_code, id);
CREATE INDEX enterprise_name ON enterprise (name, id);
CREATE INDEX enterprise_area ON enterprise (area, id);

CREATE TABLE guarantee (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  valid_until TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX guarantee_number ON guarantee (number);
CREATE INDEX guarantee_enterprise ON guarantee (enterprise, id);

CREATE TABLE import_job (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  owner TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX import_job_owner ON import_job (owner, id);
CREATE INDEX import_job_state ON import_job (state, id) WHERE state NOT IN ('done', 'cancelled');

CREATE TABLE inspection_order (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  subject TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  officer TEXT COLLATE "C",
  office TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX inspection_order_number ON inspection_order (number);
CREATE INDEX inspection_order_subject ON inspection_order (subject, id);
CREATE INDEX inspection_order_enterprise ON inspection_order (enterprise, id);
CREATE INDEX inspection_order_officer ON inspection_order (officer, id);
CREATE INDEX inspection_order_state ON inspection_order (state, id) WHERE state NOT IN ('done', 'cancelled', 'closed');

CREATE TABLE label (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  subject TEXT COLLATE "C",
  outcome TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX label_subject ON label (subject, id);

CREATE TABLE manifest (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  journey TEXT COLLATE "C",
  carrier TEXT COLLATE "C",
  office TEXT COLLATE "C",
  received BIGINT,
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX manifest_number ON manifest (number, id);
CREATE INDEX manifest_journey ON manifest (journey, id);
CREATE INDEX manifest_carrier ON manifest (carrier, id);
CREATE INDEX manifest_state ON manifest (state, id) WHERE state NOT IN ('closed', 'cancelled', 'deleted');

CREATE TABLE message (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  format TEXT COLLATE "C",
  sender TEXT COLLATE "C",
  reference TEXT COLLATE "C",
  received BIGINT,
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX message_sender ON message (sender, id);
CREATE INDEX message_reference ON message (reference, id);
CREATE INDEX message_state ON message (state, id) WHERE state NOT IN ('taken', 'refused');

CREATE TABLE mode_version (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  mode TEXT COLLATE "C",
  valid_from TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX mode_version_mode ON mode_version (mode, id);

CREATE TABLE obligation (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  debtor TEXT COLLATE "C",
  kind TEXT COLLATE "C",
  mode TEXT COLLATE "C",
  opened_by TEXT COLLATE "C",
  guarantee TEXT COLLATE "C",
  area TEXT COLLATE "C",
  office TEXT COLLATE "C",
  due_on TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX obligation_debtor ON obligation (debtor, id);
CREATE INDEX obligation_opened_by ON obligation (opened_by, id);
CREATE INDEX obligation_due_on ON obligation (due_on, id) WHERE state NOT IN ('discharged', 'carried', 'lifted');

CREATE TABLE officer (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  user_id TEXT COLLATE "C",
  office TEXT COLLATE "C",
  area TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX officer_number ON officer (number);
CREATE INDEX officer_user_id ON officer (user_id, id);
CREATE INDEX officer_office ON officer (office, id);

CREATE TABLE parameter (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  name TEXT COLLATE "C",
  valid_from TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX parameter_name ON parameter (name, id);

CREATE TABLE passage (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  lane TEXT COLLATE "C",
  area TEXT COLLATE "C",
  vehicle TEXT COLLATE "C",
  container TEXT COLLATE "C",
  note TEXT COLLATE "C",
  verdict TEXT COLLATE "C",
  at_us BIGINT,
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX passage_lane ON passage (lane, id);
CREATE INDEX passage_vehicle ON passage (vehicle, id);
CREATE INDEX passage_container ON passage (container, id);
CREATE INDEX passage_note ON passage (note, id);
CREATE INDEX passage_state ON passage (state, id) WHERE state NOT IN ('lifted', 'passed', 'closed', 'refused');

CREATE TABLE proposal (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  matter TEXT COLLATE "C",
  subject TEXT COLLATE "C",
  officer TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX proposal_matter ON proposal (matter, id);
CREATE INDEX proposal_subject ON proposal (subject, id);
CREATE INDEX proposal_officer ON proposal (officer, id);
CREATE INDEX proposal_state ON proposal (state, id) WHERE state NOT IN ('approved', 'refused', 'withdrawn', 'done');

CREATE TABLE reference_set (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  value TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);

CREATE TABLE release_note (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  declaration TEXT COLLATE "C",
  vehicle TEXT COLLATE "C",
  area TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX release_note_number ON release_note (number);
CREATE INDEX release_note_declaration ON release_note (declaration, id);
CREATE INDEX release_note_vehicle ON release_note (vehicle, id);
CREATE INDEX release_note_state ON release_note (state, id) WHERE state NOT IN ('used', 'cancelled', 'expired');

CREATE TABLE risk_table (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  name TEXT COLLATE "C",
  valid_from TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX risk_table_name ON risk_table (name, id);

CREATE TABLE session (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  token_hash TEXT COLLATE "C",
  user_id TEXT COLLATE "C",
  expires BIGINT,
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX session_token_hash ON session (token_hash);
CREATE INDEX session_user_id ON session (user_id, id);
CREATE INDEX session_expires ON session (expires, id);

CREATE TABLE tax_bill (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  declaration TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  due_on TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX tax_bill_number ON tax_bill (number);
CREATE INDEX tax_bill_declaration ON tax_bill (declaration, id);
CREATE INDEX tax_bill_enterprise ON tax_bill (enterprise, id);
CREATE INDEX tax_bill_due_on ON tax_bill (due_on, id);
CREATE INDEX tax_bill_state ON tax_bill (state, id) WHERE state NOT IN ('paid', 'cancelled', 'carried');

CREATE TABLE user_account (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  name TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  officer TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX user_account_name ON user_account (name);
CREATE INDEX user_account_enterprise ON user_account (enterprise, id);
CREATE INDEX user_account_officer ON user_account (officer, id);

CREATE TABLE verification_list (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  book TEXT COLLATE "C",
  declaration TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX verification_list_number ON verification_list (number);
CREATE INDEX verification_list_book ON verification_list (book, id);
CREATE INDEX verification_list_declaration ON verification_list (declaration, id);
CREATE INDEX verification_list_enterprise ON verification_list (enterprise, id);
CREATE INDEX verification_list_state ON verification_list (state, id) WHERE state NOT IN ('posted', 'written-off', 'cancelled', 'deleted');

CREATE TABLE webhook (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  owner TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX webhook_owner ON webhook (owner, id);
