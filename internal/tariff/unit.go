package tariff

import (
	"strings"

	"seine/internal/fault"
	"seine/internal/num"
)

// UnitCode is a unit of quantity by its UN/ECE Recommendation 20 code where it
// has one, else by the code customs tariffs use (NAR number of items, DTN 100
// kg, LPA litre of pure alcohol).
type UnitCode string

// Unit is a unit and, where it is not the whole of the goods that is counted,
// the part or content: kilograms of lead content.
type Unit struct {
	Code  UnitCode `json:"unit"`
	Basis string   `json:"basis,omitempty"`
}

// measure of a unit: dimension, and how many base units one is, as num ÷ den.
type unitSize struct {
	dimension string
	num, den  int64
}

var unitSizes = map[UnitCode]unitSize{
	"KGM": {"mass", 1, 1}, "GRM": {"mass", 1, 1000}, "MGM": {"mass", 1, 1_000_000}, "DTN": {"mass", 100, 1}, "TNE": {"mass", 1000, 1}, "CTM": {"mass", 1, 5000},
	"LTR": {"volume", 1, 1}, "MLT": {"volume", 1, 1000}, "HLT": {"volume", 100, 1}, "KLT": {"volume", 1000, 1}, "MTQ": {"volume", 1000, 1}, "R9": {"volume", 1_000_000, 1}, "CMQ": {"volume", 1, 1000},
	"BLL": {"volume", 158_987_294_928, 1_000_000_000},
	"NAR": {"count", 1, 1}, "DZN": {"count", 12, 1}, "DZP": {"count", 12, 1}, "GRO": {"count", 144, 1}, "CEN": {"count", 100, 1}, "MIL": {"count", 1000, 1},
	"NPR": {"pair", 1, 1}, "DPR": {"pair", 12, 1},
	"MTR": {"length", 1, 1}, "CMT": {"length", 1, 100}, "MMT": {"length", 1, 1000}, "KMT": {"length", 1000, 1},
	"MTK": {"area", 1, 1}, "CMK": {"area", 1, 10_000}, "FTK": {"area", 9_290_304, 100_000_000}, "SQR": {"area", 9_290_304, 1_000_000},
	"KWH": {"energy", 1, 1}, "MWH": {"energy", 1000, 1}, "WHR": {"energy", 1, 1000}, "TJO": {"energy", 2_500_000_000, 9000},
	"WTT": {"power", 1, 1}, "KWT": {"power", 1000, 1},
	"LPA": {"alcohol", 1, 1}, "HPA": {"alcohol", 100, 1}, "ASV": {"strength", 1, 1}, "PFL": {"proof", 1, 1},
	"HEA": {"head", 1, 1}, "JWL": {"jewel", 1, 1}, "GRL": {"line gross", 1, 1}, "PCK": {"pack", 1, 1},
	"DEG": {"degree", 1, 1}, "BRX": {"brix", 1, 1}, "DOS": {"dose", 1, 1}, "GBQ": {"activity", 1, 1}, "SET": {"set", 1, 1},
}

// unitNames are the spellings declarations, books and textbooks use, in lower
// case without a final point or s.
var unitNames = map[string]UnitCode{
	"kg": "KGM", "kilogram": "KGM", "kgm": "KGM", "kilo": "KGM", "千克": "KGM", "公斤": "KGM", "035": "KGM",
	"g": "GRM", "gram": "GRM", "克": "GRM", "036": "GRM", "mg": "MGM", "100 kg": "DTN", "dt": "DTN", "kg100": "DTN",
	"t": "TNE", "ton": "TNE", "tonne": "TNE", "metric ton": "TNE", "1000 kg": "TNE", "吨": "TNE", "070": "TNE",
	"ct": "CTM", "carat": "CTM", "c/k": "CTM", "克拉": "CTM", "084": "CTM",
	"l": "LTR", "litre": "LTR", "liter": "LTR", "升": "LTR", "095": "LTR", "ml": "MLT", "毫升": "MLT", "096": "MLT",
	"hl": "HLT", "hectolitre": "HLT", "hectoliter": "HLT", "kl": "KLT", "bbl": "BLL", "barrel": "BLL", "桶": "BLL",
	"m3": "MTQ", "m³": "MTQ", "cubic metre": "MTQ", "立方米": "MTQ", "033": "MTQ",
	"unit": "NAR", "piece": "NAR", "pc": "NAR", "pce": "NAR", "item": "NAR", "no": "NAR", "number": "NAR", "each": "NAR", "c62": "NAR", "h87": "NAR", "niu": "NAR", "article": "NAR",
	"个": "NAR", "件": "NAR", "台": "NAR", "辆": "NAR", "只": "NAR", "只 ": "NAR", "001": "NAR", "007": "NAR", "011": "NAR", "004": "NAR", "支": "NAR", "012": "NAR",
	"doz": "DZN", "dozen": "DZN", "打": "DZN", "gross": "GRO", "gro": "GRO", "罗": "GRO", "hundred": "CEN", "百": "CEN", "thousand": "MIL", "千个": "MIL", "054": "MIL",
	"pr": "NPR", "pair": "NPR", "双": "NPR", "025": "NPR", "dpr": "DPR", "dozen pair": "DPR",
	"m": "MTR", "metre": "MTR", "meter": "MTR", "米": "MTR", "030": "MTR", "cm": "CMT", "km": "KMT",
	"m2": "MTK", "m²": "MTK", "square metre": "MTK", "平方米": "MTK", "032": "MTK", "cm2": "CMK", "cm²": "CMK",
	"kwh": "KWH", "千瓦时": "KWH", "mwh": "MWH", "set": "SET", "套": "SET", "006": "SET",
	"lpa": "LPA", "litre of pure alcohol": "LPA", "% vol": "ASV", "proof litre": "PFL", "brix": "BRX", "head": "HEA", "头": "HEA", "pack": "PCK",
}

// ParseUnit reads a unit: a code of ours, or a name or sign in use.
// Fault: TARIFF-UNIT-01.
func ParseUnit(s string) (UnitCode, error) {
	if _, ok := unitSizes[UnitCode(s)]; ok {
		return UnitCode(s), nil
	}
	n := strings.ToLower(strings.TrimSpace(s))
	for _, n := range [...]string{n, strings.TrimRight(n, "."), strings.TrimSuffix(strings.TrimRight(n, "."), "s")} {
		if u, ok := unitNames[n]; ok {
			return u, nil
		}
	}
	if u := UnitCode(strings.ToUpper(n)); unitSizes[u].den != 0 {
		return u, nil
	}
	if len(s) > 40 {
		s = s[:40]
	}
	return "", fault.New(fault.Invalid, "TARIFF-UNIT-01", "", "“{unit}” is not a known unit of quantity",
		"use a UN/ECE Recommendation 20 code such as KGM, LTR, NAR", "unit", strings.ToValidUTF8(s, "�"))
}

// Convert gives a quantity of one unit in another of the same kind, rounded
// half-up to five decimals. Faults: TARIFF-UNIT-02 when the two do not measure
// the same thing, NUM-RANGE-01.
func Convert(q num.Quantity, from, to UnitCode) (num.Quantity, error) {
	if from == to {
		return q, nil
	}
	a, b := unitSizes[from], unitSizes[to]
	if a.den == 0 || b.den == 0 || a.dimension != b.dimension {
		return 0, fault.New(fault.Invalid, "TARIFF-UNIT-02", "", "{from} cannot be converted to {to}",
			"state the quantity in {to}", "from", from, "to", to)
	}
	// a.num/a.den × b.den/b.num, both factors small enough for one product.
	n, d := a.num*b.den, a.den*b.num
	v, err := num.MulDiv(int64(q), n, d, num.HalfUp)
	return num.Quantity(v), err
}

// Convertible tells whether a quantity in one unit can be given in the other.
func Convertible(from, to UnitCode) bool {
	return from == to || unitSizes[from].den != 0 && unitSizes[from].dimension == unitSizes[to].dimension
}
