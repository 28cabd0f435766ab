package treasury_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"seine/internal/bank"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/deliberation"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/guarantee"
	"seine/internal/num"
	"seine/internal/obligation"
	"seine/internal/revenue"
	"seine/internal/treasury"
)

func TestABankMessagePaysABill(t *testing.T) {
	onBothEngines(t, func(z *zone) {
		d := z.lodge(1000, "")
		today := z.clock.Now().Date()
		if d.State != declaration.Taxed || d.Total == 0 {
			z.Fatalf("%+v", d)
		}
		// A part is booked; nothing is released.
		z.tells(bank.PaymentReceived, paid(100_00, "R1", d.TaxBill, today))
		b := z.bill(d.TaxBill)
		if b.State != revenue.Issued || b.Rest() != d.Total-100_00 || load[declaration.Declaration](z, dossier.Declaration, d.ID).State != declaration.Taxed {
			z.Errorf("%+v", b)
		}
		// The rest releases.
		ack := z.tells(bank.PaymentReceived, paid(d.Total-100_00, "R2", d.TaxBill, today))
		if ack.Status != bank.Taken || z.bill(d.TaxBill).State != revenue.Paid || load[declaration.Declaration](z, dossier.Declaration, d.ID).State != declaration.Released {
			z.Errorf("%+v", ack)
		}
		for _, o := range z.debts("tax") {
			if o.State != obligation.Discharged {
				z.Errorf("%+v", o)
			}
		}
		// The same message again does nothing; other content under its number is refused.
		if again := z.says(2, bank.PaymentReceived, paid(d.Total-100_00, "R2", d.TaxBill, today)); again.Status != bank.Repeated {
			z.Errorf("%+v", again)
		}
		if _, err := z.said(2, bank.PaymentReceived, paid(1, "R9", d.TaxBill, today)); !fault.Is(err, "TREASURY-SEQUENCE-01") {
			z.Errorf("a number used twice: %v", err)
		}
		// Paid twice, too much, for nothing we know, the same reference again: each stands apart whole.
		e := z.lodge(500, "")
		for _, c := range []struct {
			amount          num.Money
			reference, bill string
			want            revenue.Result
			excess          num.Money
		}{
			{50_00, "R3", d.TaxBill, revenue.Twice, 50_00},
			{e.Total + 7_00, "R4", e.TaxBill, revenue.Over, 7_00},
			{10_00, "R5", "T-NO-SUCH", revenue.NoBill, 10_00},
			{10_00, "R5", e.TaxBill, revenue.Twice, 10_00},
		} {
			z.tells(bank.PaymentReceived, paid(c.amount, c.reference, c.bill, today))
			all := found[revenue.Payment](z, dossier.Payment, "bank_reference", "BANKA|"+c.reference)
			p := all[len(all)-1]
			if p.Result != c.want || p.Excess != c.excess || p.Left != c.excess || p.State != revenue.Loose {
				z.Errorf("%s: %+v", c.reference, p)
			}
			if o := load[obligation.Obligation](z, dossier.Obligation, p.Obligation); o.Kind != "clear-difference" || o.State != obligation.Open {
				z.Errorf("%+v", o)
			}
		}
		if got, want := z.balance(revenue.CashAccount("BANKA")), d.Total+e.Total+77_00; got != want {
			z.Errorf("the treasury has %s, want %s", got, want)
		}
		// What cannot be understood is on record and stops nobody.
		for _, c := range []struct {
			kind bank.Kind
			body any
			code string
		}{
			{bank.PaymentReceived, paid(-1, "R6", e.TaxBill, today), "TREASURY-PAY-01"},
			{bank.PaymentReceived, paid(1, "", e.TaxBill, today), "TREASURY-PAY-02"},
			{bank.PaymentReceived, "nonsense", "BANK-BODY-01"},
			{bank.Held, bank.Order{}, "TREASURY-KIND-01"},
			{bank.RefundAnswered, bank.RefundAnswer{Refund: "none"}, "TREASURY-REFUND-01"},
			{bank.CallAnswered, bank.CallAnswer{Obligation: "none"}, "TREASURY-CALL-01"},
			{bank.GuaranteeExpired, bank.LetterEnd{Number: "none"}, "TREASURY-LETTER-04"},
		} {
			if ack := z.tells(c.kind, c.body); ack.Status != bank.Refused || ack.Code != c.code {
				z.Errorf("%s: %+v", c.code, ack)
			}
		}
		if peer := load[treasury.Peer](z, dossier.BankPeer, "BANKA"); peer.Seen != z.sequence || peer.Gaps() != nil {
			z.Errorf("%+v", peer)
		}
	})
}

func TestAConsolidatedMonth(t *testing.T) {
	onBothEngines(t, func(z *zone) {
		z.guaranteed("G1", 1_000_000_00)
		var total num.Money
		var numbers []string
		for _, dollars := range []int64{1000, 2000, 3000} {
			d := z.lodge(dollars, "G1")
			if d.State != declaration.Released {
				z.Fatalf("%+v", d)
			}
			total += d.Total
			numbers = append(numbers, d.TaxBill)
		}
		if s := z.standing("G1"); s.Held < total || s.Free == s.Limit {
			z.Errorf("%+v", s)
		}
		z.until("2026-12-01")
		number := revenue.StatementNumber(trader, office, clock.MustDate("2026-11-01"))
		all := found[revenue.Statement](z, dossier.Statement, "number", number)
		if len(all) != 1 || all[0].Total != total || len(all[0].Lines) != 3 || all[0].Due != clock.MustDate("2026-12-07") {
			z.Fatalf("%+v", all)
		}
		for _, o := range z.debts("monthly-tax") {
			if o.Due != all[0].Due {
				z.Errorf("the debt is due on %s, the statement on %s", o.Due, all[0].Due)
			}
		}
		z.until("2026-12-03") // made out once
		if page := found[revenue.Statement](z, dossier.Statement, "enterprise", trader); len(page) != 1 {
			z.Errorf("%d statements", len(page))
		}
		// A part settles the first bill and a part of the second.
		first := z.bill(numbers[0]).Total
		z.tells(bank.PaymentReceived, bank.Payment{Reference: "M1", Amount: first + 1_00, PaidOn: z.clock.Now().Date(), Payer: trader, Statement: number})
		if a, b := z.bill(numbers[0]), z.bill(numbers[1]); a.State != revenue.Paid || b.State != revenue.Consolidated || b.Rest() != b.Total-1_00 {
			z.Errorf("%s %s", a.State, b.State)
		}
		z.tells(bank.PaymentReceived, bank.Payment{Reference: "M2", Amount: total - first - 1_00, PaidOn: z.clock.Now().Date(), Payer: trader, Statement: number})
		if s := found[revenue.Statement](z, dossier.Statement, "number", number)[0]; s.State != revenue.StatementPaid || s.Paid != total {
			z.Errorf("%+v", s)
		}
		if s := z.standing("G1"); s.Held != 0 || s.Free != s.Limit {
			z.Errorf("the guarantee is restored: %+v", s)
		}
		z.tells(bank.PaymentReceived, bank.Payment{Reference: "M3", Amount: 5_00, PaidOn: z.clock.Now().Date(), Payer: trader, Statement: number})
		if p := found[revenue.Payment](z, dossier.Payment, "bank_reference", "BANKA|M3")[0]; p.Result != revenue.Twice || p.Left != 5_00 {
			z.Errorf("%+v", p)
		}
	})
}

func TestAnUnpaidMonthBitesByItself(t *testing.T) {
	onBothEngines(t, func(z *zone) {
		z.guaranteed("G1", 1_000_000_00)
		d := z.lodge(50_000, "G1")
		held := z.standing("G1").Held
		z.until("2026-12-01")
		z.until("2026-12-08") // the fifth working day has passed
		b := z.bill(d.TaxBill)
		s := found[revenue.Statement](z, dossier.Statement, "enterprise", trader)[0]
		if b.State != revenue.Overdue || s.State != revenue.StatementOverdue {
			z.Fatalf("%s %s", b.State, s.State)
		}
		if st := z.standing("G1"); st.Held != 0 || st.Used != held {
			z.Errorf("the guarantee is called: %+v", st)
		}
		// The mode is suspended: the next bill is not consolidated, it waits for its tax.
		if next := z.lodge(1000, "G1"); next.State != declaration.Taxed {
			z.Errorf("%+v", next)
		}
		o := z.debts("monthly-tax")[0]
		z.until("2026-12-17") // ten days late
		fee, err := b.Total.Times(500_000, num.HalfUp)
		z.ok(err)
		z.tells(bank.CallAnswered, bank.CallAnswer{Guarantee: "G1", Obligation: o.ID, Paid: b.Total + fee, PaidOn: z.clock.Now().Date(), Reference: "C1"})
		b, s = z.bill(d.TaxBill), found[revenue.Statement](z, dossier.Statement, "enterprise", trader)[0]
		if b.State != revenue.Called || b.Fee != fee || s.State != revenue.StatementCollected {
			z.Fatalf("%s fee %s want %s, statement %s", b.State, b.Fee, fee, s.State)
		}
		// Arrears are cleared: the mode is open again; the guarantor restores the limit.
		z.tells(bank.GuaranteeChanged, bank.LetterChange{Number: "G1", Reinstated: held, Limit: 1_200_000_00})
		if st := z.standing("G1"); st.Used != 0 || st.Limit != 1_200_000_00 || st.Free != st.Limit {
			z.Errorf("%+v", st)
		}
		if next := z.lodge(1000, "G1"); next.State != declaration.Released {
			z.Errorf("%+v", next)
		}
	})
}

func TestTwoOfficersGiveBackAndAskForMore(t *testing.T) {
	onBothEngines(t, func(z *zone) {
		d := z.lodge(1000, "")
		today := z.clock.Now().Date()
		z.tells(bank.PaymentReceived, paid(d.Total, "R1", d.TaxBill, today))
		id := z.billID(d.TaxBill)
		propose := func(amount num.Money, reason string) (decision.Receipt, error) {
			return z.app.Treasury.ProposeRefund(z.Context(), z.command("refund"), z.officer("1001"), id, treasury.RefundRequest{Amount: amount, Reason: reason})
		}
		if _, err := propose(d.Total+1, "too much"); !fault.Is(err, "REVENUE-REFUND-02") {
			z.Errorf("more than was paid: %v", err)
		}
		if _, err := propose(1, " "); !fault.Is(err, "REVENUE-REASON-01") {
			z.Errorf("no reason: %v", err)
		}
		p := reply[deliberation.Reply](z)(propose(100_00, "wrong origin"))
		if p.Second == "" || p.Second == "1001" {
			z.Fatalf("%+v", p)
		}
		// What is proposed is set aside: the same money is not proposed twice.
		if _, err := propose(d.Total-99_99, "again"); !fault.Is(err, "REVENUE-REFUND-02") {
			z.Errorf("%v", err)
		}
		if _, err := z.app.Review.Confirm(z.Context(), z.command("confirm"), z.officer("1001"), p.Proposal, true, "myself"); err == nil {
			z.Error("the first officer agreed with himself")
		}
		z.agreed(p, true)
		r := found[revenue.Refund](z, dossier.Refund, "tax_bill", d.TaxBill)[0]
		if r.State != revenue.RefundOrdered || z.bill(d.TaxBill).Refunded != 100_00 {
			z.Fatalf("%+v", r)
		}
		orders, err := z.app.Store.Claim(z.Context(), "bank", 10, 0)
		z.ok(err)
		var order bank.Order
		if len(orders) != 1 || json.Unmarshal(orders[0].Body, &order) != nil || order.Kind != bank.RefundOrdered || order.Amount != 100_00 || order.Refund != r.ID {
			z.Errorf("%+v", orders)
		}
		z.tells(bank.RefundAnswered, bank.RefundAnswer{Refund: r.ID, Reason: "account closed"})
		z.must(z.app.Treasury.OrderAgain(z.Context(), z.command("again"), z.officer("1001"), r.ID, "new account"))
		z.tells(bank.RefundAnswered, bank.RefundAnswer{Refund: r.ID, Paid: true, PaidOn: today, Reference: "F1"})
		if r = load[revenue.Refund](z, dossier.Refund, r.ID); r.State != revenue.RefundPaid || z.balance(revenue.CashAccount("BANKA")) != d.Total-100_00 {
			z.Errorf("%+v", r)
		}
		// Short tax is asked for by a further bill, with a debt of its own.
		lines := []revenue.Line{{Tax: "duty", Amount: 40_00}, {Tax: "vat", Amount: 5_20}}
		s := reply[deliberation.Reply](z)(z.app.Treasury.ProposeSupplement(z.Context(), z.command("supplement"), z.officer("1001"), id, treasury.SupplementRequest{Lines: lines, Reason: "audit"}))
		z.agreed(s, true)
		further := z.bill(d.TaxBill + "S1")
		if further.Total != 45_20 || further.State != revenue.Issued || z.bill(d.TaxBill).State != revenue.Supplemented {
			z.Errorf("%+v", further)
		}
		z.tells(bank.PaymentReceived, paid(45_20, "R2", further.Number, today))
		if z.bill(further.Number).State != revenue.Paid {
			z.Errorf("%+v", z.bill(further.Number))
		}
		// A claim that is not agreed is free again; a payment that was too much goes back.
		q := reply[deliberation.Reply](z)(propose(d.Total-100_00, "all of it"))
		z.must(z.app.Review.Withdraw(z.Context(), z.command("withdraw"), z.officer("1001"), q.Proposal, "mistake"))
		if b := z.bill(d.TaxBill); b.Claimed != 0 {
			z.Errorf("%+v", b)
		}
		z.tells(bank.PaymentReceived, paid(9_00, "R3", d.TaxBill, today))
		loose := found[revenue.Payment](z, dossier.Payment, "bank_reference", "BANKA|R3")[0]
		back := reply[deliberation.Reply](z)(z.app.Treasury.ProposeReturn(z.Context(), z.command("return"), z.officer("1001"), loose.ID, treasury.RefundRequest{Reason: "paid twice"}))
		z.agreed(back, true)
		loose = load[revenue.Payment](z, dossier.Payment, loose.ID)
		z.tells(bank.RefundAnswered, bank.RefundAnswer{Refund: loose.Refund, Paid: true, PaidOn: today, Reference: "F2"})
		if loose = load[revenue.Payment](z, dossier.Payment, loose.ID); loose.State != revenue.Cleared || loose.Left != 0 {
			z.Errorf("%+v", loose)
		}
		// Excess can pay another bill of the payer.
		z.tells(bank.PaymentReceived, paid(300_00, "R4", d.TaxBill, today))
		loose = found[revenue.Payment](z, dossier.Payment, "bank_reference", "BANKA|R4")[0]
		e := z.lodge(2000, "")
		z.must(z.app.Treasury.Use(z.Context(), z.command("use"), z.officer("1001"), loose.ID, e.TaxBill, "asked by the payer"))
		if b, p := z.bill(e.TaxBill), load[revenue.Payment](z, dossier.Payment, loose.ID); b.Rest() != b.Total-300_00 || p.State != revenue.Cleared {
			z.Errorf("%+v %+v", b, p)
		}
	})
}

func TestALetterComesChangesAndEnds(t *testing.T) {
	onBothEngines(t, func(z *zone) {
		l := bank.Letter{
			Number: "L1", Form: "letter", Beneficiary: "customs", Guarantor: "Bank A", Enterprise: trader, Obligation: "taxes of imports", Liability: "joint and several",
			Limit: 100_000_00, ValidFrom: clock.MustDate("2026-11-01"), ValidTo: clock.MustDate("2026-12-31"),
		}
		poor := l
		poor.Number, poor.Liability = "L0", ""
		if ack := z.tells(bank.GuaranteeIssued, poor); ack.Code != "GUARANTEE-FIELD-02" {
			z.Errorf("%+v", ack)
		}
		z.tells(bank.GuaranteeIssued, l)
		if g := load[guarantee.Guarantee](z, dossier.Guarantee, "L1"); g.State != guarantee.Registered || g.Bank != "BANKA" {
			z.Errorf("%+v", g)
		}
		if ack := z.tells(bank.GuaranteeIssued, l); ack.Code != "TREASURY-LETTER-01" {
			z.Errorf("%+v", ack)
		}
		guarantor := decision.Actor{ID: "2001", Kind: "officer"}
		z.must(z.app.Treasury.Answer(z.Context(), z.command("answer"), guarantor, "L1", true, "complete"))
		d := z.lodge(10_000, "L1")
		if d.State != declaration.Released {
			z.Fatalf("%+v", d)
		}
		before := z.standing("L1")
		z.tells(bank.GuaranteeChanged, bank.LetterChange{Number: "L1", Limit: 1_00})
		if s := z.standing("L1"); s.Held != before.Held || s.Free != 0 || s.Limit != before.Held {
			z.Errorf("what is held stays covered: %+v", s)
		}
		// Too small for what is declared next: refused, nothing half posted.
		refusals := z.refuses("L1")
		if !refusals {
			z.Error("a guarantee that is too small was taken")
		}
		z.until("2026-12-05")
		if g := load[guarantee.Guarantee](z, dossier.Guarantee, "L1"); cmp.Diff([]string{"expires", "short"}, g.Told) != "" {
			z.Errorf("%+v", g.Told)
		}
		z.until("2027-01-04")
		if g := load[guarantee.Guarantee](z, dossier.Guarantee, "L1"); g.State != guarantee.Expired {
			z.Errorf("%+v", g)
		}
		// An enterprise of the best rating may be spared.
		spare := guarantee.Guarantee{Number: "E1", Enterprise: trader, Limit: 5_000_00, ValidFrom: clock.MustDate("2027-01-01"), ValidTo: clock.MustDate("2027-12-31")}
		spare.Form = guarantee.Exempt
		z.agreed(reply[deliberation.Reply](z)(z.app.Treasury.ProposeCover(z.Context(), z.command("spare"), z.guarantor("2001"), treasury.CoverRequest{Guarantee: spare, Reason: "application of 2 January"})), true)
		if s := z.standing("E1"); s.Free != 5_000_00 {
			z.Errorf("%+v", s)
		}
	})
}

func TestTwoOfficersRegisterChangeAndReturnAGuarantee(t *testing.T) {
	onBothEngines(t, func(z *zone) {
		desk, ctx := z.app.Treasury, z.Context()
		first := z.guarantor("2001")
		g := guarantee.Guarantee{
			Number: "D1", Enterprise: trader, Form: guarantee.Deposit, Limit: 50_000_00, ValidFrom: clock.MustDate("2026-11-01"), ValidTo: clock.MustDate("2027-03-31"),
		}
		register := func(g guarantee.Guarantee, reason string) (decision.Receipt, error) {
			return desk.ProposeCover(ctx, z.command("register"), first, treasury.CoverRequest{Guarantee: g, Reason: reason})
		}
		state := func(want guarantee.State) {
			z.Helper()
			if g := load[guarantee.Guarantee](z, dossier.Guarantee, "D1"); g.State != want {
				z.Fatalf("the guarantee is %s, not %s", g.State, want)
			}
		}
		poor := g
		poor.Limit, poor.Enterprise = 0, "91310115MA1K35W0X8"
		if _, err := register(poor, "cash"); !fault.Is(err, "GUARANTEE-LIMIT-01") || !fault.Is(err, "TREASURY-LETTER-02") {
			z.Errorf("all at once: %v", err)
		}
		if _, err := register(g, " "); !fault.Is(err, "REVIEW-REASON-01") {
			z.Errorf("no reason: %v", err)
		}
		p := reply[deliberation.Reply](z)(register(g, "cash came in"))
		state(guarantee.Registered)
		if _, err := desk.Answer(ctx, z.command("answer"), first, "D1", true, "myself"); !fault.Is(err, "TREASURY-COVER-01") {
			z.Errorf("one officer answered what an officer wrote: %v", err)
		}
		if _, err := register(g, "again"); !fault.Is(err, "TREASURY-LETTER-01") {
			z.Errorf("twice: %v", err)
		}
		z.agreed(p, true)
		state(guarantee.Active)
		if s := z.standing("D1"); s.Free != 50_000_00 {
			z.Errorf("%+v", s)
		}
		change := func(c treasury.CoverChange) (decision.Receipt, error) {
			return desk.ProposeCoverChange(ctx, z.command("change"), first, "D1", c)
		}
		for code, c := range map[string]treasury.CoverChange{
			"TREASURY-COVER-02":  {Limit: 50_000_00, Reason: "the same"},
			"TREASURY-COVER-03":  {Limit: -1, Reason: "less than nothing"},
			"TREASURY-COVER-04":  {ValidTo: clock.MustDate("2026-11-01"), Reason: "yesterday"},
			"TREASURY-LETTER-03": {Restored: 1, Reason: "nothing was used"},
		} {
			if _, err := change(c); !fault.Is(err, code) {
				z.Errorf("%s: %v", code, err)
			}
		}
		z.agreed(reply[deliberation.Reply](z)(change(treasury.CoverChange{Limit: 80_000_00, ValidTo: clock.MustDate("2027-06-30"), Reason: "more cash"})), true)
		if s := z.standing("D1"); s.Free != 80_000_00 || s.Limit != 80_000_00 {
			z.Errorf("%+v", s)
		}
		// What is held keeps a guarantee; once its debts are settled it goes back.
		d := z.lodge(1000, "D1")
		giveBack := func() (decision.Receipt, error) {
			return desk.ProposeCoverReturn(ctx, z.command("return"), first, "D1", "not needed any more")
		}
		if _, err := giveBack(); !fault.Is(err, "GUARANTEE-HELD-01") {
			z.Errorf("held: %v", err)
		}
		z.must(desk.EndCover(ctx, z.command("end"), first, "D1", "the enterprise asked for it"))
		state(guarantee.Expired)
		if err := load[guarantee.Guarantee](z, dossier.Guarantee, "D1").Covers("import-direct", z.clock.Now().Date()); !fault.Is(err, "GUARANTEE-STATE-01") {
			z.Errorf("a guarantee that was ended covers: %v", err)
		}
		z.tells(bank.PaymentReceived, paid(d.Total, "R1", d.TaxBill, z.clock.Now().Date()))
		z.agreed(reply[deliberation.Reply](z)(giveBack()), true)
		state(guarantee.Closed)
		if s := z.standing("D1"); s.Free != 0 || s.Held != 0 || s.Used != 0 {
			z.Errorf("%+v", s)
		}
		// What the second officer does not agree with never comes in force.
		g.Number = "D2"
		p = reply[deliberation.Reply](z)(register(g, "cash came in"))
		z.must(z.app.Review.Withdraw(ctx, z.command("withdraw"), first, p.Proposal, "wrong number"))
		if g := load[guarantee.Guarantee](z, dossier.Guarantee, "D2"); g.State != guarantee.Refused {
			z.Errorf("%+v", g)
		}
	})
}

func TestSelfDeclaredTaxIsKeptBesideOurs(t *testing.T) {
	onBothEngines(t, func(z *zone) {
		plain := z.lodge(1000, "")
		own := make([]declaration.DutyTaxFee, 0, 2)
		for _, f := range plain.Taxes {
			own = append(own, declaration.DutyTaxFee{Kind: f.Tax, Amount: f.Amount})
		}
		same := z.lodge(1000, "", own...)
		own[0].Amount -= 1_00
		less := z.lodge(1000, "", own...)
		if all := found[revenue.TaxDifference](z, dossier.TaxDifference, "declaration", same.ID); len(all) != 0 {
			z.Errorf("%+v", all)
		}
		all := found[revenue.TaxDifference](z, dossier.TaxDifference, "declaration", less.ID)
		if len(all) != 1 || all[0].Band != revenue.FollowUp || all[0].Compared.Short != 1_00 {
			z.Fatalf("%+v", all)
		}
		if l := z.bill(less.TaxBill).Lines[0]; l.Declared == nil || l.Amount-*l.Declared != 1_00 {
			z.Errorf("the bill keeps both figures: %+v", l)
		}
		z.must(z.app.Treasury.SettleDifference(z.Context(), z.command("settle"), z.officer("1001"), all[0].ID, "rounding"))
		if _, err := z.app.Treasury.SettleDifference(z.Context(), z.command("settle"), z.officer("1001"), all[0].ID, "again"); !fault.Is(err, "REVENUE-DIFFERENCE-01") {
			z.Error(err)
		}
	})
}

func TestADayOfABankIsReconciled(t *testing.T) {
	onBothEngines(t, func(z *zone) {
		day := z.clock.Now().Date()
		d, e := z.lodge(1000, ""), z.lodge(700, "")
		z.tells(bank.PaymentReceived, paid(d.Total, "R1", d.TaxBill, day))
		z.tells(bank.PaymentReceived, paid(5_00, "R2", d.TaxBill, day))   // paid twice
		z.tells(bank.PaymentReceived, paid(6_00, "R3", "T-UNKNOWN", day)) // unknown bill
		z.tells(bank.PaymentReceived, paid(7_00, "R4", e.TaxBill, day))   // the bank will say 8.00
		z.tells(bank.PaymentReceived, paid(9_00, "R5", e.TaxBill, day))   // the bank does not have it
		z.says(z.sequence+2, bank.GuaranteeExpired, bank.LetterEnd{})     // and one message before it is missing
		line := func(reference string, amount num.Money, bill string) bank.DayLine {
			return bank.DayLine{Reference: reference, In: true, Amount: amount, TaxBill: bill}
		}
		s := bank.DayStatement{Day: day, Lines: []bank.DayLine{
			line("R1", d.Total, d.TaxBill), line("R2", 5_00, d.TaxBill), line("R3", 6_00, "T-UNKNOWN"), line("R4", 8_00, e.TaxBill), line("R6", 3_00, e.TaxBill),
		}}
		s.Closing = d.Total + 5_00 + 6_00 + 8_00 + 3_00
		z.says(z.sequence+3, bank.StatementOfTheDay, s)
		z.ok(z.app.Money(z.Context()))
		r := load[bank.Reconciliation](z, dossier.Reconciliation, treasury.ReconciliationID("BANKA", day))
		got := map[bank.DifferenceKind]string{}
		for _, f := range r.Differences {
			got[f.Kind] = f.Reference
		}
		want := map[bank.DifferenceKind]string{
			bank.PaidTwice: "R2", bank.UnknownBill: "R3", bank.AmountDiffers: "R4", bank.NotAtBank: "R5", bank.MessageMissing: "R6", bank.SequenceGap: "#6", bank.BalanceDiffers: "",
		}
		if diff := cmp.Diff(want, got); diff != "" || r.State != bank.ReconciliationOpen {
			z.Error(diff, r.State)
		}
		// The message that was missing comes late: its differences go by themselves.
		z.says(6, bank.PaymentReceived, paid(3_00, "R6", e.TaxBill, day))
		ours, err := z.app.Cash(z.Context(), "BANKA", day)
		z.ok(err)
		r = reply[bank.Reconciliation](z)(z.app.Treasury.Reconcile(z.Context(), z.command("compare"), decision.System, "BANKA", day, ours))
		if len(r.Differences) != 5 {
			z.Errorf("%+v", r.Differences)
		}
		for i := range r.Differences {
			z.must(z.app.Treasury.Explain(z.Context(), z.command("explain"), z.officer("1001"), r.ID, i, "asked the bank"))
		}
		if r = load[bank.Reconciliation](z, dossier.Reconciliation, r.ID); r.State != bank.ReconciliationExplained {
			z.Errorf("%+v", r)
		}
	})
}

// refuses tells whether a lodging under a guarantee is refused.
func (z *zone) refuses(number string) bool {
	z.Helper()
	defer func() {
		if r := recover(); r != nil {
			z.Fatal(r)
		}
	}()
	for range 10 {
		z.ok(z.app.Store.Settle(z.Context()))
		before := z.app.Store.Position()
		drawn, err := z.tryLodge(number)
		if err == nil && drawn {
			continue // an officer looks at it before the guarantee is asked
		}
		return err != nil && len(fault.All(err)) > 0 && z.app.Store.Position() == before
	}
	return false
}
