package print

import (
	"bytes"
	"fmt"
	"image/png"
	"strconv"
	"strings"

	"github.com/boombuler/barcode"
	"github.com/boombuler/barcode/qr"
	"github.com/signintech/gopdf"

	"seine/internal/bonded"
	"seine/internal/num"
	"seine/internal/writeoff"
)

// ColumnKeys are the messages that name the columns of a write-off report.
var ColumnKeys = map[writeoff.Column]string{
	writeoff.FirstLine: "writeoff.firstline", writeoff.SecondLine: "writeoff.secondline", writeoff.CarriedIn: "writeoff.carriedin",
	writeoff.ExchangedIn: "writeoff.exchangedin", writeoff.Made: "writeoff.made", writeoff.VerifiedAdd: "writeoff.verifiedadd",
	writeoff.ReExported: "writeoff.reexport", writeoff.Exported: "writeoff.export", writeoff.Sold: "writeoff.sold",
	writeoff.ExchangedOut: "writeoff.exchangedout", writeoff.CarriedOver: "writeoff.carriedover", writeoff.RemainderOut: "writeoff.remainderout",
	writeoff.Scrapped: "writeoff.scrapped", writeoff.Destroyed: "writeoff.destroyed", writeoff.VerifiedReduce: "writeoff.verifiedreduce",
	writeoff.ElsewhereInside: "writeoff.elsewhere",
}

// WriteOffStateKeys are the messages that name the states of a write-off.
var WriteOffStateKeys = map[writeoff.State]string{
	writeoff.Draft: "writeoff.draft", writeoff.Counting: "writeoff.counting", writeoff.Submitted: "writeoff.submitted", writeoff.Compared: "writeoff.compared",
	writeoff.Passed: "writeoff.passed", writeoff.Review: "writeoff.review", writeoff.OnSite: "writeoff.onsite", writeoff.Decided: "writeoff.decided", writeoff.Adjusted: "writeoff.adjusted",
}

// WriteOffPDF prints a write-off report: the identity of each line, what moved,
// how differences were settled, and who decided. link leads to the receipt of its
// entry in the journal and stands on the paper as a QR code too; "" where nothing
// is decided yet. Fault: PRINT-GLYPH-01.
func WriteOffPDF(w *bonded.WriteOff, printed, link, language string) ([]byte, error) {
	t := wordsOf(language)
	s, err := newSheet(t("writeoff.report"))
	if err != nil {
		return nil, err
	}
	if link != "" {
		if err := s.code(link); err != nil {
			return nil, err
		}
	}
	s.heading(t("writeoff.report"), titleSize)
	p := w.Report.Period
	facts := [][2]string{
		{t("writeoff.number"), w.Number},
		{t("writeoff.book"), w.Book},
		{t("writeoff.enterprise"), w.Enterprise},
		{t("writeoff.period"), p.Start.String() + " – " + p.End.String()},
		{t("writeoff.lists"), strconv.Itoa(w.Report.ListsIn) + " / " + strconv.Itoa(w.Report.ListsOut)},
		{t("writeoff.state"), t(WriteOffStateKeys[w.State])},
	}
	if w.Officers[0] != "" {
		facts = append(facts, [2]string{t("writeoff.officers"), w.Officers[0] + ", " + w.Officers[1]})
	}
	if w.TaxBill != "" {
		facts = append(facts, [2]string{t("writeoff.taxbill"), w.TaxBill})
	}
	if link != "" {
		facts = append(facts, [2]string{t("writeoff.receipt"), link})
	}
	s.facts(facts)
	const width = pageWidth - 2*margin
	columns := []column{
		{t("writeoff.line"), 28, false},
		{t("writeoff.goods"), width - 28 - 7*58, false},
		{t("writeoff.opening"), 58, true},
		{t("writeoff.came"), 58, true},
		{t("writeoff.used"), 58, true},
		{t("writeoff.left"), 58, true},
		{t("writeoff.should"), 58, true},
		{t("writeoff.counted"), 58, true},
		{t("writeoff.differs"), 58, true},
	}
	s.y += leading
	s.headRow(columns)
	for i := range w.Report.Items {
		it := &w.Report.Items[i]
		counted := "–"
		if it.Counted != nil {
			counted = amount(*it.Counted)
		}
		s.row(columns, []string{
			strconv.Itoa(it.Line), it.Commodity + " " + it.Name + " (" + string(it.Unit) + ")", amount(it.Opening.Quantity + it.Late), amount(it.Total(true)),
			amount(it.Consumption), amount(it.Total(false)), amount(it.ShouldRemain.Quantity), counted, amount(it.Difference),
		}, i > 0)
		var moved []string
		for _, c := range writeoff.Columns() {
			if q := it.Flows[c]; q != 0 {
				moved = append(moved, t(ColumnKeys[c])+" "+amount(q))
			}
		}
		for _, x := range []struct {
			key string
			q   num.Quantity
		}{
			{"writeoff.late", it.Late},
			{"writeoff.tangible", it.TangibleLoss},
			{"writeoff.intangible", it.IntangibleLoss},
			{"writeoff.loss", it.Settled.Loss},
			{"writeoff.majeure", it.Settled.Majeure},
			{"writeoff.taxed", it.Settled.Taxed},
			{"writeoff.tolerated", it.Settled.Tolerated},
			{"writeoff.surplus", it.Settled.Added},
		} {
			if x.q != 0 {
				moved = append(moved, t(x.key)+" "+amount(x.q))
			}
		}
		if it.Tax != 0 {
			moved = append(moved, t("writeoff.tax")+" "+Grouped(it.Tax.Fixed())+" CNY")
		}
		if len(moved) > 0 {
			s.note(strings.Join(moved, "; "))
		}
		for _, e := range w.Explanations {
			if e.Line == it.Line {
				s.note(explained(t, &e))
			}
		}
	}
	return s.finish(t("writeoff.printed") + " " + printed)
}

// CauseKeys are the messages that name how a difference is explained.
var CauseKeys = map[writeoff.Cause]string{
	writeoff.ProcessLoss: "writeoff.loss", writeoff.ForceMajeure: "writeoff.majeure", writeoff.Unexplained: "writeoff.taxed", writeoff.Surplus: "writeoff.surplus",
}

// explained writes what the enterprise said of a part of a difference.
func explained(t func(string) string, e *writeoff.Explanation) string {
	parts := []string{t(CauseKeys[e.Cause]) + " " + amount(e.Quantity) + ": " + e.Reason}
	if e.Proof != "" {
		parts = append(parts, t("writeoff.proof")+" "+e.Proof)
	}
	if e.Discovered != 0 {
		parts = append(parts, t("writeoff.discovered")+" "+e.Discovered.String())
	}
	if e.Voluntary {
		parts = append(parts, t("writeoff.voluntary"))
	}
	return strings.Join(parts, "; ")
}

func amount(q num.Quantity) string { return Grouped(q.String()) }

// code draws a QR code into the corner of the first page.
func (s *sheet) code(content string) error {
	const side = 72.0
	square, err := qr.Encode(content, qr.M, qr.Auto)
	if err != nil {
		return fmt.Errorf("make the QR code: %w", err)
	}
	scaled, err := barcode.Scale(square, 288, 288)
	if err != nil {
		return fmt.Errorf("make the QR code: %w", err)
	}
	var b bytes.Buffer
	if err := png.Encode(&b, scaled); err != nil {
		return fmt.Errorf("make the QR code: %w", err)
	}
	holder, err := gopdf.ImageHolderByBytes(b.Bytes())
	if err != nil {
		return fmt.Errorf("place the QR code: %w", err)
	}
	s.keep(s.pdf.ImageByHolder(holder, pageWidth-margin-side, margin-8, &gopdf.Rect{W: side, H: side}))
	return nil
}
