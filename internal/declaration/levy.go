package declaration

import (
	"strconv"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/fault"
	"seine/internal/jsonform"
	"seine/internal/num"
)

// LevyBasis is what the duty of a domestic sale is levied on (DR §3.12).
type LevyBasis string

const (
	OnGoods     LevyBasis = "goods"     // the goods as they leave
	OnMaterials LevyBasis = "materials" // the bonded materials in them
)

// LevyChoice is the choice of an enterprise that sells goods made in the zone
// into the country (选择性征收关税, DR §3.12), with the materials in the goods. It
// is locked when the declaration is accepted.
type LevyChoice struct {
	On        LevyBasis      `json:"on"`
	Materials []LevyMaterial `json:"materials"` // of every line; those of a line left out are filled from the account book
}

// LevyMaterial is one bonded material in one line of goods.
type LevyMaterial struct {
	Line        int           `json:"line"`               // number of the goods line it is in
	BookLine    int           `json:"bookLine,omitempty"` // material line of the account book; code, name, unit and origin left out are taken from it
	Commodity   CommodityCode `json:"commodity,omitempty"`
	Name        string        `json:"name,omitempty"`
	Origin      CountryCode   `json:"origin,omitempty"`
	Agreement   string        `json:"agreement,omitempty"`   // trade agreement claimed
	OriginProof string        `json:"originProof,omitempty"` // certificate filed when the material came in
	Quantity    num.Quantity  `json:"quantity"`
	Unit        UnitCode      `json:"unit,omitempty"`
	Value       num.Money     `json:"value"`          // customs value at which it came in, CNY; 0 with a line of the book is filled from it
	From        clock.Date    `json:"from,omitempty"` // deferral begins: day of first import, or of the last write-off of the book
}

// ByMaterials tells whether the duty is levied on the materials.
func (d *Declaration) ByMaterials() bool { return d.Levy != nil && d.Levy.On == OnMaterials }

func (c *LevyChoice) appendTo(w *jsonform.Writer) {
	w.Name("levy")
	w.Open('{')
	w.Member("on", string(c.On))
	w.Name("materials")
	if c.Materials == nil {
		w.Raw(nil)
	} else {
		w.Open('[')
		for i := range c.Materials {
			m := &c.Materials[i]
			w.Open('{')
			w.Number("line", int64(m.Line))
			w.Count("bookLine", int64(m.BookLine))
			w.Optional("commodity", string(m.Commodity))
			w.Optional("name", m.Name)
			w.Optional("origin", string(m.Origin))
			w.Optional("agreement", m.Agreement)
			w.Optional("originProof", m.OriginProof)
			jsonform.Plain(w, "quantity", m.Quantity)
			w.Optional("unit", string(m.Unit))
			jsonform.Plain(w, "value", m.Value)
			jsonform.Given(w, "from", m.From)
			w.Close('}')
		}
		w.Close(']')
	}
	w.Close('}')
}

// levy judges the choice as it was received; what a material line of the book
// fills in may be left out where one is named.
func (v *validator) levy() {
	c := v.d.Levy
	if c == nil {
		return
	}
	if c.On != OnGoods && c.On != OnMaterials {
		v.add(fault.New(fault.Invalid, "DEC-LEVY-01", "/levy/on", "“{value}” is nothing that duty can be levied on",
			"write goods or materials", "value", c.On))
	}
	if len(c.Materials) == 0 && v.d.BookNumber == "" {
		v.add(fault.New(fault.Invalid, "DEC-LEVY-02", "/levy/materials", "the materials in the goods are not stated",
			"name the account book, which knows them, list the bonded materials of every line, or leave the choice out"))
	}
	if len(c.Materials) > v.bounds.MaxLines {
		v.add(fault.New(fault.Invalid, "DEC-LEVY-03", "/levy/materials", "{count} materials are more than the {most} that one declaration may have",
			"split it into several declarations", "count", len(c.Materials), "most", v.bounds.MaxLines))
		return
	}
	for i := range c.Materials {
		v.levied(i, &c.Materials[i])
	}
}

func (v *validator) levied(i int, m *LevyMaterial) {
	path := "/levy/materials/" + strconv.Itoa(i)
	if m.Line < 1 || m.Line > len(v.d.Lines) {
		v.add(fault.New(fault.Invalid, "DEC-LEVY-04", path+"/line", "material {material} names line {line}, which the declaration does not have",
			"give the number of the goods line that the material is in", "material", i+1, "line", m.Line))
	}
	if m.Commodity != "" && !tenDigits(string(m.Commodity)) || m.Commodity == "" && m.BookLine == 0 {
		v.add(fault.New(fault.Invalid, "DEC-LEVY-05", path+"/commodity", "material {material} has no commodity code: “{value}”",
			"write ten digits of the tariff, or name the line of the account book", "material", i+1, "value", m.Commodity))
	}
	if m.Quantity <= 0 || m.Unit == "" && m.BookLine == 0 {
		v.add(fault.New(fault.Invalid, "DEC-LEVY-06", path+"/quantity", "material {material} has a quantity of {value} “{unit}”",
			"give how much of it is in the goods of the line, and its unit", "material", i+1, "value", m.Quantity, "unit", m.Unit))
	}
	if m.Value < 0 || m.Value == 0 && m.BookLine == 0 {
		v.add(fault.New(fault.Invalid, "DEC-LEVY-07", path+"/value", "material {material} has no value",
			"give the customs value at which it came in, in yuan", "material", i+1))
	}
	if m.From != 0 && (m.From < v.bounds.EarliestDay || m.From > v.on) {
		v.add(fault.New(fault.Invalid, "DEC-LEVY-08", path+"/from", "material {material} cannot have come in on {day}",
			"give the day of its first import, not after today", "material", i+1, "day", m.From))
	}
	if m.BookLine < 0 || m.BookLine > 0 && v.d.BookNumber == "" {
		v.add(fault.New(fault.Invalid, "DEC-BOOK-01", path+"/bookLine", "book line {value} is named without an account book",
			"name the account book in the head, or leave the book line out", "value", m.BookLine))
	}
	if m.Agreement != "" && m.OriginProof == "" {
		v.add(fault.New(fault.Invalid, "DEC-LEVY-09", path+"/originProof", "material {material} claims agreement {agreement} without a certificate",
			"give the certificate of origin that was filed when it came in, or claim none", "material", i+1, "agreement", m.Agreement))
	}
	v.code(codelist.Units, path+"/unit", string(m.Unit))
	v.country(path+"/origin", m.Origin)
	v.text(path+"/name", m.Name)
	v.text(path+"/agreement", m.Agreement)
	v.text(path+"/originProof", m.OriginProof)
}
