-- One table for each kind of document: the whole body, and beside it the columns
-- that the kind is searched by. Locks nothing: the tables are new.

CREATE TABLE application (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  kind TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  lading TEXT COLLATE "C",
  area TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX application_number ON application (number, id) WHERE number IS NOT NULL;
CREATE INDEX application_enterprise ON application (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX application_lading ON application (lading, id) WHERE lading IS NOT NULL;
CREATE INDEX application_state ON application (state, id) WHERE state NOT IN ('closed', 'cancelled', 'refused');

CREATE TABLE assessment (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  declaration TEXT COLLATE "C",
  channel TEXT COLLATE "C",
  score BIGINT,
  at_us BIGINT,
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX assessment_declaration ON assessment (declaration, id) WHERE declaration IS NOT NULL;

CREATE TABLE bank_message (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  bank TEXT COLLATE "C",
  direction TEXT COLLATE "C",
  kind TEXT COLLATE "C",
  waiting TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX bank_message_waiting ON bank_message (waiting, id) WHERE waiting IS NOT NULL;
CREATE INDEX bank_message_state ON bank_message (state, id) WHERE state NOT IN ('taken', 'acknowledged');

CREATE TABLE bank_peer (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  body TEXT COLLATE "C" NOT NULL
);

CREATE TABLE bill_of_lading (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  journey TEXT COLLATE "C",
  journey_number TEXT COLLATE "C",
  manifest TEXT COLLATE "C",
  office TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX bill_of_lading_number ON bill_of_lading (number, id) WHERE number IS NOT NULL;
CREATE INDEX bill_of_lading_journey_number ON bill_of_lading (journey_number, id) WHERE journey_number IS NOT NULL;
CREATE INDEX bill_of_lading_manifest ON bill_of_lading (manifest, id) WHERE manifest IS NOT NULL;
CREATE INDEX bill_of_lading_state ON bill_of_lading (state, id) WHERE state NOT IN ('split', 'merged', 'delivered', 'written_off');

CREATE TABLE book (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  kind TEXT COLLATE "C",
  area TEXT COLLATE "C",
  office TEXT COLLATE "C",
  valid_to TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX book_number ON book (number);
CREATE INDEX book_enterprise ON book (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX book_valid_to ON book (valid_to, id) WHERE state NOT IN ('closed');
CREATE INDEX book_state ON book (state, id) WHERE state NOT IN ('closed');

CREATE TABLE case_file (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  mode TEXT COLLATE "C",
  area TEXT COLLATE "C",
  office TEXT COLLATE "C",
  debtor TEXT COLLATE "C",
  lading TEXT COLLATE "C",
  list TEXT COLLATE "C",
  declaration TEXT COLLATE "C",
  application TEXT COLLATE "C",
  book TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX case_file_debtor ON case_file (debtor, id) WHERE debtor IS NOT NULL;
CREATE INDEX case_file_lading ON case_file (lading, id) WHERE lading IS NOT NULL;
CREATE INDEX case_file_list ON case_file (list, id) WHERE list IS NOT NULL;
CREATE INDEX case_file_declaration ON case_file (declaration, id) WHERE declaration IS NOT NULL;
CREATE INDEX case_file_application ON case_file (application, id) WHERE application IS NOT NULL;
CREATE INDEX case_file_book ON case_file (book, id) WHERE book IS NOT NULL;
CREATE INDEX case_file_state ON case_file (state, id) WHERE state NOT IN ('closed', 'undone', 'ended');

CREATE TABLE client (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  client_id TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  thumbprint TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX client_client_id ON client (client_id);
CREATE INDEX client_enterprise ON client (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX client_thumbprint ON client (thumbprint, id) WHERE thumbprint IS NOT NULL;

CREATE TABLE declaration (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  pre_entry_number TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  broker TEXT COLLATE "C",
  bill TEXT COLLATE "C",
  manifest TEXT COLLATE "C",
  book TEXT COLLATE "C",
  list TEXT COLLATE "C",
  kind TEXT COLLATE "C",
  procedure TEXT COLLATE "C",
  direction TEXT COLLATE "C",
  office TEXT COLLATE "C",
  channel TEXT COLLATE "C",
  accepted BIGINT,
  declared_on TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX declaration_number ON declaration (number);
CREATE INDEX declaration_pre_entry_number ON declaration (pre_entry_number, id) WHERE pre_entry_number IS NOT NULL;
CREATE INDEX declaration_enterprise ON declaration (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX declaration_broker ON declaration (broker, id) WHERE broker IS NOT NULL;
CREATE INDEX declaration_bill ON declaration (bill, id) WHERE bill IS NOT NULL;
CREATE INDEX declaration_manifest ON declaration (manifest, id) WHERE manifest IS NOT NULL;
CREATE INDEX declaration_book ON declaration (book, id) WHERE book IS NOT NULL;
CREATE INDEX declaration_list ON declaration (list, id) WHERE list IS NOT NULL;
CREATE INDEX declaration_state ON declaration (state, id) WHERE state NOT IN ('released', 'closed', 'deleted');

CREATE TABLE delivery (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  webhook TEXT COLLATE "C",
  entry TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX delivery_webhook ON delivery (webhook, id) WHERE webhook IS NOT NULL;
CREATE INDEX delivery_entry ON delivery (entry, id) WHERE entry IS NOT NULL;
CREATE INDEX delivery_state ON delivery (state, id) WHERE state NOT IN ('delivered', 'given-up');

CREATE TABLE draw_key (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  period TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX draw_key_period ON draw_key (period, id) WHERE period IS NOT NULL;

CREATE TABLE enterprise (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  credit_code TEXT COLLATE "C",
  customs_code TEXT COLLATE "C",
  name TEXT COLLATE "C",
  area TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX enterprise_credit_code ON enterprise (credit_code);
CREATE UNIQUE INDEX enterprise_customs_code ON enterprise (customs_code);
CREATE INDEX enterprise_name ON enterprise (name, id) WHERE name IS NOT NULL;
CREATE INDEX enterprise_area ON enterprise (area, id) WHERE area IS NOT NULL;

CREATE TABLE guarantee (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  valid_to TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX guarantee_number ON guarantee (number);
CREATE INDEX guarantee_enterprise ON guarantee (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX guarantee_valid_to ON guarantee (valid_to, id) WHERE state NOT IN ('refused', 'closed');
CREATE INDEX guarantee_state ON guarantee (state, id) WHERE state NOT IN ('refused', 'closed');

CREATE TABLE import_job (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  owner TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX import_job_owner ON import_job (owner, id) WHERE owner IS NOT NULL;
CREATE INDEX import_job_state ON import_job (state, id) WHERE state NOT IN ('done', 'cancelled');

CREATE TABLE inspection_order (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  subject TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  issued_by TEXT COLLATE "C",
  area TEXT COLLATE "C",
  office TEXT COLLATE "C",
  due_on TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX inspection_order_number ON inspection_order (number);
CREATE INDEX inspection_order_subject ON inspection_order (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX inspection_order_enterprise ON inspection_order (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX inspection_order_due_on ON inspection_order (due_on, id) WHERE state NOT IN ('fed_back', 'withdrawn');
CREATE INDEX inspection_order_state ON inspection_order (state, id) WHERE state NOT IN ('fed_back', 'withdrawn');

CREATE TABLE control_instruction (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  valid_from TEXT COLLATE "C",
  valid_to TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX control_instruction_number ON control_instruction (number, id) WHERE number IS NOT NULL;
CREATE INDEX control_instruction_state ON control_instruction (state, id) WHERE state NOT IN ('ended', 'withdrawn');

CREATE TABLE label (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  subject TEXT COLLATE "C",
  outcome TEXT COLLATE "C",
  at_us BIGINT,
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX label_subject ON label (subject, id) WHERE subject IS NOT NULL;

CREATE TABLE sign_in_link (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  user_id TEXT COLLATE "C",
  expires BIGINT,
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX sign_in_link_user_id ON sign_in_link (user_id, id) WHERE user_id IS NOT NULL;

CREATE TABLE manifest (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  number_journey TEXT COLLATE "C",
  journey TEXT COLLATE "C",
  carrier TEXT COLLATE "C",
  office TEXT COLLATE "C",
  received BIGINT,
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX manifest_number ON manifest (number, id) WHERE number IS NOT NULL;
CREATE INDEX manifest_number_journey ON manifest (number_journey, id) WHERE number_journey IS NOT NULL;
CREATE INDEX manifest_journey ON manifest (journey, id) WHERE journey IS NOT NULL;
CREATE INDEX manifest_carrier ON manifest (carrier, id) WHERE carrier IS NOT NULL;
CREATE INDEX manifest_state ON manifest (state, id) WHERE state NOT IN ('written_off', 'cancelled');

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
CREATE INDEX message_sender ON message (sender, id) WHERE sender IS NOT NULL;
CREATE INDEX message_reference ON message (reference, id) WHERE reference IS NOT NULL;
CREATE INDEX message_state ON message (state, id) WHERE state NOT IN ('taken', 'refused');

CREATE TABLE mode_version (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  mode TEXT COLLATE "C",
  valid_from TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX mode_version_mode ON mode_version (mode, id) WHERE mode IS NOT NULL;

CREATE TABLE obligation (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  debtor TEXT COLLATE "C",
  overdue TEXT COLLATE "C",
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
CREATE INDEX obligation_debtor ON obligation (debtor, id) WHERE debtor IS NOT NULL;
CREATE INDEX obligation_overdue ON obligation (overdue, id) WHERE overdue IS NOT NULL;
CREATE INDEX obligation_opened_by ON obligation (opened_by, id) WHERE opened_by IS NOT NULL;
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
CREATE INDEX officer_user_id ON officer (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX officer_office ON officer (office, id) WHERE office IS NOT NULL;

CREATE TABLE parameter (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  name TEXT COLLATE "C",
  valid_from TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX parameter_name ON parameter (name, id) WHERE name IS NOT NULL;

CREATE TABLE passage (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  lane TEXT COLLATE "C",
  gate TEXT COLLATE "C",
  area TEXT COLLATE "C",
  plate TEXT COLLATE "C",
  container TEXT COLLATE "C",
  outcome TEXT COLLATE "C",
  at_us BIGINT,
  barrier TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX passage_lane ON passage (lane, id) WHERE lane IS NOT NULL;
CREATE INDEX passage_plate ON passage (plate, id) WHERE plate IS NOT NULL;
CREATE INDEX passage_container ON passage (container, id) WHERE container IS NOT NULL;

CREATE TABLE payment (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  tax_bill TEXT COLLATE "C",
  bank_day TEXT COLLATE "C",
  bank_reference TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  office TEXT COLLATE "C",
  result TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX payment_tax_bill ON payment (tax_bill, id) WHERE tax_bill IS NOT NULL;
CREATE INDEX payment_bank_day ON payment (bank_day, id) WHERE bank_day IS NOT NULL;
CREATE INDEX payment_bank_reference ON payment (bank_reference, id) WHERE bank_reference IS NOT NULL;
CREATE INDEX payment_enterprise ON payment (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX payment_state ON payment (state, id) WHERE state NOT IN ('booked', 'cleared');

CREATE TABLE proposal (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  matter TEXT COLLATE "C",
  subject TEXT COLLATE "C",
  first TEXT COLLATE "C",
  second TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX proposal_matter ON proposal (matter, id) WHERE matter IS NOT NULL;
CREATE INDEX proposal_subject ON proposal (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX proposal_first ON proposal (first, id) WHERE first IS NOT NULL;
CREATE INDEX proposal_second ON proposal (second, id) WHERE second IS NOT NULL;
CREATE INDEX proposal_state ON proposal (state, id) WHERE state NOT IN ('confirmed', 'refused', 'withdrawn');

CREATE TABLE reconciliation (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  bank TEXT COLLATE "C",
  day TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX reconciliation_state ON reconciliation (state, id) WHERE state NOT IN ('agreed');

CREATE TABLE reference_set (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  value TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);

CREATE TABLE refund (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  tax_bill TEXT COLLATE "C",
  bank_day TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  office TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX refund_tax_bill ON refund (tax_bill, id) WHERE tax_bill IS NOT NULL;
CREATE INDEX refund_bank_day ON refund (bank_day, id) WHERE bank_day IS NOT NULL;
CREATE INDEX refund_enterprise ON refund (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX refund_state ON refund (state, id) WHERE state NOT IN ('paid', 'refused');

CREATE TABLE release_note (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  book TEXT COLLATE "C",
  plate TEXT COLLATE "C",
  e_plate TEXT COLLATE "C",
  box TEXT COLLATE "C",
  box2 TEXT COLLATE "C",
  area TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX release_note_number ON release_note (number);
CREATE INDEX release_note_enterprise ON release_note (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX release_note_book ON release_note (book, id) WHERE book IS NOT NULL;
CREATE INDEX release_note_plate ON release_note (plate, id) WHERE state NOT IN ('passed', 'passed_gate_2', 'deleted', 'void');
CREATE INDEX release_note_e_plate ON release_note (e_plate, id) WHERE state NOT IN ('passed', 'passed_gate_2', 'deleted', 'void');
CREATE INDEX release_note_box ON release_note (box, id) WHERE state NOT IN ('passed', 'passed_gate_2', 'deleted', 'void');
CREATE INDEX release_note_box2 ON release_note (box2, id) WHERE state NOT IN ('passed', 'passed_gate_2', 'deleted', 'void');
CREATE INDEX release_note_state ON release_note (state, id) WHERE state NOT IN ('passed', 'passed_gate_2', 'deleted', 'void');

CREATE TABLE risk_table (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  name TEXT COLLATE "C",
  valid_from TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX risk_table_name ON risk_table (name, id) WHERE name IS NOT NULL;

CREATE TABLE session (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  token_hash TEXT COLLATE "C",
  user_id TEXT COLLATE "C",
  expires BIGINT,
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX session_token_hash ON session (token_hash);
CREATE INDEX session_user_id ON session (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX session_expires ON session (expires, id) WHERE expires IS NOT NULL;

CREATE TABLE statement (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  office TEXT COLLATE "C",
  month TEXT COLLATE "C",
  due_on TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX statement_number ON statement (number);
CREATE INDEX statement_enterprise ON statement (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX statement_due_on ON statement (due_on, id) WHERE state NOT IN ('paid', 'collected');
CREATE INDEX statement_state ON statement (state, id) WHERE state NOT IN ('paid', 'collected');

CREATE TABLE tax_bill (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  declaration TEXT COLLATE "C",
  supplements TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  office TEXT COLLATE "C",
  statement TEXT COLLATE "C",
  consolidated TEXT COLLATE "C",
  due_on TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX tax_bill_number ON tax_bill (number);
CREATE INDEX tax_bill_declaration ON tax_bill (declaration, id) WHERE declaration IS NOT NULL;
CREATE INDEX tax_bill_supplements ON tax_bill (supplements, id) WHERE supplements IS NOT NULL;
CREATE INDEX tax_bill_enterprise ON tax_bill (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX tax_bill_consolidated ON tax_bill (consolidated, id) WHERE consolidated IS NOT NULL;
CREATE INDEX tax_bill_due_on ON tax_bill (due_on, id) WHERE state NOT IN ('paid', 'collected', 'supplemented', 'refunded', 'withdrawn');
CREATE INDEX tax_bill_state ON tax_bill (state, id) WHERE state NOT IN ('paid', 'collected', 'supplemented', 'refunded', 'withdrawn');

CREATE TABLE tax_difference (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  declaration TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  office TEXT COLLATE "C",
  band TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX tax_difference_declaration ON tax_difference (declaration, id) WHERE declaration IS NOT NULL;
CREATE INDEX tax_difference_enterprise ON tax_difference (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX tax_difference_state ON tax_difference (state, id) WHERE state NOT IN ('settled');

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
CREATE INDEX user_account_enterprise ON user_account (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX user_account_officer ON user_account (officer, id) WHERE officer IS NOT NULL;

CREATE TABLE verification_list (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  number TEXT COLLATE "C",
  book TEXT COLLATE "C",
  bill TEXT COLLATE "C",
  enterprise TEXT COLLATE "C",
  direction TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE UNIQUE INDEX verification_list_number ON verification_list (number);
CREATE INDEX verification_list_book ON verification_list (book, id) WHERE book IS NOT NULL;
CREATE INDEX verification_list_bill ON verification_list (bill, id) WHERE bill IS NOT NULL;
CREATE INDEX verification_list_enterprise ON verification_list (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX verification_list_state ON verification_list (state, id) WHERE state NOT IN ('posted', 'written_off', 'voided');

CREATE TABLE webhook (
  id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
  version BIGINT NOT NULL,
  owner TEXT COLLATE "C",
  state TEXT COLLATE "C",
  body TEXT COLLATE "C" NOT NULL
);
CREATE INDEX webhook_owner ON webhook (owner, id) WHERE owner IS NOT NULL;
