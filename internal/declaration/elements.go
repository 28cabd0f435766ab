package declaration

import (
	"sort"
	"strconv"
	"strings"

	"seine/internal/fault"
)

// headElements are the elements of the head that a procedure can require, by
// their JSON pointer. A party counts as stated when it has any code.
var headElements = map[string]func(*Declaration) bool{
	"/number":           func(d *Declaration) bool { return d.Number != "" },
	"/preEntryNumber":   func(d *Declaration) bool { return d.PreEntryNumber != "" },
	"/kind":             func(d *Declaration) bool { return d.Kind != "" },
	"/filingType":       func(d *Declaration) bool { return d.FilingType != 0 },
	"/direction":        func(d *Declaration) bool { return d.Direction != "" },
	"/procedure":        func(d *Declaration) bool { return d.Procedure != "" },
	"/entryOffice":      func(d *Declaration) bool { return d.EntryOffice != "" },
	"/competentOffice":  func(d *Declaration) bool { return d.CompetentOffice != "" },
	"/inspectionOffice": func(d *Declaration) bool { return d.InspectionOffice != "" },
	"/declaredOn":       func(d *Declaration) bool { return d.DeclaredOn != 0 },
	"/entryOn":          func(d *Declaration) bool { return d.EntryOn != 0 },
	"/consignee":        func(d *Declaration) bool { return d.Consignee.Code() != "" },
	"/consignee/name":   func(d *Declaration) bool { return d.Consignee.Name != "" },
	"/overseas":         func(d *Declaration) bool { return d.Overseas.Given() },
	"/owner":            func(d *Declaration) bool { return d.Owner.Code() != "" },
	"/declarant":        func(d *Declaration) bool { return d.Declarant.Code() != "" },
	"/bookNumber":       func(d *Declaration) bool { return d.BookNumber != "" },
	"/listNumber":       func(d *Declaration) bool { return d.ListNumber != "" },
	"/transport/mode":   func(d *Declaration) bool { return d.Transport.Mode != "" },
	"/transport/name":   func(d *Declaration) bool { return d.Transport.Name != "" },
	"/transport/voyage": func(d *Declaration) bool { return d.Transport.Voyage != "" },
	"/manifest":         func(d *Declaration) bool { return d.Manifest != "" },
	"/billOfLading":     func(d *Declaration) bool { return d.BillOfLading != "" },
	"/tradeMode":        func(d *Declaration) bool { return d.TradeMode != "" },
	"/levyNature":       func(d *Declaration) bool { return d.LevyNature != "" },
	"/tradeCountry":     func(d *Declaration) bool { return d.TradeCountry != "" },
	"/departureCountry": func(d *Declaration) bool { return d.DepartureCountry != "" },
	"/port":             func(d *Declaration) bool { return d.Port != "" },
	"/transitPort":      func(d *Declaration) bool { return d.TransitPort != "" },
	"/terms":            func(d *Declaration) bool { return d.Terms != "" },
	"/freight":          func(d *Declaration) bool { return d.Freight != nil },
	"/insurance":        func(d *Declaration) bool { return d.Insurance != nil },
	"/other":            func(d *Declaration) bool { return d.Other != nil },
	"/totalAmount":      func(d *Declaration) bool { return d.TotalAmount != 0 },
	"/currency":         func(d *Declaration) bool { return d.Currency != "" },
	"/packages":         func(d *Declaration) bool { return d.Packages != 0 },
	"/packageKind":      func(d *Declaration) bool { return d.PackageKind != "" },
	"/grossMass":        func(d *Declaration) bool { return d.GrossMass != 0 },
	"/netMass":          func(d *Declaration) bool { return d.NetMass != 0 },
	"/contract":         func(d *Declaration) bool { return d.Contract != "" },
	"/licences":         func(d *Declaration) bool { return len(d.Licences) > 0 },
	"/confirmations":    func(d *Declaration) bool { return d.Confirmations != nil },
	"/equipment":        func(d *Declaration) bool { return len(d.Equipment) > 0 },
	"/goodsPlace":       func(d *Declaration) bool { return d.GoodsPlace != "" },
	"/marks":            func(d *Declaration) bool { return d.Marks != "" },
	"/remarks":          func(d *Declaration) bool { return d.Remarks != "" },
	"/relatedNumber":    func(d *Declaration) bool { return d.RelatedNumber != "" },
	"/relatedBook":      func(d *Declaration) bool { return d.RelatedBook != "" },
	"/levy":             func(d *Declaration) bool { return d.Levy != nil },
	"/declaredTax":      func(d *Declaration) bool { return len(d.DeclaredTax) > 0 },
}

const linePrefix = "/lines/*"

// lineElements are those of every line.
var lineElements = map[string]func(*GoodsItem) bool{
	"/lines/*/bookLine":         func(l *GoodsItem) bool { return l.BookLine != 0 },
	"/lines/*/commodity":        func(l *GoodsItem) bool { return l.Commodity != "" },
	"/lines/*/name":             func(l *GoodsItem) bool { return l.Name != "" },
	"/lines/*/model":            func(l *GoodsItem) bool { return l.Model != "" },
	"/lines/*/quantity":         func(l *GoodsItem) bool { return l.Quantity != 0 },
	"/lines/*/unit":             func(l *GoodsItem) bool { return l.Unit != "" },
	"/lines/*/legalQuantity":    func(l *GoodsItem) bool { return l.LegalQuantity != 0 },
	"/lines/*/legalUnit":        func(l *GoodsItem) bool { return l.LegalUnit != "" },
	"/lines/*/legalQuantity2":   func(l *GoodsItem) bool { return l.LegalQuantity2 != 0 },
	"/lines/*/legalUnit2":       func(l *GoodsItem) bool { return l.LegalUnit2 != "" },
	"/lines/*/unitPrice":        func(l *GoodsItem) bool { return l.UnitPrice != 0 },
	"/lines/*/total":            func(l *GoodsItem) bool { return l.Total != 0 || l.Valuation > TransactionValue },
	"/lines/*/currency":         func(l *GoodsItem) bool { return l.Currency != "" },
	"/lines/*/origin":           func(l *GoodsItem) bool { return l.Origin != "" },
	"/lines/*/originCriterion":  func(l *GoodsItem) bool { return l.OriginCriterion != "" },
	"/lines/*/agreement":        func(l *GoodsItem) bool { return l.Agreement != "" },
	"/lines/*/finalDestination": func(l *GoodsItem) bool { return l.FinalDestination != "" },
	"/lines/*/levyMode":         func(l *GoodsItem) bool { return l.LevyMode != "" },
	"/lines/*/grossMass":        func(l *GoodsItem) bool { return l.GrossMass != 0 },
	"/lines/*/netMass":          func(l *GoodsItem) bool { return l.NetMass != 0 },
}

// Elements lists every element that a procedure can require, sorted.
func Elements() []string {
	names := make([]string, 0, len(headElements)+len(lineElements))
	for name := range headElements {
		names = append(names, name)
	}
	for name := range lineElements {
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

type headElement struct {
	path  string
	given func(*Declaration) bool
}

type lineElement struct {
	path  string
	given func(*GoodsItem) bool
}

// Requirements is the list of elements that a procedure requires, ready to be
// checked. The zero value requires nothing.
type Requirements struct {
	head []headElement
	line []lineElement
}

// Require prepares the elements a procedure names in its `requires` list, such
// as "/tradeMode" or "/lines/*/origin". Which elements those are is data: the
// thirty of the unified filing bill are one such list (DR §1.4).
// Fault: DEC-REQUIRES-01 for each name that is no element.
func Require(names []string) (Requirements, error) {
	var r Requirements
	var faults fault.List
	for i, name := range names {
		if given, ok := headElements[name]; ok {
			r.head = append(r.head, headElement{name, given})
		} else if given, ok := lineElements[name]; ok {
			r.line = append(r.line, lineElement{strings.TrimPrefix(name, linePrefix), given})
		} else {
			faults = append(faults, fault.New(fault.Invalid, "DEC-REQUIRES-01", "/"+strconv.Itoa(i),
				"“{element}” is no element of a declaration", "use a name of the list of elements, such as /tradeMode or /lines/*/origin",
				"element", name))
		}
	}
	return r, faults.OrNil()
}

// missing adds DEC-REQUIRED-01 for each required element that d lacks.
func (r *Requirements) missing(d *Declaration, faults *fault.List) {
	for i := range r.head {
		if !r.head[i].given(d) {
			*faults = append(*faults, required(r.head[i].path))
		}
	}
	for n := range d.Lines {
		for i := range r.line {
			if !r.line[i].given(&d.Lines[n]) {
				*faults = append(*faults, required(linePath(n)+r.line[i].path))
			}
		}
	}
}

func required(path string) *fault.Fault {
	return fault.New(fault.Invalid, "DEC-REQUIRED-01", path, "this element is required by the procedure",
		"fill it in")
}

func linePath(n int) string { return "/lines/" + strconv.Itoa(n) }
