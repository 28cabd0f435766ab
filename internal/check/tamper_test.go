package check_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/mod/sumdb/note"

	"seine/internal/check"
	"seine/internal/clock"
	"seine/internal/journal"
)

// tamper is one way to change records past the program, and what the check must
// say to it: the first code is what is meant, the others follow from it.
type tamper struct {
	what string
	want []check.Code
	by   func(*hand)
}

// does makes a tamper out of one statement.
func does(query string) func(*hand) { return func(h *hand) { h.do(query) } }

const (
	one    = " = (SELECT min(id) FROM "
	onHand = "key LIKE 'legal|%|book/%|on-hand|%' AND quantity > 100000"
	postOf = "UPDATE movement SET %s WHERE id = (SELECT min(id) FROM movement WHERE kind = 'post' AND from_key LIKE 'physical|%%')"
	// the content of the schedule that was agreed on: others are packed
	agreedPack = "name = 'tariff-pack' AND body LIKE '%\"content\":\"c2Vp%'"
	heldKey    = "(SELECT min(key) FROM balance WHERE key LIKE 'money|%%|guarantee/%%|held|%%' AND quantity > 0)"
)

func post(set string) func(*hand) { return does(fmt.Sprintf(postOf, set)) }

// tampers has at least one for every code.
var tampers = []tamper{
	{"a message of a feed taken out", []check.Code{check.FeedSequence}, does("DELETE FROM feed_message WHERE id" + one + "feed_message)")},
	{
		"a message of a feed that put goods elsewhere",
		[]check.Code{check.FeedShadow},
		does(`UPDATE feed_message SET body = replace(body, '"to":"on-hand"', '"to":"in-transit"') WHERE id` + one + `feed_message WHERE body LIKE '%"to":"on-hand"%')`),
	},
	{"a difference table that has more of the system", []check.Code{check.FeedTable}, does(`UPDATE feed_table SET body = replace(body, '"system":"', '"system":"1') WHERE id = (SELECT max(id) FROM feed_table)`)},
	{
		"a silent feed that tells nobody",
		[]check.Code{check.FeedAlarm},
		does(`UPDATE feed SET state = 'degraded', body = replace(body, '"state":"test_feed"', '"state":"degraded"') WHERE state = 'test_feed'`),
	},
	{"a difference that was explained by nobody", []check.Code{check.FeedAlarm}, does(`UPDATE feed_table SET body = replace(body, '"items":', '"itemz":') WHERE id = (SELECT max(id) FROM feed_table)`)},
	{
		"a movement between accounts of two items",
		[]check.Code{check.LedgerAccount, check.LedgerAbsent},
		does(`UPDATE movement SET to_key = replace(to_key, 'book/', 'bock/') WHERE id = (SELECT min(id) FROM movement WHERE kind = 'post' AND from_key LIKE 'physical|%' AND to_key LIKE '%book/%')`),
	},
	{"a movement of less than nothing", []check.Code{check.LedgerQuantity, check.LedgerAfter, check.LedgerBelow, check.LedgerBalance}, post("quantity = -quantity")},
	{
		"a movement that follows nothing",
		[]check.Code{check.LedgerChain},
		does("UPDATE movement SET prev_from = NULL WHERE id = (SELECT max(id) FROM movement WHERE prev_from IS NOT NULL)"),
	},
	{"the only movement of two accounts taken out", []check.Code{check.LedgerAbsent}, does("DELETE FROM movement WHERE id = (SELECT min(id) FROM movement WHERE kind = 'post' AND from_key LIKE 'physical|%')")},
	{"another quantity afterwards", []check.Code{check.LedgerAfter}, post("after_to = after_to + 1")},
	{"goods go out that never came in", []check.Code{check.LedgerBelow, check.LedgerBalance}, post("from_key = to_key, to_key = from_key, after_from = -quantity, after_to = quantity")},
	{"a balance that counts another number of movements", []check.Code{check.LedgerBalance}, does("UPDATE balance SET count = count + 1 WHERE key = (SELECT min(key) FROM balance)")},
	{
		"a balance of nothing that no movement made",
		[]check.Code{check.LedgerAbsent},
		does("INSERT INTO balance (key, quantity, value, incoming, outgoing, last, count, span_from, span_to) VALUES ('legal|e|book/x/1||abroad|bonded', 0, 0, 0, 0, '', 0, 0, 0)"),
	},
	{"a balance taken out", []check.Code{check.LedgerAbsent, check.LedgerSum}, does("DELETE FROM balance WHERE key = (SELECT min(key) FROM balance WHERE key LIKE '%|home-market|%' AND quantity > 0)")},
	{"less is pending than was reserved", []check.Code{check.LedgerPending}, does("UPDATE pending SET open = open - 1 WHERE id" + one + "pending)")},
	{"a reservation taken out", []check.Code{check.LedgerPending}, does("DELETE FROM pending WHERE id" + one + "pending)")},
	{"what was never reserved is posted", []check.Code{check.LedgerSettle, check.LedgerPending, check.LedgerBalance}, does("UPDATE movement SET pending = 'nothing' WHERE id = (SELECT min(id) FROM movement WHERE kind = 'settle')")},
	{"goods appear in a balance", []check.Code{check.LedgerSum, check.LedgerBalance}, does("UPDATE balance SET quantity = quantity + 100000 WHERE key = (SELECT min(key) FROM balance WHERE " + onHand + ")")},
	{"a turn that neither uses nor makes", []check.Code{check.LedgerTurn}, post("turn = 'turn'")},
	{
		"goods that take more than their share of the value",
		[]check.Code{check.LedgerValue, check.LedgerBalance},
		does("UPDATE movement SET value = value + 1 WHERE id = (SELECT min(id) FROM movement WHERE kind = 'settle' AND from_key LIKE '%|on-hand|%')"),
	},
	{"arrival layers that hold less", []check.Code{check.LedgerLayer}, does(`UPDATE balance SET layers = '[{"cause":"c","on":"2026-11-23","quantity":"1"}]' WHERE key = (SELECT min(key) FROM balance WHERE ` + onHand + ")")},
	{"arrival layers that are none", []check.Code{check.LedgerLayer}, does("UPDATE balance SET layers = 'none' WHERE key = (SELECT min(key) FROM balance)")},
	{"another first day of an account", []check.Code{check.LedgerMark}, does("UPDATE balance SET span_from = span_from - 1 WHERE key = (SELECT min(key) FROM balance)")},
	{
		"a mark of an account that has none",
		[]check.Code{check.LedgerMark},
		does("INSERT INTO balance_mark (key, count, movement, recorded_us, quantity, value, span_from, span_to) SELECT key, 256, last, 1, 1, 1, 1, 1 FROM balance WHERE key = (SELECT min(key) FROM balance)"),
	},
	{
		"a movement recorded before its predecessor",
		[]check.Code{check.LedgerTime},
		does("UPDATE movement SET recorded_us = recorded_us - 2592000000000 WHERE id = (SELECT max(id) FROM movement WHERE prev_from IS NOT NULL)"),
	},
	{"a movement that counts for next week", []check.Code{check.LedgerTime, check.LedgerMark}, post("effective_on = effective_on + 7")},
	{"a movement of which no entry tells", []check.Code{check.LedgerCause}, does("UPDATE movement SET cause = 'nobody' WHERE id = (SELECT min(id) FROM movement WHERE from_key LIKE 'physical|%')")},

	{"a movement given the cause of another", []check.Code{check.LedgerQuote}, does(`UPDATE movement SET cause = (SELECT max(cause) FROM movement WHERE from_key LIKE 'money|%')
		WHERE id = (SELECT min(id) FROM movement WHERE from_key LIKE 'physical|%')`)},
	{"a movement that no longer names its entry", []check.Code{check.LedgerQuote}, does("UPDATE movement SET entry = NULL WHERE id = (SELECT min(id) FROM movement)")},
	{"a movement that names an entry without a quote", []check.Code{check.LedgerQuote}, does(`UPDATE movement SET entry = (SELECT min(id) FROM entry WHERE moved IS NULL)
		WHERE id = (SELECT min(id) FROM movement)`)},

	{
		"a late mark of a case that is not there",
		[]check.Code{check.LateMark, check.JournalDocument},
		does(`INSERT INTO late_step (id, version, case_id, mode, step, state, body) VALUES ('late', 1, 'none', 'm', 's', 'open',
			'{"id":"late","case":"none","mode":"m","step":"s","state":"open","limit":"2026-01-01T00:00:00.000000+08:00","noticed":"2026-01-02T00:00:00.000000+08:00"}')`),
	},
	{
		"a limit that passed and that nobody was told of",
		[]check.Code{check.LateMissing, check.JournalDocument},
		does(`INSERT INTO late_step (id, version, case_id, mode, step, state, body) VALUES ('late', 1, 'none', 'm', 's', 'ended', '{"id":"late","case":"none","mode":"m","step":"s","state":"ended",
			"limit":"2026-01-01T00:00:00.000000+08:00","noticed":"2199-01-02T00:00:00.000000+08:00","ended":"2199-01-03T00:00:00.000000+08:00"}')`),
	},
	{"one side of a transfer posted alone", []check.Code{check.PairOpen}, func(h *hand) {
		h.edit("verification_list", "state = 'posted'", func(d document) bool {
			alone := d["policy"] != "with_partner"
			d["policy"], d["relatedList"], d["relatedBook"] = "with_partner", "nobody", "nowhere"
			return alone
		})
	}},
	{"two sides of a transfer that moved different quantities", []check.Code{check.PairDiffers}, pairUnequal},
	{
		"a past day below nothing after a correction",
		[]check.Code{check.PastBelow, check.JournalHash, check.LedgerMark, check.LedgerTime, check.LedgerQuote},
		correctedBelow,
	},

	{"a gap in the positions", []check.Code{check.JournalPosition, check.JournalIndex}, does("UPDATE entry SET position = position + 1 WHERE position = (SELECT max(position) FROM entry)")},
	{"an unsealed entry taken out", []check.Code{check.JournalDocument, check.JournalReply, check.JournalIndex}, func(h *hand) {
		h.do("DELETE FROM entry WHERE position = (SELECT max(position) FROM entry)")
	}},
	{"another reason in an entry", []check.Code{check.JournalHash}, does("UPDATE entry SET reason = 'because' WHERE position = 40")},
	{"another number in the body of an entry", []check.Code{check.JournalHash, check.DebtJournal}, func(h *hand) {
		h.do("UPDATE entry SET body = replace(body, '\"open\":\"', '\"open\":\"1') WHERE position = (SELECT min(position) FROM entry WHERE type = 'obligation.opened')")
	}},
	{"a salt of one byte", []check.Code{check.JournalForm}, func(h *hand) { h.do("UPDATE entry SET salt = $1 WHERE position = 40", []byte{1}) }},
	{"a body that is no JSON", []check.Code{check.JournalForm}, does("UPDATE entry SET body = '{' WHERE position = 40")},
	{"subjects that are no JSON", []check.Code{check.JournalForm, check.JournalDocument, check.JournalIndex}, does("UPDATE entry SET subject = 'nobody' WHERE position = (SELECT max(position) FROM entry)")},
	{"an entry rewritten with its commitment", []check.Code{check.JournalRoot, check.JournalNode}, rewrite},
	{"a signed text that says another size", []check.Code{check.JournalNote}, func(h *hand) {
		size := h.text("SELECT max(size) FROM checkpoint")
		h.do("UPDATE checkpoint SET note = replace(note, $1, $2) WHERE size = (SELECT max(size) FROM checkpoint)", "\n"+size+"\n", "\n7\n")
	}},
	{"a root that is no hash", []check.Code{check.JournalNote, check.JournalRoot}, func(h *hand) {
		h.do("UPDATE checkpoint SET root = $1 WHERE size = (SELECT max(size) FROM checkpoint)", []byte("root"))
	}},
	{"a checkpoint signed by a forger", []check.Code{check.JournalSignature}, forge},
	{"a node of the tree that is no hash of its children", []check.Code{check.JournalNode}, func(h *hand) {
		h.do("UPDATE merkle_node SET hash = $1 WHERE level = 2 AND position = 0", bytes.Repeat([]byte{7}, 32))
	}},
	{"a node of the tree taken out", []check.Code{check.JournalNode}, does("DELETE FROM merkle_node WHERE level = 1 AND position = 3")},
	{"a node that the tree has not", []check.Code{check.JournalNode}, func(h *hand) {
		h.do("INSERT INTO merkle_node (level, position, hash) VALUES (40, 0, $1)", bytes.Repeat([]byte{7}, 32))
	}},
	{"a document written past the stories", []check.Code{check.JournalDocument}, does("INSERT INTO message (id, version, body) VALUES ('nobody', 1, '{}')")},
	{"a reply that names no entry", []check.Code{check.JournalReply}, does("UPDATE reply SET entries = 'nobody' WHERE seq = (SELECT min(seq) FROM reply)")},
	{"a reply that is no JSON", []check.Code{check.JournalReply}, does("UPDATE reply SET reply = '{' WHERE seq = (SELECT min(seq) FROM reply)")},
	{"an order that is no JSON", []check.Code{check.JournalOrder}, does("UPDATE outbox SET body = '{' WHERE seq = (SELECT min(seq) FROM outbox)")},
	{
		"an order about a passage of which nobody knows",
		[]check.Code{check.JournalOrder},
		does(`UPDATE outbox SET body = '{"passage":"nobody"}' WHERE seq = (SELECT min(seq) FROM outbox)`),
	},
	{"a life line that misses an entry", []check.Code{check.JournalIndex}, does("DELETE FROM entry_ref WHERE first = (SELECT max(first) FROM entry_ref WHERE kind = 'declaration') AND kind = 'declaration'")},
	{"a life line that leads nowhere", []check.Code{check.JournalIndex}, does("INSERT INTO entry_ref (block, kind, ref, first, positions) VALUES (9, 'book', 'b', 40, '40')")},
	{"a life line out of order", []check.Code{check.JournalIndex}, does("INSERT INTO entry_ref (block, kind, ref, first, positions) VALUES (0, 'book', 'b', 3, '3 2')")},

	{"a step of a working", []check.Code{check.DutyWorking}, func(h *hand) {
		h.put("assessment", "id"+one+"assessment)", "1.00", "working", "steps", 1, "result")
	}},
	{"a price in a declaration that was assessed", []check.Code{check.DutyTotal}, func(h *hand) {
		h.put("declaration", "id = (SELECT min(id) FROM declaration WHERE state = 'released')", "7.00", "lines", 0, "total")
	}},
	{"the highest tax of an assessment", []check.Code{check.DutyFigures}, func(h *hand) {
		h.put("assessment", "id"+one+"assessment)", "1.00", "highest")
	}},
	{"the total of an assessment", []check.Code{check.DutyFigures, check.DutyBill}, func(h *hand) {
		h.edit("assessment", "1 = 1", func(d document) bool { return d.had("total", "0.00", "1.00") })
	}},
	{"a tax of a bill", []check.Code{check.DutyBill}, func(h *hand) {
		h.put("tax_bill", "id"+one+"tax_bill)", "luck", "lines", 0, "tax")
	}},
	{"a tax bill taken out", []check.Code{check.DutyBill, check.DebtTax, check.MoneyPayment, check.StateTax}, func(h *hand) {
		h.do("DELETE FROM tax_bill WHERE id = (SELECT min(id) FROM tax_bill WHERE state = 'paid')")
	}},
	{"another exchange rate than was used", []check.Code{check.DutyRate}, func(h *hand) {
		h.edit("parameter", "id = 'exchange-rates'", func(d document) bool {
			list, _ := d.at("rates").([]any)
			for i := range list {
				if d.at("rates", i, "from") == "2026-11-01" {
					d.set("9.99", "rates", i, "rate")
				}
			}
			return len(list) > 0
		})
	}},
	{"a choice of levy that nobody made", []check.Code{check.DutyLevy}, func(h *hand) {
		h.edit("declaration", "state = 'released'", func(d document) bool {
			if d.at("direction") != "import" {
				return false
			}
			material := map[string]any{"line": 1, "commodity": d.at("lines", 0, "commodity"), "quantity": "1", "unit": "KGM", "value": "1.00", "from": "2026-11-01"}
			d["levy"] = map[string]any{"on": "goods", "materials": []any{material}}
			return true
		})
	}},
	{"a list that asks for another levy than its bill has", []check.Code{check.DutyLevy}, func(h *hand) {
		h.edit("verification_list", "state = 'posted'", func(d document) bool {
			d["levyOn"] = "materials"
			return d["declaration"] != nil
		})
	}},
	{"another duty of a residue that was sold", []check.Code{check.DutyResidue, check.DutyBill}, func(h *hand) {
		h.put("residue", "state = 'sold' AND class = 'remainder'", "1.00", "sale", "on", 0, "figures", 0, "amount")
	}},
	{"another price of a remainder than was taxed", []check.Code{check.DutyResidue}, func(h *hand) {
		h.put("residue", "state = 'sold' AND class = 'remainder'", "99999.00", "sale", "value")
	}},
	{"a residue sold at another origin", []check.Code{check.DutyResidue}, func(h *hand) {
		h.put("residue", "state = 'sold' AND class = 'remainder'", "", "sale", "on", 0, "origin")
	}},
	{"less material in a defective product", []check.Code{check.DutyResidue}, func(h *hand) {
		h.put("residue", "state = 'sold' AND class = 'defective'", "1", "sale", "on", 0, "quantity")
	}},
	{"fewer days of interest", []check.Code{check.DutyResidue}, func(h *hand) {
		h.put("residue", "state = 'sold' AND class = 'remainder'", 0, "sale", "interestDays")
	}},
	{"another duty of what was missing", []check.Code{check.DutyShortage, check.DutyBill}, func(h *hand) {
		h.put("write_off", "state = 'adjusted'", "1.23", "taxes", 0, "figures", 0, "amount")
	}},
	{"less missing than was counted", []check.Code{check.DutyShortage}, func(h *hand) {
		h.put("write_off", "state = 'adjusted'", "1000", "taxes", 0, "quantity")
	}},
	{"what was missing was worth less", []check.Code{check.DutyShortage}, func(h *hand) {
		h.put("write_off", "state = 'adjusted'", "1.00", "taxes", 0, "value")
	}},
	{"a shortage beyond tolerance that was tolerated", []check.Code{check.DutyShortage, check.DutyBill}, func(h *hand) {
		h.edit("write_off", "state = 'adjusted'", func(d document) bool {
			settled, _ := d.at("report", "items", 0, "settled").(map[string]any)
			if settled["taxed"] == nil {
				return false
			}
			settled["tolerated"] = settled["taxed"]
			delete(settled, "taxed")
			return true
		})
	}},
	{"a shortage that is not taxed", []check.Code{check.DutyShortage, check.DutyBill}, func(h *hand) {
		h.put("write_off", "state = 'adjusted'", []any{}, "taxes")
	}},
	{"a shortage explained by more than was said", []check.Code{check.DutyShortage}, func(h *hand) {
		h.put("write_off", "state = 'adjusted'", "35", "explanations", 0, "quantity")
	}},
	{"the bill of what was missing", []check.Code{check.DutyBill}, func(h *hand) {
		h.put("write_off", "state = 'adjusted'", nil, "taxBill")
	}},
	{"another code of scrap that was sold", []check.Code{check.DutyResidue, check.ResidueTold}, func(h *hand) {
		h.put("residue", "state = 'sold' AND class = 'scrap'", "2009110000", "commodity")
	}},
	{"the bill of a residue that was sold", []check.Code{check.DutyBill}, func(h *hand) {
		h.put("residue", "state = 'sold' AND class = 'scrap'", nil, "sale", "taxBill")
	}},
	{"an amended rate after it was agreed on", []check.Code{check.DutyTable}, func(h *hand) {
		h.put("parameter", "name = 'tariff-change' AND body LIKE '%\"amendments\"%'", "1%", "amendments", 0, "rate")
	}},
	{"another content of a coming schedule than was agreed on", []check.Code{check.DutyTable}, func(h *hand) {
		file, err := nextYears()
		if err != nil {
			h.t.Fatal(err)
		}
		h.put("parameter", agreedPack, bytes.Replace(file, []byte(`"9%"`), []byte(`"1%"`), 1), "content")
	}},
	{"a coming schedule without its content", []check.Code{check.DutyTable}, does("DELETE FROM parameter WHERE " + agreedPack)},
	{"a coming schedule that counts from an earlier day", []check.Code{check.DutyTable, check.StateColumn}, func(h *hand) {
		h.put("parameter", "name = 'tariff-change' AND body LIKE '%\"schedule\"%' AND body LIKE '%\"state\":\"approved\"%'", "2026-12-01", "validFrom")
	}},
	{"another rule of tax than was agreed on", []check.Code{check.DutyTable}, func(h *hand) {
		h.put("parameter", "name LIKE 'duty/%'", "up", "values", "value")
	}},
	{"a change of the tariff that nobody agreed on", []check.Code{check.DutyTable}, func(h *hand) {
		h.do("UPDATE parameter SET id = 'forged' WHERE name = 'tariff-change' AND body LIKE '%\"amendments\"%'")
	}},
	{"an assessment taken out", []check.Code{check.DutyAbsent}, does("DELETE FROM assessment WHERE id" + one + "assessment)")},
	{"an assessment of nothing", []check.Code{check.DutyAbsent}, does("INSERT INTO assessment (id, version, body) VALUES ('nobody.1', 1, '{}')")},
	{"a tax bill of nothing", []check.Code{check.DutyAbsent}, does("INSERT INTO tax_bill (id, version, declaration, body) VALUES ('nobody', 1, 'nobody', '{}')")},

	{"more is open than was owed", []check.Code{check.DebtForm, check.DebtJournal}, func(h *hand) {
		h.put("obligation", "id = (SELECT min(id) FROM obligation WHERE state = 'open' AND kind = 'tax')", "999999999", "lines", 0, "open")
	}},
	{"a debt discharged with a rest", []check.Code{check.DebtForm, check.DebtJournal}, func(h *hand) {
		h.put("obligation", "id = (SELECT min(id) FROM obligation WHERE state = 'discharged')", "1", "lines", 0, "open")
	}},
	{"a later day for a debt", []check.Code{check.DebtJournal}, func(h *hand) {
		id := h.put("obligation", "id = (SELECT min(id) FROM obligation WHERE state = 'open')", "2027-12-31", "due")
		h.do("UPDATE obligation SET due_on = '2027-12-31' WHERE id = $1", id)
	}},
	{"a debt taken out", []check.Code{check.DebtJournal}, does("DELETE FROM obligation WHERE id = (SELECT min(id) FROM obligation WHERE state = 'discharged')")},
	{"another cover at first", []check.Code{check.DebtHold}, func(h *hand) {
		h.put("obligation", "id = (SELECT min(id) FROM obligation WHERE state = 'open' AND kind = 'tax')", "5.00", "hold", "amount")
	}},
	{"cover freed past the books", []check.Code{check.DebtHeld}, func(h *hand) {
		h.edit("obligation", "kind = 'monthly-tax' AND state = 'open'", func(d document) bool { d.set("0.00", "hold", "left"); return true })
	}},
	{"a guarantee freed past its debts", []check.Code{check.DebtHeld, check.DebtLimit, check.LedgerBalance, check.LedgerSum}, func(h *hand) {
		h.do("UPDATE balance SET quantity = 0 WHERE key = " + strings.ReplaceAll(heldKey, "%%", "%"))
	}},
	{"a higher limit of a guarantee", []check.Code{check.DebtLimit}, func(h *hand) {
		h.put("guarantee", "id"+one+"guarantee)", "999999999.00", "limit")
	}},
	{"a carried debt without its successor", []check.Code{check.DebtSuccessor}, func(h *hand) {
		h.put("obligation", "id = (SELECT min(id) FROM obligation WHERE state = 'carried')", nil, "successors")
	}},
	{"a debt carried into nothing", []check.Code{check.DebtSuccessor}, func(h *hand) {
		h.put("obligation", "id = (SELECT min(id) FROM obligation WHERE state = 'carried')", "nobody", "successors", 0)
	}},
	{"a debt overdue before its day", []check.Code{check.DebtDue}, func(h *hand) {
		id := h.put("obligation", "id = (SELECT min(id) FROM obligation WHERE state = 'open')", "overdue", "state")
		h.do("UPDATE obligation SET state = 'overdue', overdue = debtor WHERE id = $1", id)
	}},
	{
		"tax owed becomes tax paid",
		[]check.Code{check.DebtTax, check.LedgerBalance, check.LedgerSum, check.MoneyTreasury},
		does("UPDATE balance SET quantity = quantity + 1000 WHERE key = (SELECT min(key) FROM balance WHERE key LIKE 'money|%|tax/%|paid|%')"),
	},

	{"more booked on a bill than was paid", []check.Code{check.MoneyBill, check.DebtTax, check.MoneyPayment}, func(h *hand) {
		h.put("tax_bill", "state = 'paid'", "99999999.00", "credits", 0, "tax")
	}},
	{"a paid bill that is said to be open", []check.Code{check.MoneyBill, check.StateEnd, check.StateTimes}, func(h *hand) { h.state("tax_bill", "paid", "guaranteed") }},
	{"a late fee that no day gives", []check.Code{check.MoneyFee, check.MoneyBill, check.DebtTax}, func(h *hand) {
		h.put("tax_bill", "state = 'paid'", "7.00", "fee")
	}},
	{"a payment of another amount", []check.Code{check.MoneyPayment, check.MoneyTreasury}, func(h *hand) {
		h.put("payment", "state = 'booked'", "1.00", "amount")
	}},
	{"a payment taken out", []check.Code{check.MoneyPayment, check.MoneyTreasury}, does("DELETE FROM payment WHERE id = (SELECT min(id) FROM payment WHERE state = 'booked')")},
	{"a payment that was booked on another bill", []check.Code{check.MoneyPayment}, func(h *hand) {
		h.put("payment", "state = 'booked'", "T-NOBODY", "parts", 0, "bill")
	}},
	{"tax said to be given back", []check.Code{check.MoneyRefund, check.DebtTax}, func(h *hand) {
		h.put("tax_bill", "state = 'paid'", "1.00", "refunded")
	}},
	{"tax set aside for a refund that nobody proposed", []check.Code{check.MoneyRefund}, func(h *hand) {
		h.put("tax_bill", "state = 'paid'", "1.00", "claimed")
	}},
	{"a refund that one officer decided alone", []check.Code{check.MoneyRefund, check.DebtTax, check.JournalDocument}, func(h *hand) {
		h.do(`INSERT INTO refund (id, version, enterprise, office, state, body) VALUES ('alone', 1, 'e', '2218', 'ordered', $1)`,
			`{"id":"alone","taxBill":"","enterprise":"e","office":"2218","amount":"5.00","reason":"mine","asked":"2026-11-20T09:00:00+08:00","first":"1001","second":"1001","state":"ordered"}`)
	}},
	{
		"money at a bank that no payment tells of",
		[]check.Code{check.MoneyTreasury, check.LedgerBalance, check.LedgerSum},
		does("UPDATE balance SET quantity = quantity + 1000 WHERE key = (SELECT min(key) FROM balance WHERE key LIKE 'money|%|cash/%|received|%')"),
	},
	{"a monthly statement of a bill that does not stand on it", []check.Code{check.MoneyStatement, check.JournalDocument}, func(h *hand) {
		h.statement("2026-12-07", "10.00")
	}},
	{"a monthly statement that is not the sum of its bills", []check.Code{check.MoneyStatement, check.JournalDocument}, func(h *hand) {
		h.statement("2026-12-07", "11.00")
	}},
	{"a monthly statement that is due on another day", []check.Code{check.MoneyStatement, check.JournalDocument}, func(h *hand) {
		h.statement("2026-12-21", "10.00")
	}},
	{"a bill on a statement that there is not", []check.Code{check.MoneyStatement, check.StateColumn}, func(h *hand) {
		h.put("tax_bill", "state = 'paid'", "S-NOBODY", "statement")
	}},
	{"a message of a bank that was changed", []check.Code{check.MoneyMail}, func(h *hand) {
		h.mail(`{"sender":"BANKX","receiver":"CUSTOMS","sequence":1}`, "00", 1)
	}},
	{"a message of a bank under another number", []check.Code{check.MoneyMail}, func(h *hand) {
		payload := `{"sender":"BANKX","receiver":"CUSTOMS","sequence":1}`
		sum := sha256.Sum256([]byte(payload))
		h.mail(payload, hex.EncodeToString(sum[:]), 2)
	}},
	{"a message of a bank taken out", []check.Code{check.MoneyMail}, func(h *hand) {
		h.do(`INSERT INTO bank_peer (id, version, body) VALUES ('BANKX', 1, '{"seen":3,"sent":0}')`)
	}},
	{"a day that agrees though it differs", []check.Code{check.MoneyDay, check.JournalDocument}, func(h *hand) {
		h.do(`INSERT INTO reconciliation (id, version, bank, day, state, body) VALUES ('BANKX|2026-11-20', 1, 'BANKX', '2026-11-20', 'agreed', $1)`,
			`{"id":"BANKX|2026-11-20","bank":"BANKX","day":"2026-11-20","at":"2026-11-21T09:00:00+08:00","state":"agreed","ours":"1.00",
			"statement":{"day":"2026-11-20","opening":"0.00","closing":"5.00","lines":[]},"differences":[{"kind":"balance","bank":"5.00","ours":"1.00"}]}`)
	}},

	{"a credit grade that an enterprise began with, changed later", []check.Code{check.RiskVerdict}, func(h *hand) {
		h.edit("enterprise", "id IN (SELECT enterprise FROM declaration)", func(d document) bool {
			grades, there := d["grades"].([]any)
			if !there || len(grades) != 1 {
				return false
			}
			grade := grades[0].(map[string]any)
			if grade["grade"] == "dishonest" {
				return false
			}
			grade["grade"] = "dishonest"
			return true
		})
	}},
	{"a result that the rules of inspection do not know", []check.Code{check.StateDrawn}, func(h *hand) {
		h.edit("inspection_order", "id IS NOT NULL", func(d document) bool {
			drawings, there := d["drawings"].([]any)
			if there && len(drawings) > 0 {
				d["result"] = map[string]any{"code": "Z77", "found": false, "at": drawings[0].(map[string]any)["at"]}
			}
			return there && len(drawings) > 0
		})
	}},
	{"an inspector too few", []check.Code{check.StateDrawn}, func(h *hand) {
		h.edit("inspection_order", "id IS NOT NULL", func(d document) bool {
			drawings, there := d["drawings"].([]any)
			if there {
				drawings[0].(map[string]any)["drawn"] = []any{"1"}
			}
			return there
		})
	}},
	{"a credit grade that nobody gave", []check.Code{check.StateGrade}, func(h *hand) {
		h.edit("enterprise", "state = 'registered'", func(d document) bool {
			list, _ := d.at("grades").([]any)
			d["grades"] = append(list, map[string]any{"grade": "regular", "from": "2026-11-18"})
			return true
		})
	}},
	{"a state that there is not", []check.Code{check.StateUnknown}, func(h *hand) { h.state("declaration", "released", "lost") }},
	{"a state of a book that there is not", []check.Code{check.StateUnknown}, func(h *hand) { h.state("book", "active", "lost") }},
	{
		"a release that was not possible",
		[]check.Code{check.StateStep, check.StateEnd, check.StateTimes, check.JournalHash},
		does("UPDATE entry SET type = 'declaration.returned' WHERE position = (SELECT max(position) FROM entry WHERE type = 'declaration.released')"),
	},
	{"a state that the journal does not tell", []check.Code{check.StateEnd}, func(h *hand) { h.state("declaration", "released", "accepted") }},
	{"released, and the tax was never secured", []check.Code{check.StateTax}, func(h *hand) {
		id := h.put("tax_bill", "state = 'consolidated' AND declaration IN (SELECT id FROM declaration WHERE state = 'released')", "issued", "state")
		h.do("UPDATE tax_bill SET state = 'issued', consolidated = NULL WHERE id = $1", id)
	}},
	{"released though the papers do not agree", []check.Code{check.StateManifest}, func(h *hand) {
		h.edit("declaration", "state = 'released'", func(d document) bool { return d.at("confirmed") != nil && d.put("mismatch", "confirmed", "result") })
	}},
	{"released on another version of the manifest", []check.Code{check.StateManifest}, func(h *hand) {
		h.edit("declaration", "state = 'released'", func(d document) bool { return d.at("confirmed") != nil && d.put(9, "confirmed", "manifestVersion") })
	}},
	{"released with an inspection open", []check.Code{check.StateInspected, check.JournalDocument}, func(h *hand) {
		id := h.text("SELECT min(id) FROM declaration WHERE state = 'released'")
		h.do("INSERT INTO inspection_order (id, version, subject, state, body) VALUES ('order', 1, $1, 'issued', $2)", id,
			`{"id":"order","subject":"`+id+`","state":"issued"}`)
	}},
	{"submitted before it was made", []check.Code{check.StateTimes}, func(h *hand) {
		h.put("declaration", "id"+one+"declaration)", "2026-11-30T00:00:00+08:00", "times", "created")
	}},
	{"a bill paid at no moment", []check.Code{check.StateTimes}, func(h *hand) {
		h.put("tax_bill", "id = (SELECT min(id) FROM tax_bill WHERE state = 'paid')", nil, "paidAt")
	}},
	{"a searched column", []check.Code{check.StateColumn}, does("UPDATE declaration SET enterprise = 'nobody' WHERE id" + one + "declaration)")},
	{"a document that is no JSON", []check.Code{check.StateColumn}, does("UPDATE officer SET body = 'gone' WHERE id" + one + "officer)")},
	{"version nought", []check.Code{check.StateVersion}, does("UPDATE officer SET version = 0 WHERE id" + one + "officer)")},
	{"two versions of a declaration", []check.Code{check.StateVersion}, does("UPDATE declaration SET version = version + 1 WHERE id" + one + "declaration)")},

	{"no official number", []check.Code{check.NumberForm, check.NumberGap}, func(h *hand) {
		id := h.put("book", "id = (SELECT max(id) FROM book)", "my book", "number")
		h.do("UPDATE book SET number = 'my book' WHERE id = $1", id)
	}},
	{"a number given twice", []check.Code{check.NumberTwice, check.NumberGap}, func(h *hand) {
		h.ddl("DROP INDEX book_number")
		number := h.text("SELECT number FROM book WHERE id" + one + "book)")
		id := h.put("book", "id = (SELECT max(id) FROM book WHERE substr(number, 1, 6) = '"+number[:6]+"')", number, "number")
		h.do("UPDATE book SET number = $1 WHERE id = $2", number, id)
	}},
	{"a document with its number taken out", []check.Code{check.NumberGap}, does("DELETE FROM book WHERE id = (SELECT max(id) FROM book)")},
	{"a series set back", []check.Code{check.NumberBeyond}, does("UPDATE series SET last = last - 1 WHERE name = (SELECT min(name) FROM series WHERE name LIKE 'bill/%')")},
	{"a series that was never used", []check.Code{check.NumberBeyond}, does("DELETE FROM series WHERE name = (SELECT min(name) FROM series WHERE name LIKE 'bill/%')")},

	{"more on release notes than there are notes", []check.Code{check.BookNoted}, func(h *hand) { h.listed("noted", "1") }},
	{"another quantity through the gate", []check.Code{check.BookPassed}, func(h *hand) { h.listed("passed", "1") }},
	{"more settled than came onto the book", []check.Code{check.BookSettled}, func(h *hand) { h.listed("settled", "1") }},
	{"posted before the gate was through", []check.Code{check.BookPosted}, func(h *hand) {
		h.put("verification_list", "id = (SELECT min(id) FROM verification_list WHERE state = 'posted')", nil, "fullyPassed")
	}},
	{"a posting mark", []check.Code{check.BookPosted}, func(h *hand) {
		h.put("verification_list", "id = (SELECT min(id) FROM verification_list WHERE state = 'posted')", 1, "mark")
	}},
	{"through, and not posted", []check.Code{check.BookWaiting, check.StateEnd, check.BookSettled}, func(h *hand) {
		id := h.edit("verification_list", "state = 'posted'", func(d document) bool {
			d.set("bill_released", "state")
			d.set(1, "mark")
			return true
		})
		h.do("UPDATE verification_list SET state = 'bill_released' WHERE id = $1", id)
	}},
	{"a part that customs never marked", []check.Code{check.PartMarked}, func(h *hand) {
		h.edit("book", "1 = 1", func(d document) bool { return d.at("parts", 1) != nil && d.put(true, "parts", 1, "separate") })
	}},
	{"a mark of customs taken off a part", []check.Code{check.PartMarked}, func(h *hand) {
		h.edit("book", "1 = 1", func(d document) bool {
			return d.at("parts", 0, "separate") == true && d.put(nil, "parts", 0, "separate")
		})
	}},
	{"a mark of another officer", []check.Code{check.PartMarked}, func(h *hand) {
		h.edit("book", "1 = 1", func(d document) bool {
			return d.at("parts", 0, "separate") == true && d.put("nobody", "parts", 0, "separation", "by")
		})
	}},
	{"a part that customs marked left out of its book", []check.Code{check.PartMarked}, func(h *hand) {
		h.edit("book", "1 = 1", func(d document) bool {
			return d.at("parts", 0, "separate") == true && d.put(d.at("parts").([]any)[1:], "parts")
		})
	}},
	{"a part that customs marked merged with another", []check.Code{check.PartMerged}, func(h *hand) {
		h.edit("book", "1 = 1", func(d document) bool {
			return d.at("parts", 0, "separate") == true && d.put(d.at("parts", 0, "line"), "parts", 1, "line")
		})
	}},
	{"a residue under another code than was told", []check.Code{check.ResidueTold}, func(h *hand) {
		h.edit("residue", "state = 'kept'", func(d document) bool { return d.put("8471300000", "commodity") })
	}},
	{"more drawn than was declared", []check.Code{check.BookDrawn}, func(h *hand) {
		h.edit("declaration", "state = 'released'", func(d document) bool { return d.at("confirmed") != nil && d.put("1", "packages") })
	}},
	{"a list of another bill", []check.Code{check.BookBill}, func(h *hand) {
		id := h.put("verification_list", "id = (SELECT min(id) FROM verification_list WHERE state = 'posted')", "221620261999999999", "bill")
		h.do("UPDATE verification_list SET bill = '221620261999999999' WHERE id = $1", id)
	}},

	{"a band of the risk table", []check.Code{check.RiskVerdict}, func(h *hand) { h.judged(99, "verdict", "high_at") }},
	{"a draw", []check.Code{check.RiskDraw}, func(h *hand) { h.judged("0.99999999", "verdict", "draw", "value") }},
	{"a draw of a passage", []check.Code{check.RiskDraw}, func(h *hand) {
		h.edit("passage", "1 = 1", func(d document) bool {
			return d.at("risk", "draw", "picked") == false && d.put("0.99999999", "risk", "draw", "value")
		})
	}},
	{"the announced hash of a key", []check.Code{check.RiskKey}, func(h *hand) {
		h.put("draw_key", "id"+one+"draw_key)", strings.Repeat("0", 64), "risk")
	}},
	{"a fact that was judged", []check.Code{check.RiskFacts}, func(h *hand) { h.judged("9999", "facts", "head", "office") }},
	{"a verdict about another version", []check.Code{check.RiskFacts, check.RiskDraw}, func(h *hand) { h.judged(7, "verdict", "subject", "version") }},
	{"a sum of points", []check.Code{check.RiskCard}, func(h *hand) { h.judged(5, "verdict", "sum") }},
	{"a channel", []check.Code{check.RiskCard}, func(h *hand) {
		h.edit("verification_list", "state = 'posted'", func(d document) bool { return d.at("verdict") != nil && d.put("red", "verdict", "channel") })
	}},
}

// put sets a place and says that it was done.
func (d document) put(value any, path ...any) bool {
	d.set(value, path...)
	return true
}

// had sets a place where something else stands than is given.
func (d document) had(name string, not, value any) bool {
	if d.at(name) == nil || d.at(name) == not {
		return false
	}
	d.set(value, name)
	return true
}

// state sets the state of a document in its body and beside it.
func (h *hand) state(table, from, to string) {
	h.t.Helper()
	id := h.put(table, "state = '"+from+"'", to, "state")
	h.do("UPDATE "+table+" SET state = $1 WHERE id = $2", to, id)
}

// statement makes out a statement that no story did, over a bill that is not on it.
func (h *hand) statement(due, total string) {
	h.t.Helper()
	h.do(`INSERT INTO statement (id, version, number, enterprise, office, month, due_on, state, body) VALUES ('s', 1, 'S1', 'e', '2218', '2026-11-01', $1, 'issued', $2)`, due,
		`{"number":"S1","enterprise":"e","office":"2218","month":"2026-11-01","lines":[{"bill":"T-NOBODY","declaration":"d","issued":"2026-11-10","total":"10.00","paid":"0.00"}],
		"total":"`+total+`","paid":"0.00","issued":"2026-12-01T01:00:00+08:00","due":"`+due+`","state":"issued"}`)
}

// mail puts a message to the mail of a bank that nobody knows, which the journal
// does not tell of.
func (h *hand) mail(payload, hash string, sequence int) {
	h.t.Helper()
	body, err := json.Marshal(map[string]any{"id": "m", "bank": "BANKX", "direction": "out", "payload": payload, "hash": hash, "sequence": sequence, "state": "acknowledged"})
	if err != nil {
		h.t.Fatal(err)
	}
	h.do(`INSERT INTO bank_message (id, version, bank, direction, state, body) VALUES ('m', 1, 'BANKX', 'out', 'acknowledged', $1)`, string(body))
}

// listed sets a quantity of the first line of a posted list.
func (h *hand) listed(name, value string) {
	h.t.Helper()
	h.put("verification_list", "state = 'posted'", value, "lines", 0, name)
}

// judged changes the assessment of a declaration that was not picked at random.
func (h *hand) judged(value any, path ...any) {
	h.t.Helper()
	h.edit("assessment", "1 = 1", func(d document) bool {
		return d.at("verdict", "draw", "picked") == false && d.put(value, path...)
	})
}

// rewrite changes an entry and what was committed to, as somebody would who owns
// the database: only the tree tells.
func rewrite(h *hand) {
	h.t.Helper()
	var e journal.Entry
	var at, on int64
	var subject string
	var enterprise, area, office, rule, law, reason, cause, body sql.NullString
	var salt []byte
	row := h.tx.QueryRowContext(h.t.Context(), `SELECT id, at_us, effective_on, actor, actor_kind, type, subject, enterprise, area, office, rule, law, reason, cause, body, salt
		FROM entry WHERE position = 40`)
	if err := row.Scan(&e.ID, &at, &on, &e.Actor, &e.ActorKind, &e.Type, &subject, &enterprise, &area, &office, &rule, &law, &reason, &cause, &body, &salt); err != nil {
		h.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(subject), &e.Subject); err != nil {
		h.t.Fatal(err)
	}
	e.At, e.EffectiveOn = clock.Instant(at), clock.Date(on)
	e.Enterprise, e.Area, e.Office, e.Cause = enterprise.String, area.String, office.String, cause.String
	e.Why = journal.Why{Rule: rule.String, Law: law.String, Reason: "because I say so"}
	if body.Valid && body.String != "" {
		e.Body = json.RawMessage(body.String)
	}
	c, err := e.Commit(journal.Salt(salt))
	if err != nil {
		h.t.Fatal(err)
	}
	h.do("UPDATE entry SET reason = $1, commitment = $2 WHERE position = 40", e.Why.Reason, c[:])
}

// pairUnequal makes the two sides of a transfer of two posted lists, of one kind of
// goods and different quantities.
func pairUnequal(h *hand) {
	h.t.Helper()
	const posted = "state = 'posted'"
	type end struct{ number, book, quantity any }
	of := func(d document) (end, map[string]any) {
		line := d["lines"].([]any)[0].(map[string]any)
		return end{d["number"], d["book"], line["quantity"]}, line
	}
	pair := func(d document, other end) {
		d["policy"], d["relatedList"], d["relatedBook"] = "with_partner", other.number, other.book
		_, line := of(d)
		line["commodity"], line["unit"] = "8471300000", "001"
	}
	var a, b end
	first := h.edit("verification_list", posted, func(d document) bool {
		a, _ = of(d)
		return d["policy"] != "with_partner"
	})
	h.edit("verification_list", posted, func(d document) bool {
		if b, _ = of(d); d["policy"] == "with_partner" || b.number == a.number || b.quantity == a.quantity {
			return false
		}
		pair(d, a)
		return true
	})
	h.edit("verification_list", "id = '"+first+"'", func(d document) bool { pair(d, b); return true })
}

// correctedBelow makes the last entry tell of a correction of an account, and its
// first arrival count for a day a month later.
func correctedBelow(h *hand) {
	h.t.Helper()
	account := h.text("SELECT min(from_key) FROM movement WHERE kind = 'settle' AND from_key LIKE 'legal|%|on-hand|bonded'")
	h.do("UPDATE movement SET effective_on = effective_on + 30 WHERE id = (SELECT min(id) FROM movement WHERE kind IN ('post', 'settle') AND to_key = $1)", account)
	h.do("UPDATE entry SET type = 'book.corrected', body = $1 WHERE position = (SELECT max(position) FROM entry WHERE type = 'book.opened')", `{"from":"`+account+`"}`)
}

// forge signs the newest checkpoint with another key of the same name.
func forge(h *hand) {
	h.t.Helper()
	text := h.text("SELECT note FROM checkpoint WHERE size = (SELECT max(size) FROM checkpoint)")
	text = text[:strings.Index(text, "\n\n")+1]
	origin, _, _ := strings.Cut(text, "\n")
	private, _, err := note.GenerateKey(nil, origin)
	if err != nil {
		h.t.Fatal(err)
	}
	signer, err := note.NewSigner(private)
	if err != nil {
		h.t.Fatal(err)
	}
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		h.t.Fatal(err)
	}
	h.do("UPDATE checkpoint SET note = $1 WHERE size = (SELECT max(size) FROM checkpoint)", string(signed))
}

// got gives the codes of a report, in order.
func got(r *check.Report) []check.Code {
	all := []check.Code{}
	for code := range r.Counts {
		all = append(all, code)
	}
	slices.Sort(all)
	return all
}

func TestAZoneThroughItsDoorsIsCleanAndWasLookedAt(t *testing.T) {
	zone := sqliteZone(t)
	untouched(t, zone.opened(t), zone)
}

func untouched(t *testing.T, db *sql.DB, zone made) {
	t.Helper()
	report := tampered(t, db, zone, func(*hand) {})
	for _, f := range report.Findings {
		t.Error(f)
	}
	if !report.Clean() || report.Engine != zone.engine || report.Position == 0 || report.At == "" {
		t.Errorf("%+v", report)
	}
	if len(report.Sections) != len(check.Sections) {
		t.Errorf("%d sections of %d", len(report.Sections), len(check.Sections))
	}
	for i, s := range report.Sections {
		if s.Name != check.Sections[i] || s.Records == 0 {
			t.Errorf("section %s looked at %d records", s.Name, s.Records)
		}
	}
	if len(report.Skipped) != 0 {
		t.Errorf("something was not recomputed: %v", report.Skipped)
	}
}

func TestEveryTamperIsFoundByItsCode(t *testing.T) {
	zone := sqliteZone(t)
	provoke(t, zone.opened(t), zone, tampers)
	proven := map[check.Code]bool{}
	for _, x := range tampers {
		proven[x.want[0]] = true
	}
	for _, code := range slices.Concat(codes(t, "finding.go"), codes(t, "money.go"), codes(t, "feed.go")) {
		if !proven[code] {
			t.Errorf("nothing here provokes %s", code)
		}
	}
}

// Whether a node more is missing too depends on how many entries there are.
func TestACheckpointOfMoreEntriesThanThereAre(t *testing.T) {
	zone := sqliteZone(t)
	report := tampered(t, zone.opened(t), zone, does("UPDATE checkpoint SET size = size + 1000000 WHERE size = (SELECT max(size) FROM checkpoint)"))
	if !report.Has(check.JournalRoot) || !report.Has(check.JournalNote) {
		t.Errorf("%v", got(report))
	}
}

func provoke(t *testing.T, db *sql.DB, zone made, some []tamper) {
	t.Helper()
	const sparse = 12 // of which one is tried where only time and memory are looked at
	for i, x := range some {
		if testing.Short() && i%sparse != 0 {
			continue
		}
		t.Run(string(x.want[0])+" "+x.what, func(t *testing.T) {
			report := tampered(t, db, zone, x.by)
			want := slices.Clone(x.want)
			// Whatever of a movement is touched, its quote no longer holds.
			if report.Has(check.LedgerQuote) && strings.HasPrefix(string(x.want[0]), "CHK-LEDGER-") && !slices.Contains(want, check.LedgerQuote) {
				want = append(want, check.LedgerQuote)
			}
			slices.Sort(want)
			if diff := cmp.Diff(want, got(report)); diff != "" {
				t.Errorf("codes: %s", diff)
				for _, f := range report.Findings {
					t.Log(f)
				}
			}
			for _, f := range report.Findings {
				if f.Kind == "" || f.ID == "" || f.Detail == "" || f.Severity != check.Broken && f.Severity != check.Doubtful {
					t.Errorf("a finding that does not say what it is about: %+v", f)
				}
			}
		})
	}
}

func TestTampersAreFoundOnPostgreSQLToo(t *testing.T) {
	zone := postgresZone(t)
	db := zone.opened(t)
	untouched(t, db, zone)
	var some []tamper // of each family the first two, and what has a statement of its own
	counts := map[string]int{}
	for _, x := range tampers {
		family := strings.TrimRight(string(x.want[0]), "0123456789")
		if counts[family]++; counts[family] > 2 && x.want[0] != check.DutyResidue && x.want[0] != check.DutyShortage {
			continue
		}
		some = append(some, x)
	}
	provoke(t, db, zone, some)
}
