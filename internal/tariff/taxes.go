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
	rows  []TaxRow
	epoch string
	index map[taxKey][]int32
	all   map[Kind][]int32
}

type taxKey struct {
	tax  Kind
	code Key
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
	t := &Taxes{epoch: hex.EncodeToString(sum[:16]), index: map[taxKey][]int32{}, all: map[Kind][]int32{}}
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
			t.all[kind] = append(t.all[kind], int32(i))
		}
		for _, c := range row.Codes {
			k, ok := c.Key()
			if !ok {
				return nil, fmt.Errorf("tax table, row %d: %q is not a code", i+1, c)
			}
			t.index[taxKey{kind, k}] = append(t.index[taxKey{kind, k}], int32(i))
		}
	}
	return t, nil
}

// At gives the row of one tax that applies to a code on day d without further
// condition: the longest beginning wins over a shorter one, the general rate
// comes last. ok is false when the goods do not bear the tax.
func (t *Taxes) At(tax Kind, code Code, d clock.Date) (*TaxRow, bool) {
	for n := min(len(code), 14); n >= 2; n-- {
		k, ok := code[:n].Key()
		if !ok {
			return nil, false
		}
		for _, i := range t.index[taxKey{tax, k}] {
			r := &t.rows[i]
			if within(r.From, r.To, d) && r.Condition == "" && !r.leavesOut(code) {
				return r, true
			}
		}
	}
	for _, i := range t.all[tax] {
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
	for n := 2; n <= min(len(code), 14); n++ {
		k, ok := code[:n].Key()
		if !ok {
			return nil
		}
		for _, i := range t.index[taxKey{tax, k}] {
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
