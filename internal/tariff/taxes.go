package tariff

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"seine/internal/clock"
	"seine/internal/num"
)

// TaxRow is one dated rate of VAT or consumption tax on the codes that begin
// with one of Codes; an empty Codes is the general rate for all goods.
type TaxRow struct {
	Tax       Kind       // VAT or ConsumptionTax
	Codes     []Code     // beginnings of codes, longest wins
	Except    []Code     // beginnings of codes that the row leaves out
	Duty      Expression // the rate
	Condition string     // what must also be true; such a row is shown, not applied
	Goods     string     // the goods in words
	From, To  clock.Date // both days included; 0 is open
	Law       string
	Reading   bool // OR: which codes the words of the law cover is our reading
}

// Taxes is a dated table of VAT and consumption tax by commodity code.
type Taxes struct {
	rows             []TaxRow
	epoch            string
	vat, consumption taxIndex
}

// taxIndex finds the rows of one tax by the beginnings of codes that they name.
type taxIndex struct {
	rows     map[Key][]int32
	lengths  []int     // of the beginnings that there are, rising
	chapters [100]bool // that have any
	all      []int32   // rows of every code
}

func (x *taxIndex) add(k Key, row int32) {
	if x.rows == nil {
		x.rows = map[Key][]int32{}
	}
	x.rows[k] = append(x.rows[k], row)
	x.chapters[k.chapter()] = true
	if n := k.digits(); !slices.Contains(x.lengths, n) {
		x.lengths = append(x.lengths, n)
		slices.Sort(x.lengths)
	}
}

// beginnings gives how many digits the beginnings have under which rows for a
// code may stand; none where the code's chapter has no row, or it is no code.
func (x *taxIndex) beginnings(code Code) (Key, []int) {
	k, ok := code[:min(len(code), 14)].Key()
	if !ok || !x.chapters[k.chapter()] {
		return 0, nil
	}
	n := len(x.lengths)
	for n > 0 && x.lengths[n-1] > k.digits() {
		n--
	}
	return k, x.lengths[:n]
}

func (t *Taxes) of(tax Kind) *taxIndex {
	switch tax {
	case VAT:
		return &t.vat
	case ConsumptionTax:
		return &t.consumption
	default:
		return &taxIndex{}
	}
}

// Epoch is the hash of the table's content.
func (t *Taxes) Epoch() string { return t.epoch }

// Rows gives the table, for display.
func (t *Taxes) Rows() []TaxRow { return slices.Clone(t.rows) }

// ReadTaxes reads the readable table (data/cn_taxes.json): a JSON array of
// objects {tax, codes, except, rate, condition, goods, from, to, law, mark}.
// rate is in our notation of duty expressions: "13%", "20% + 1/KGM".
func ReadTaxes(r io.Reader) (*Taxes, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read tax table: %w", err)
	}
	var rows []struct {
		Tax       string     `json:"tax"`
		Codes     []Code     `json:"codes"`
		Except    []Code     `json:"except"`
		Rate      string     `json:"rate"`
		Condition string     `json:"condition"`
		Goods     string     `json:"goods"`
		From      clock.Date `json:"from"`
		To        clock.Date `json:"to"`
		Law       string     `json:"law"`
		Mark      string     `json:"mark"`
	}
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	if err := d.Decode(&rows); err != nil {
		return nil, fmt.Errorf("read tax table: %w", err)
	}
	sum := sha256.Sum256(text)
	t := &Taxes{epoch: hex.EncodeToString(sum[:16])}
	for i, row := range rows {
		kind := KindOf(row.Tax)
		if kind != VAT && kind != ConsumptionTax {
			return nil, fmt.Errorf("tax table, row %d: %q is neither vat nor consumption_tax", i+1, row.Tax)
		}
		duty, err := ParseNotation(row.Rate)
		if err != nil {
			return nil, fmt.Errorf("tax table, row %d: %w", i+1, err)
		}
		t.rows = append(t.rows, TaxRow{
			Tax: kind, Codes: row.Codes, Except: row.Except, Duty: *duty, Condition: row.Condition, Goods: row.Goods,
			From: row.From, To: row.To, Law: row.Law, Reading: row.Mark == "OR",
		})
		if len(row.Codes) == 0 {
			t.of(kind).all = append(t.of(kind).all, int32(i))
		}
		for _, c := range row.Codes {
			k, ok := c.Key()
			if !ok {
				return nil, fmt.Errorf("tax table, row %d: %q is not a code", i+1, c)
			}
			t.of(kind).add(k, int32(i))
		}
	}
	return t, nil
}

// At gives the row of one tax that applies to a code on day d without further
// condition: the longest beginning wins over a shorter one, the general rate
// comes last. ok is false when the goods do not bear the tax.
func (t *Taxes) At(tax Kind, code Code, d clock.Date) (*TaxRow, bool) {
	if _, ok := code[:min(len(code), 14)].Key(); !ok {
		return nil, false
	}
	x := t.of(tax)
	k, lengths := x.beginnings(code)
	for _, n := range slices.Backward(lengths) {
		for _, i := range x.rows[k.beginning(n)] {
			r := &t.rows[i]
			if within(r.From, r.To, d) && r.Condition == "" && !r.leavesOut(code) {
				return r, true
			}
		}
	}
	for _, i := range x.all {
		if r := &t.rows[i]; within(r.From, r.To, d) && r.Condition == "" && !r.leavesOut(code) {
			return r, true
		}
	}
	return nil, false
}

// Conditional gives the rows that may apply to a code on day d when their
// condition is met; somebody has to look.
func (t *Taxes) Conditional(tax Kind, code Code, d clock.Date) []*TaxRow {
	var found []*TaxRow
	x := t.of(tax)
	k, lengths := x.beginnings(code)
	for _, n := range lengths {
		for _, i := range x.rows[k.beginning(n)] {
			if r := &t.rows[i]; within(r.From, r.To, d) && r.Condition != "" && !r.leavesOut(code) {
				found = append(found, r)
			}
		}
	}
	return found
}

func (r *TaxRow) leavesOut(code Code) bool {
	for _, x := range r.Except {
		if strings.HasPrefix(string(code), string(x)) {
			return true
		}
	}
	return false
}

// Rate gives the plain rate of a row, as VAT has it.
func (r *TaxRow) Rate() num.Rate {
	rate, _ := r.Duty.Plain()
	return rate
}
