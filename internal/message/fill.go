package message

import (
	"strings"
)

// opened gives the part of an item that was added to a list.
func opened[T any](list *[]*T, item *T, part *Part) *Part {
	*list = append(*list, item)
	return part
}

func add[T any](list *[]T, item T) *Part {
	*list = append(*list, item)
	return nil
}

// fill puts a segment into the fields of a part. The part that it gives is that
// of the group which the segment may open. Not typed: it has no fields.
func (r *grouped) fill(p *Part, l *line) (inner *Part, typed bool) {
	typed = true
	n := l.Number
	switch l.Tag {
	case "RFF":
		x := &EDIReference{Segment: n, Qualifier: r.qualifier(l), Number: l.get(1, 2), Line: l.get(1, 3), Version: l.get(1, 4)}
		inner = opened(&p.References, x, &x.Part)
	case "DTM":
		r.date(p, l)
	case "LOC":
		x := EDIPlace{Segment: n, Qualifier: r.qualifier(l), Code: l.code(2, 1), Relation: l.get(5, 1)}
		for e := 3; e <= 4; e++ {
			if c := l.code(e, 1); c != (Code{}) {
				x.Within = append(x.Within, c)
			}
		}
		p.Places = append(p.Places, x)
	case "NAD":
		inner = r.party(p, l)
	case "CTA":
		add(&p.Contacts, EDIContact{Segment: n, Function: l.get(1, 1), Code: l.get(2, 1), Name: l.get(2, 2)})
	case "COM":
		add(&p.Contacts, EDIContact{Segment: n, Address: l.get(1, 1), Channel: l.get(1, 2)})
	case "TDT":
		x := &EDITransport{Segment: n, Stage: r.qualifier(l), Journey: l.get(2, 1), Mode: l.get(3, 1), ModeSay: l.get(3, 2), Kind: l.code(4, 1), Carrier: l.code(5, 1), Means: l.code(8, 1), Flag: l.get(8, 5)}
		inner = opened(&p.Transports, x, &x.Part)
	case "TMD":
		add(&p.Movements, EDIMovement{Segment: n, Kind: l.get(1, 1), Name: l.get(1, 2), Plan: l.get(2, 1), Haulage: l.get(3, 1)})
	case "MEA":
		r.measure(p, l)
	case "QTY":
		add(&p.Quantities, EDIMeasure{Segment: n, Qualifier: r.qualifier(l), Value: r.number(l, 1, 2), Unit: l.get(1, 3)})
	case "PCD":
		add(&p.Percentages, EDIMeasure{Segment: n, Qualifier: r.qualifier(l), Value: r.number(l, 1, 2), Attribute: l.get(1, 3)})
	case "RNG":
		add(&p.Ranges, EDIMeasure{Segment: n, Qualifier: r.qualifier(l), Unit: l.get(2, 1), Minimum: r.number(l, 2, 2), Maximum: r.number(l, 2, 3)})
	case "DIM":
		add(&p.Dimensions, EDIDimension{Segment: n, Qualifier: r.qualifier(l), Unit: l.get(2, 1), Length: r.number(l, 2, 2), Width: r.number(l, 2, 3), Height: r.number(l, 2, 4)})
	case "TMP":
		x := &EDITemperature{Segment: n, Qualifier: r.qualifier(l), Value: r.number(l, 2, 1), Unit: l.get(2, 2)}
		inner = opened(&p.Temperature, x, &x.Part)
	case "SEL":
		x := EDISeal{Segment: n, Number: l.get(1, 1), Issuer: l.code(2, 1), Condition: l.get(3, 1)}
		if first := l.get(4, 1); x.Number == "" {
			x.Number = first
		}
		x.Last = l.get(4, 2)
		p.Seals = append(p.Seals, x)
	case "EQA":
		add(&p.Attached, EDIAttached{Segment: n, Type: l.get(1, 1), Number: l.get(2, 1)})
	case "DGS":
		inner = dangerous(p, l)
	case "DAM":
		x := &EDIDamage{Segment: n, Qualifier: l.get(1, 1), Kind: l.code(2, 1), Area: l.code(3, 1), Severity: l.code(4, 1)}
		inner = opened(&p.Damages, x, &x.Part)
	case "HAN":
		add(&p.Handling, l.code(1, 1))
	case "GDS":
		add(&p.Nature, Code{Code: l.get(1, 1), List: l.get(1, 2), Agency: l.get(1, 3)})
	case "PIA":
		kind := l.get(1, 1)
		for e := 2; e <= len(l.Data); e++ {
			add(&p.Products, EDIProduct{Segment: n, Kind: kind, Number: l.get(e, 1), List: strings.Trim(l.get(e, 2)+":"+l.get(e, 3), ":"), Agency: l.get(e, 4)})
		}
	case "IMD":
		add(&p.Products, EDIProduct{Segment: n, Kind: l.get(1, 1), Number: l.get(3, 1), List: l.get(3, 2), Agency: l.get(3, 3), Text: joinText("", l.all(3, 4))})
	case "FTX":
		add(&p.Texts, EDIText{Segment: n, Subject: r.qualifier(l), Function: l.get(2, 1), Coded: l.code(3, 1), Text: joinText("", l.all(4, 1)), Language: l.get(5, 1)})
	case "GIS":
		x := &EDIIndicator{Segment: n, Code: Code{Code: l.get(1, 1), List: l.get(1, 2), Agency: l.get(1, 3)}, Process: l.get(1, 4)}
		inner = opened(&p.Indicators, x, &x.Part)
	case "GEI":
		x := &EDIIndicator{Segment: n, Category: r.qualifier(l), Code: l.code(2, 1), Process: l.get(3, 1)}
		inner = opened(&p.Indicators, x, &x.Part)
	default:
		return r.fillCustoms(p, l)
	}
	return inner, true
}

// fillCustoms takes the segments of money, goods and answers.
func (r *grouped) fillCustoms(p *Part, l *line) (inner *Part, typed bool) {
	n := l.Number
	switch l.Tag {
	case "MOA":
		x := &EDIAmount{Segment: n, Qualifier: r.qualifier(l), Value: r.number(l, 1, 2), Currency: l.get(1, 3), Use: l.get(1, 4), Status: l.get(1, 5)}
		inner = opened(&p.Amounts, x, &x.Part)
	case "CUX":
		add(&p.Currencies, EDICurrency{Segment: n, Use: l.get(1, 1), Currency: l.get(1, 2), Qualifier: l.get(1, 3), TargetUse: l.get(2, 1), Target: l.get(2, 2), Rate: r.number(l, 3, 1)})
	case "PAC":
		x := &EDIPackage{Segment: n, Count: r.number(l, 1, 1), Level: l.get(2, 1), Kind: l.code(3, 1)}
		inner = opened(&p.Packages, x, &x.Part)
	case "PCI":
		x := &EDIMarks{Segment: n, Instruction: l.get(1, 1), Lines: l.all(2, 1)}
		inner = opened(&p.Marks, x, &x.Part)
	case "SGP":
		add(&p.Placements, EDIPlacement{Segment: n, Number: l.get(1, 1), Count: r.number(l, 2, 1)})
	case "TOD":
		x := &EDITerms{Segment: n, Function: l.get(1, 1), Payment: l.get(2, 1), Code: l.code(3, 1)}
		inner = opened(&p.Terms, x, &x.Part)
	case "ALC":
		x := &EDIAllowance{Segment: n, Kind: r.qualifier(l), Number: l.get(2, 1), Code: l.get(2, 2), Settlement: l.get(3, 1), Sequence: l.get(4, 1), Service: l.code(5, 1)}
		x.Means, x.Service.Name = allowances[x.Kind], joinText(x.Service.Name, l.all(5, 5))
		inner = opened(&p.Allowances, x, &x.Part)
	case "PYT":
		x := &EDIPayment{Segment: n, Type: r.qualifier(l), Terms: l.code(2, 1), Reference: l.get(3, 1), Relation: l.get(4, 1), Period: l.get(5, 1), Count: r.number(l, 6, 1)}
		inner = opened(&p.Payments, x, &x.Part)
	case "PAT": // the directories before PYT have the times in one composite
		x := &EDIPayment{Segment: n, Type: r.qualifier(l), Terms: l.code(2, 1), Reference: l.get(3, 1), Relation: l.get(3, 2), Period: l.get(3, 3), Count: r.number(l, 3, 4)}
		inner = opened(&p.Payments, x, &x.Part)
	case "PRI":
		add(&p.Prices, EDIPrice{
			Segment: n, Qualifier: r.qualifier(l), Value: r.number(l, 1, 2), Type: l.get(1, 3), Specification: l.get(1, 4), Basis: r.number(l, 1, 5), Unit: l.get(1, 6), Change: l.get(2, 1),
		})
	case "RTE":
		add(&p.Rates, EDIMeasure{Segment: n, Qualifier: r.qualifier(l), Value: r.number(l, 1, 2), Attribute: l.get(1, 3), Unit: l.get(1, 4)})
	case "QVR":
		x := &EDIVariance{Segment: n, Quantity: r.number(l, 1, 1), Qualifier: l.get(1, 2), Discrepancy: l.get(2, 1), Reason: l.code(3, 1)}
		inner = opened(&p.Variances, x, &x.Part)
	case "GIN", "GIR":
		x := numbers(l, r.qualifier(l))
		inner = opened(&p.Numbers, x, &x.Part)
	case "DOC":
		x := &EDIDocument{Segment: n, Kind: l.code(1, 1), Number: l.get(2, 1), Status: l.get(2, 2), Source: l.get(2, 3)}
		inner = opened(&p.Documents, x, &x.Part)
	case "TAX":
		x := &EDIDuty{
			Segment: n, Function: r.qualifier(l), Type: l.code(2, 1), Account: Code{Code: l.get(3, 1), List: l.get(3, 2), Agency: l.get(3, 3)}, Base: r.number(l, 4, 1),
			RateCode: l.get(5, 1), Rate: r.number(l, 5, 4), RateBase: l.get(5, 5), Category: l.get(6, 1), Party: l.get(7, 1),
		}
		inner = opened(&p.Duties, x, &x.Part)
	case "ERP":
		x := &EDIError{Segment: n, Section: l.get(1, 1), Item: l.get(1, 2), SubItem: l.get(1, 3), Tag: l.get(2, 1), Position: l.get(2, 2)}
		x.SectionIs = messageSections[x.Section]
		inner = opened(&p.Errors, x, &x.Part)
	case "ERC":
		x := &EDIErrorCode{Segment: n, Code: Code{Code: l.get(1, 1), List: l.get(1, 2), Agency: l.get(1, 3)}}
		inner = opened(&p.Codes, x, &x.Part)
	case "CNT":
		add(&p.Totals, EDITotal{Segment: n, Qualifier: r.qualifier(l), Value: r.number(l, 1, 2), Unit: l.get(1, 3)})
	case "EQD":
		x := r.equipment(l)
		inner = opened(&p.Equipment, x, &x.Part)
	case "GID":
		x := &EDIGoods{Segment: n, Number: l.get(1, 1)}
		for e := 2; e <= len(l.Data); e++ {
			pack := &EDIPackage{Segment: n, Count: r.number(l, e, 1), Kind: l.code(e, 2)}
			if pack.Count != "" || pack.Kind != (Code{}) {
				x.Packages = append(x.Packages, pack)
			}
		}
		inner = opened(&p.Goods, x, &x.Part)
	case "DMS":
		x := &EDIInvoice{Segment: n, Number: l.get(1, 1), Kind: l.code(2, 1)}
		inner = opened(&p.Invoices, x, &x.Part)
	case "LIN":
		x := &EDILine{Segment: n, Number: l.get(1, 1)}
		if number := l.get(3, 1); number != "" {
			x.Products = append(x.Products, EDIProduct{Segment: n, Kind: l.get(2, 1), Number: number, List: strings.Trim(l.get(3, 2)+":"+l.get(3, 3), ":"), Agency: l.get(3, 4)})
		}
		inner = opened(&p.Lines, x, &x.Part)
	case "CST":
		x := &EDILine{Segment: n, Number: l.get(1, 1)}
		x.Identities = identities(l)
		inner = opened(&p.Lines, x, &x.Part)
	default:
		return nil, false
	}
	return inner, true
}

// identities reads the customs identity codes of CST, up to five.
func identities(l *line) []Code {
	var out []Code
	for e := 2; e <= len(l.Data); e++ {
		if c := (Code{Code: l.get(e, 1), List: l.get(e, 2), Agency: l.get(e, 3)}); c != (Code{}) {
			out = append(out, c)
		}
	}
	return out
}

// qualifier reads the code that says what a segment speaks of. Without it the
// segment means little: it is kept, and noted.
func (r *grouped) qualifier(l *line) string {
	q := l.get(1, 1)
	if q == "" && !l.empty() {
		r.forgiven("MSG-EDI-QUALIFIER-01", l.Segment, "{tag} in segment {segment} has no qualifier: what it speaks of is not known", "give the code that the directory demands first in {tag}", "tag", l.Tag)
	}
	return q
}

// empty tells whether no component says anything.
func (l *line) empty() bool {
	for _, element := range l.Data {
		for _, repeat := range element {
			if strings.TrimSpace(strings.Join(repeat, "")) != "" {
				return false
			}
		}
	}
	return true
}

func (r *grouped) party(p *Part, l *line) *Part {
	x := &EDIParty{Segment: l.Number, Qualifier: r.qualifier(l), Code: Code{Code: l.get(2, 1), List: l.get(2, 2), Agency: l.get(2, 3)}}
	x.Address = l.all(3, 1)
	var name []string
	for c := 1; c <= 5; c++ { // the sixth component says how the name is written
		if v := l.get(4, c); v != "" {
			name = append(name, v)
		}
	}
	l.get(4, 6)
	x.Name = strings.Join(name, " ")
	x.Street = l.all(5, 1)
	x.City, x.Region, x.Postcode, x.Country = l.get(6, 1), strings.Join(l.all(7, 1), " "), l.get(8, 1), l.get(9, 1)
	return opened(&p.Parties, x, &x.Part)
}

func (r *grouped) measure(p *Part, l *line) {
	x := EDIMeasure{
		Segment: l.Number, Qualifier: r.qualifier(l), Attribute: l.get(2, 1), Significance: l.get(2, 2),
		Unit: l.get(3, 1), Value: r.number(l, 3, 2), Minimum: r.number(l, 3, 3), Maximum: r.number(l, 3, 4),
	}
	if kg, mass := Kilograms(x.Value, strings.ToUpper(x.Unit)); mass {
		x.Kilograms = kg.String()
	}
	p.Measures = append(p.Measures, x)
}

func dangerous(p *Part, l *line) *Part {
	x := &EDIDangerous{
		Segment: l.Number, Regulation: l.get(1, 1), Class: l.get(2, 1), SubClass: l.get(2, 2), Edition: l.get(2, 3), UNNumber: l.get(3, 1),
		Flashpoint: l.get(4, 1), Unit: l.get(4, 2), Packing: l.get(5, 1), EmS: l.get(6, 1), Labels: l.all(10, 1),
	}
	if x.Flashpoint == "" {
		x.Flashpoint = l.get(3, 2)
	}
	return opened(&p.Dangerous, x, &x.Part)
}

// numbers reads up to five numbers of GIN, each alone or as the first of a range,
// or of GIR, each with what it is.
func numbers(l *line, qualifier string) *EDINumbers {
	x := &EDINumbers{Segment: l.Number, Qualifier: qualifier}
	for e := 2; e <= len(l.Data); e++ {
		n := EDINumber{Number: l.get(e, 1)}
		if l.Tag == "GIN" {
			n.Last = l.get(e, 2)
		} else {
			n.Qualifier, n.Status = l.get(e, 2), l.get(e, 3)
		}
		if n != (EDINumber{}) {
			x.List = append(x.List, n)
		}
	}
	return x
}
