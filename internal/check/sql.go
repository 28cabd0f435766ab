package check

// Everything that the check knows of the tables stands in this file: it reads
// what the migrations of the store made, with its own words.

// schema is the migration that the statements below are written for.
const schema = 6

const (
	entryTop   = "SELECT coalesce(max(position), 0), coalesce(max(at_us), 0) FROM entry"
	entryCount = "SELECT count(*) FROM entry"
	entryAll   = entryFields + " FROM entry WHERE position > $1 AND position <= $2 ORDER BY position"
	entryLate  = entryFields + " FROM entry WHERE position IS NULL ORDER BY id"

	entryFields = `SELECT coalesce(position, 0), id, at_us, effective_on, actor, actor_kind, type, subject, coalesce(enterprise, ''),
	coalesce(area, ''), coalesce(office, ''), coalesce(rule, ''), coalesce(law, ''), coalesce(reason, ''), coalesce(cause, ''), body, salt, commitment, coalesce(moved, ''), moved_hash`

	checkpointAll  = "SELECT size, root, note FROM checkpoint ORDER BY size"
	nodeAll        = "SELECT level, position, hash FROM merkle_node ORDER BY level, position"
	refDone        = "SELECT coalesce((SELECT position FROM progress WHERE name = 'entry_ref'), 0)"
	refAll         = "SELECT block, kind, ref, first, positions FROM entry_ref"
	replyPage      = "SELECT seq, key, content, coalesce(reply, ''), entries, recorded_us FROM reply WHERE seq > $1 ORDER BY seq LIMIT 5000"
	replyPageByKey = "SELECT seq, key, content, coalesce(reply, ''), entries, recorded_us FROM reply WHERE key > $1 ORDER BY key LIMIT 5000"
	orderAll       = "SELECT seq, id, channel, target, body, created_us, state, attempts FROM outbox ORDER BY seq"

	balanceCount = "SELECT count(*) FROM balance"
	movementAll  = `SELECT m.id, kind, from_key, to_key, quantity, value, coalesce(pending, ''), m.effective_on, recorded_us, m.cause, coalesce(turn, ''),
	coalesce(prev_from, ''), coalesce(prev_to, ''), after_from, after_to, layered, coalesce(m.entry, ''), coalesce(e.moved, ''), e.moved_hash
	FROM movement m LEFT JOIN entry e ON e.id = m.entry ORDER BY m.id`
	// An entry that quotes movements none of which is there.
	quotedAbsent = "SELECT id, moved FROM entry WHERE moved IS NOT NULL AND id NOT IN (SELECT entry FROM movement WHERE entry IS NOT NULL) ORDER BY id LIMIT 1000"
	balanceAll   = "SELECT key, quantity, value, incoming, outgoing, coalesce(layers, ''), last, count, span_from, span_to FROM balance ORDER BY key"
	pendingAll   = "SELECT id, from_key, to_key, reserved, open, value, cause FROM pending ORDER BY id"
	markAll      = "SELECT key, count, movement, recorded_us, quantity, value, span_from, span_to FROM balance_mark"
	moneyAll     = "SELECT key, quantity FROM balance WHERE key >= 'money|' AND key < 'money}'"
	ladingAll    = "SELECT key, quantity FROM balance WHERE key >= 'legal|office/' AND key < 'legal|office0'"

	// One account's past, followed from its last movement.
	lastOf = "SELECT last FROM balance WHERE key = $1"
	stepOf = "SELECT kind, from_key, quantity, effective_on, coalesce(prev_from, ''), coalesce(prev_to, '') FROM movement WHERE id = $1"

	seriesAll = "SELECT name, last FROM series ORDER BY name"

	declarationPage = "FROM declaration WHERE id > $1 ORDER BY id LIMIT $2"
	// Rows that belong to the declarations of a page: by the range of their ids.
	assessmentOf  = "FROM assessment WHERE id > $1 AND id < $2 ORDER BY id"
	taxBillOf     = "FROM tax_bill WHERE declaration >= $1 AND declaration <= $2 ORDER BY declaration, id"
	inspectionOf  = "FROM inspection_order WHERE subject >= $1 AND subject <= $2 ORDER BY subject, id"
	caseOf        = "FROM case_file WHERE declaration >= $1 AND declaration <= $2 ORDER BY declaration, id"
	assessmentOff = "SELECT a.id FROM assessment a LEFT JOIN declaration d ON d.id = a.declaration WHERE d.id IS NULL ORDER BY a.id LIMIT 1000"
	taxBillOff    = "SELECT b.id FROM tax_bill b LEFT JOIN declaration d ON d.id = b.declaration WHERE d.id IS NULL " +
		"AND NOT EXISTS (SELECT 1 FROM write_off w WHERE 'T' || w.number = b.number) " +
		"AND NOT EXISTS (SELECT 1 FROM residue r WHERE 'T-' || r.id = b.number AND r.state = 'sold') ORDER BY b.id LIMIT 1000"

	// Residues that were sold into the country, with their books and their bills.
	soldAll = "SELECT r.id, r.body, coalesce(k.body, ''), coalesce(b.id, ''), coalesce(b.body, '') FROM residue r " +
		"LEFT JOIN book k ON k.number = r.book LEFT JOIN tax_bill b ON b.number = 'T-' || r.id WHERE r.state = 'sold' ORDER BY r.id"

	// The book of a write-off, and the bill of what was missing at it.
	shortageOf = "SELECT coalesce(k.body, ''), coalesce(b.id, ''), coalesce(b.body, '') FROM write_off w " +
		"LEFT JOIN book k ON k.number = w.book LEFT JOIN tax_bill b ON b.number = 'T' || w.number WHERE w.id = $1"
	writeOffRules = "SELECT id, body FROM parameter WHERE name = 'writeoff/writeOff' ORDER BY id"

	manifestsOf = "SELECT id, coalesce(manifest, '') FROM bill_of_lading"

	ratesBody = "SELECT body FROM parameter WHERE id = 'exchange-rates'"
	// Changes of the tariff and of the rules of tax.
	changesAll = "SELECT id, body FROM parameter WHERE name = 'tariff-change' OR name LIKE 'duty/%' ORDER BY id"
	packBody   = "SELECT body FROM parameter WHERE id = $1"

	calendarAll = "SELECT id, body FROM parameter WHERE name = 'house/calendar' ORDER BY id"

	schemesAll    = "SELECT id, body FROM parameter WHERE name = 'credit/schemes' ORDER BY id"
	inspectionAll = "SELECT id, body FROM parameter WHERE name = 'inspection/rules' ORDER BY id"
	gradesAll     = "SELECT id, body FROM enterprise ORDER BY id"

	keysAll   = "SELECT id, body FROM draw_key ORDER BY id"
	tablesAll = "SELECT id, body FROM risk_table ORDER BY id"
	modesAll  = "SELECT id, body FROM mode_version ORDER BY id"
)

// form is how a searched column is kept.
type form uint8

const (
	asText form = iota
	asNumber
	asInstant
)

// column is a searched column and the places in the body that it is read from:
// the first that gives something counts; joined ones stand with a bar between.
type column struct {
	name string
	form form
	at   [][]int // joined parts, each with its alternatives: numbers of places
	only string  // state in which alone the column is filled
}

// drawer is one table of documents.
type drawer struct {
	table   string
	kind    string
	told    bool // each of its documents stands in the journal
	columns []column

	way            *way // to the places that the columns are read from
	count          int  // of places
	state, version int  // numbers of these places
}

// drawers are the tables of documents. A column is written name, name=place, or
// name=place,other; # marks a number, @ an instant, | joins, ? a state.
var drawers = []drawer{
	newDrawer("declaration", "declaration", true, "number pre_entry_number enterprise=consignee/creditCode,consignee/customsCode,enterprise "+
		"broker=declarant/creditCode,declarant/customsCode bill=billOfLading manifest book=bookNumber list=listNumber kind procedure direction "+
		"office=competentOffice channel @accepted=times/accepted declared_on=declaredOn state"),
	newDrawer("assessment", "assessment", false, "declaration channel=verdict/channel #score=verdict/score @at_us=at"),
	newDrawer("case_file", "case", false, "mode area office debtor lading list declaration application book state"),
	newDrawer("late_step", "late_step", true, "case_id=case declaration mode step enterprise area office state"),
	newDrawer("application", "application", true, "number kind enterprise lading area state"),
	newDrawer("inspection_order", "inspection_order", true, "number subject enterprise issued_by=issuedBy area office due_on=dueOn state"),
	newDrawer("label", "label", false, "subject outcome @at_us=at"),
	newDrawer("tax_bill", "tax_bill", true, "number declaration supplements enterprise office statement consolidated=enterprise?consolidated due_on=due state"),
	newDrawer("payment", "payment", true, "tax_bill=taxBill bank_day=bankDay bank_reference=bankReference enterprise office result state"),
	newDrawer("refund", "refund", true, "tax_bill=taxBill bank_day=bankDay enterprise office state"),
	newDrawer("statement", "statement", true, "number enterprise office month due_on=due state"),
	newDrawer("tax_difference", "tax_difference", true, "declaration enterprise office band state"),
	newDrawer("bank_peer", "bank_peer", false, ""),
	newDrawer("bank_message", "bank_message", false, "bank direction kind waiting=bank?waiting state"),
	newDrawer("reconciliation", "reconciliation", true, "bank day state"),
	newDrawer("manifest", "manifest", true, "number number_journey=number|journey journey carrier office @received state"),
	newDrawer("bill_of_lading", "bill_of_lading", false, "number journey journey_number=journey|number manifest office state=content/state"),
	newDrawer("message", "message", true, "format sender reference @received state"),
	newDrawer("book", "book", true, "number enterprise=operator/creditCode,operator/code kind area office=competentOffice valid_to=validTo state"),
	newDrawer("verification_list", "verification_list", true, "number book bill enterprise=operator/creditCode,operator/code direction state"),
	newDrawer("write_off", "write_off", true, "number book enterprise area office due_on=due state"),
	newDrawer("residue", "residue", true, "book enterprise area office class state"),
	newDrawer("guarantee", "guarantee", true, "number enterprise valid_to=validTo state"),
	newDrawer("obligation", "obligation", true, "debtor overdue=debtor?overdue kind mode opened_by=openedBy guarantee=hold/guarantee area office due_on=due state"),
	newDrawer("release_note", "release_note", true, "number enterprise book plate e_plate=ePlate box box2 area state"),
	newDrawer("passage", "passage", true, "lane=readings/lane gate=readings/gate area=readings/area plate=readings/cameraPlate,readings/ePlatePlate "+
		"container=readings/containerFront outcome=verdict/outcome @at_us=readings/at barrier=barrier/state"),
	newDrawer("enterprise", "enterprise", true, "credit_code=creditCode customs_code=customsCode name area state"),
	newDrawer("officer", "officer", true, "number user_id=user office area state"),
	newDrawer("user_account", "user", true, "name enterprise officer state"),
	newDrawer("client", "client", true, "client_id=clientId enterprise thumbprint state"),
	newDrawer("proposal", "proposal", true, "matter=matter,proposal/matter subject=subject,proposal/subject first=first,proposal/first second state=state,proposal/state"),
	newDrawer("risk_table", "risk_table", true, "name valid_from=validFrom state"),
	newDrawer("control_instruction", "instruction", true, "number valid_from=validFrom valid_to=validTo state"),
	newDrawer("mode_version", "mode_version", true, "mode valid_from=validFrom state"),
	newDrawer("draw_key", "draw_key", true, "period"),
	newDrawer("feed", "feed", true, "enterprise area office state"),
	newDrawer("feed_message", "feed_message", true, "book message_key=book|key state"),
	newDrawer("feed_part", "feed_part", false, "book #line"),
	newDrawer("feed_table", "feed_table", false, "book enterprise day state"),
	newDrawer("work_order", "work_order", false, "book number state"),
	newDrawer("draft", "draft", false, "owner state"),
	newDrawer("parameter", "parameter", false, "name valid_from=validFrom"),
}
