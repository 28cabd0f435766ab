-- One table for each kind of document: the whole body, and beside it the columns
-- that the kind is searched by. Locks nothing: the tables are new.

CREATE TABLE application (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  number TEXT,
  kind TEXT,
  enterprise TEXT,
  lading TEXT,
  area TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX application_number ON application (number, id) WHERE number IS NOT NULL;
CREATE INDEX application_lading ON application (lading, id) WHERE lading IS NOT NULL;
CREATE INDEX application_state ON application (state, id) WHERE state NOT IN ('closed', 'cancelled', 'refused');

CREATE TABLE assessment (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  declaration TEXT,
  channel TEXT,
  score INTEGER,
  at_us INTEGER,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX assessment_declaration ON assessment (declaration, id) WHERE declaration IS NOT NULL;

CREATE TABLE bank_message (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  bank TEXT,
  direction TEXT,
  kind TEXT,
  waiting TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX bank_message_waiting ON bank_message (waiting, id) WHERE waiting IS NOT NULL;
CREATE INDEX bank_message_state ON bank_message (state, id) WHERE state NOT IN ('taken', 'acknowledged');

CREATE TABLE bank_peer (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE bill_of_lading (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  number TEXT,
  journey TEXT,
  journey_number TEXT,
  manifest TEXT,
  office TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX bill_of_lading_journey_number ON bill_of_lading (journey_number, id) WHERE journey_number IS NOT NULL;
CREATE INDEX bill_of_lading_manifest ON bill_of_lading (manifest, id) WHERE manifest IS NOT NULL;
CREATE INDEX bill_of_lading_state ON bill_of_lading (state, id) WHERE state NOT IN ('split', 'merged', 'delivered', 'written_off');

CREATE TABLE book (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  number TEXT,
  enterprise TEXT,
  kind TEXT,
  area TEXT,
  office TEXT,
  valid_to TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX book_number ON book (number);
CREATE INDEX book_enterprise ON book (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX book_valid_to ON book (valid_to, id) WHERE state NOT IN ('closed');
CREATE INDEX book_state ON book (state, id) WHERE state NOT IN ('closed');

CREATE TABLE case_file (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  mode TEXT,
  area TEXT,
  office TEXT,
  debtor TEXT,
  lading TEXT,
  list TEXT,
  declaration TEXT,
  application TEXT,
  book TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX case_file_lading ON case_file (lading, id) WHERE lading IS NOT NULL;
CREATE INDEX case_file_list ON case_file (list, id) WHERE list IS NOT NULL;
CREATE INDEX case_file_declaration ON case_file (declaration, id) WHERE declaration IS NOT NULL;
CREATE INDEX case_file_application ON case_file (application, id) WHERE application IS NOT NULL;
CREATE INDEX case_file_state ON case_file (state, id) WHERE state NOT IN ('closed', 'undone', 'ended');

CREATE TABLE client (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  client_id TEXT,
  enterprise TEXT,
  thumbprint TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX client_client_id ON client (client_id);
CREATE INDEX client_enterprise ON client (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX client_thumbprint ON client (thumbprint, id) WHERE thumbprint IS NOT NULL;

CREATE TABLE declaration (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  number TEXT,
  pre_entry_number TEXT,
  enterprise TEXT,
  broker TEXT,
  bill TEXT,
  manifest TEXT,
  book TEXT,
  list TEXT,
  kind TEXT,
  procedure TEXT,
  direction TEXT,
  office TEXT,
  channel TEXT,
  accepted INTEGER,
  declared_on TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX declaration_number ON declaration (number);
CREATE INDEX declaration_pre_entry_number ON declaration (pre_entry_number, id) WHERE pre_entry_number IS NOT NULL;
CREATE INDEX declaration_bill ON declaration (bill, id) WHERE bill IS NOT NULL;
CREATE INDEX declaration_manifest ON declaration (manifest, id) WHERE manifest IS NOT NULL;
CREATE INDEX declaration_state ON declaration (state, id) WHERE state NOT IN ('released', 'closed', 'deleted');

CREATE TABLE delivery (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  webhook TEXT,
  entry TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX delivery_state ON delivery (state, id) WHERE state NOT IN ('delivered', 'given-up');

CREATE TABLE draw_key (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  period TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX draw_key_period ON draw_key (period, id) WHERE period IS NOT NULL;

CREATE TABLE enterprise (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  credit_code TEXT,
  customs_code TEXT,
  name TEXT,
  area TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX enterprise_credit_code ON enterprise (credit_code);
CREATE UNIQUE INDEX enterprise_customs_code ON enterprise (customs_code);
CREATE INDEX enterprise_name ON enterprise (name, id) WHERE name IS NOT NULL;
CREATE INDEX enterprise_area ON enterprise (area, id) WHERE area IS NOT NULL;

CREATE TABLE guarantee (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  number TEXT,
  enterprise TEXT,
  valid_to TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX guarantee_number ON guarantee (number);
CREATE INDEX guarantee_enterprise ON guarantee (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX guarantee_valid_to ON guarantee (valid_to, id) WHERE state NOT IN ('refused', 'closed');
CREATE INDEX guarantee_state ON guarantee (state, id) WHERE state NOT IN ('refused', 'closed');

CREATE TABLE import_job (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  owner TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX import_job_owner ON import_job (owner, id) WHERE owner IS NOT NULL;
CREATE INDEX import_job_state ON import_job (state, id) WHERE state NOT IN ('done', 'cancelled');

CREATE TABLE inspection_order (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  number TEXT,
  subject TEXT,
  enterprise TEXT,
  issued_by TEXT,
  area TEXT,
  office TEXT,
  due_on TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX inspection_order_number ON inspection_order (number);
CREATE INDEX inspection_order_subject ON inspection_order (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX inspection_order_enterprise ON inspection_order (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX inspection_order_due_on ON inspection_order (due_on, id) WHERE state NOT IN ('fed_back', 'withdrawn');
CREATE INDEX inspection_order_state ON inspection_order (state, id) WHERE state NOT IN ('fed_back', 'withdrawn');

CREATE TABLE control_instruction (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  number TEXT,
  valid_from TEXT,
  valid_to TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX control_instruction_number ON control_instruction (number, id) WHERE number IS NOT NULL;
CREATE INDEX control_instruction_state ON control_instruction (state, id) WHERE state NOT IN ('ended', 'withdrawn');

CREATE TABLE label (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  subject TEXT,
  outcome TEXT,
  at_us INTEGER,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX label_subject ON label (subject, id) WHERE subject IS NOT NULL;

CREATE TABLE sign_in_link (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  user_id TEXT,
  expires INTEGER,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX sign_in_link_user_id ON sign_in_link (user_id, id) WHERE user_id IS NOT NULL;

CREATE TABLE manifest (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  number TEXT,
  number_journey TEXT,
  journey TEXT,
  carrier TEXT,
  office TEXT,
  received INTEGER,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX manifest_number ON manifest (number, id) WHERE number IS NOT NULL;
CREATE INDEX manifest_number_journey ON manifest (number_journey, id) WHERE number_journey IS NOT NULL;
CREATE INDEX manifest_journey ON manifest (journey, id) WHERE journey IS NOT NULL;
CREATE INDEX manifest_carrier ON manifest (carrier, id) WHERE carrier IS NOT NULL;
CREATE INDEX manifest_state ON manifest (state, id) WHERE state NOT IN ('written_off', 'cancelled');

CREATE TABLE message (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  format TEXT,
  sender TEXT,
  reference TEXT,
  received INTEGER,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX message_state ON message (state, id) WHERE state NOT IN ('taken', 'refused');

CREATE TABLE mode_version (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  mode TEXT,
  valid_from TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX mode_version_mode ON mode_version (mode, id) WHERE mode IS NOT NULL;

CREATE TABLE obligation (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  debtor TEXT,
  overdue TEXT,
  kind TEXT,
  mode TEXT,
  opened_by TEXT,
  guarantee TEXT,
  area TEXT,
  office TEXT,
  due_on TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX obligation_overdue ON obligation (overdue, id) WHERE overdue IS NOT NULL;
CREATE INDEX obligation_opened_by ON obligation (opened_by, id) WHERE opened_by IS NOT NULL;
CREATE INDEX obligation_due_on ON obligation (due_on, id) WHERE state NOT IN ('discharged', 'carried', 'lifted');

CREATE TABLE officer (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  number TEXT,
  user_id TEXT,
  office TEXT,
  area TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX officer_number ON officer (number);
CREATE INDEX officer_user_id ON officer (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX officer_office ON officer (office, id) WHERE office IS NOT NULL;

CREATE TABLE parameter (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  name TEXT,
  valid_from TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX parameter_name ON parameter (name, id) WHERE name IS NOT NULL;

CREATE TABLE passage (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  lane TEXT,
  gate TEXT,
  area TEXT,
  plate TEXT,
  container TEXT,
  outcome TEXT,
  at_us INTEGER,
  barrier TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX passage_lane ON passage (lane, id) WHERE lane IS NOT NULL;

CREATE TABLE payment (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  tax_bill TEXT,
  bank_day TEXT,
  bank_reference TEXT,
  enterprise TEXT,
  office TEXT,
  result TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX payment_bank_day ON payment (bank_day, id) WHERE bank_day IS NOT NULL;
CREATE INDEX payment_state ON payment (state, id) WHERE state NOT IN ('booked', 'cleared');

CREATE TABLE proposal (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  matter TEXT,
  subject TEXT,
  first TEXT,
  second TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX proposal_matter ON proposal (matter, id) WHERE matter IS NOT NULL;
CREATE INDEX proposal_subject ON proposal (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX proposal_first ON proposal (first, id) WHERE first IS NOT NULL;
CREATE INDEX proposal_second ON proposal (second, id) WHERE second IS NOT NULL;
CREATE INDEX proposal_state ON proposal (state, id) WHERE state NOT IN ('confirmed', 'refused', 'withdrawn');

CREATE TABLE reconciliation (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  bank TEXT,
  day TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX reconciliation_state ON reconciliation (state, id) WHERE state NOT IN ('agreed');

CREATE TABLE reference_set (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  value TEXT,
  body TEXT NOT NULL
) STRICT;

CREATE TABLE refund (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  tax_bill TEXT,
  bank_day TEXT,
  enterprise TEXT,
  office TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX refund_tax_bill ON refund (tax_bill, id) WHERE tax_bill IS NOT NULL;
CREATE INDEX refund_bank_day ON refund (bank_day, id) WHERE bank_day IS NOT NULL;
CREATE INDEX refund_state ON refund (state, id) WHERE state NOT IN ('paid', 'refused');

CREATE TABLE release_note (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  number TEXT,
  enterprise TEXT,
  book TEXT,
  plate TEXT,
  e_plate TEXT,
  box TEXT,
  box2 TEXT,
  area TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX release_note_number ON release_note (number);
CREATE INDEX release_note_plate ON release_note (plate, id) WHERE state NOT IN ('passed', 'passed_gate_2', 'deleted', 'void');
CREATE INDEX release_note_e_plate ON release_note (e_plate, id) WHERE state NOT IN ('passed', 'passed_gate_2', 'deleted', 'void');
CREATE INDEX release_note_box ON release_note (box, id) WHERE state NOT IN ('passed', 'passed_gate_2', 'deleted', 'void');
CREATE INDEX release_note_box2 ON release_note (box2, id) WHERE state NOT IN ('passed', 'passed_gate_2', 'deleted', 'void');
CREATE INDEX release_note_state ON release_note (state, id) WHERE state NOT IN ('passed', 'passed_gate_2', 'deleted', 'void');

CREATE TABLE risk_table (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  name TEXT,
  valid_from TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX risk_table_name ON risk_table (name, id) WHERE name IS NOT NULL;

CREATE TABLE session (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  token_hash TEXT,
  user_id TEXT,
  expires INTEGER,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX session_token_hash ON session (token_hash);
CREATE INDEX session_user_id ON session (user_id, id) WHERE user_id IS NOT NULL;
CREATE INDEX session_expires ON session (expires, id) WHERE expires IS NOT NULL;

CREATE TABLE statement (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  number TEXT,
  enterprise TEXT,
  office TEXT,
  month TEXT,
  due_on TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX statement_number ON statement (number);
CREATE INDEX statement_enterprise ON statement (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX statement_due_on ON statement (due_on, id) WHERE state NOT IN ('paid', 'collected');
CREATE INDEX statement_state ON statement (state, id) WHERE state NOT IN ('paid', 'collected');

CREATE TABLE tax_bill (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  number TEXT,
  declaration TEXT,
  supplements TEXT,
  enterprise TEXT,
  office TEXT,
  statement TEXT,
  consolidated TEXT,
  due_on TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX tax_bill_number ON tax_bill (number);
CREATE INDEX tax_bill_declaration ON tax_bill (declaration, id) WHERE declaration IS NOT NULL;
CREATE INDEX tax_bill_supplements ON tax_bill (supplements, id) WHERE supplements IS NOT NULL;
CREATE INDEX tax_bill_consolidated ON tax_bill (consolidated, id) WHERE consolidated IS NOT NULL;
CREATE INDEX tax_bill_due_on ON tax_bill (due_on, id) WHERE state NOT IN ('paid', 'collected', 'supplemented', 'refunded', 'withdrawn');
CREATE INDEX tax_bill_state ON tax_bill (state, id) WHERE state NOT IN ('paid', 'collected', 'supplemented', 'refunded', 'withdrawn');

CREATE TABLE tax_difference (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  declaration TEXT,
  enterprise TEXT,
  office TEXT,
  band TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX tax_difference_declaration ON tax_difference (declaration, id) WHERE declaration IS NOT NULL;
CREATE INDEX tax_difference_state ON tax_difference (state, id) WHERE state NOT IN ('settled');

CREATE TABLE user_account (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  name TEXT,
  enterprise TEXT,
  officer TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX user_account_name ON user_account (name);
CREATE INDEX user_account_enterprise ON user_account (enterprise, id) WHERE enterprise IS NOT NULL;
CREATE INDEX user_account_officer ON user_account (officer, id) WHERE officer IS NOT NULL;

CREATE TABLE verification_list (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  number TEXT,
  book TEXT,
  bill TEXT,
  enterprise TEXT,
  direction TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX verification_list_number ON verification_list (number);
CREATE INDEX verification_list_bill ON verification_list (bill, id) WHERE bill IS NOT NULL;
CREATE INDEX verification_list_state ON verification_list (state, id) WHERE state NOT IN ('posted', 'written_off', 'voided');

CREATE TABLE webhook (
  id TEXT NOT NULL PRIMARY KEY,
  version INTEGER NOT NULL,
  owner TEXT,
  state TEXT,
  body TEXT NOT NULL
) STRICT;
CREATE INDEX webhook_owner ON webhook (owner, id) WHERE owner IS NOT NULL;
