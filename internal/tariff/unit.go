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
	"KGM": {"mass", 1, 1}, "GRM": {"mass", 1, 1000}, "MGM": {"mass", 1, 1_000_000}, "DTN": {"mass", 100, 1}, "TNE": {"mass", 1000, 1}, "CTM": {"mass", 1, 5000}, "LBR": {"mass", 45_359_237, 100_000_000}, "JIN": {"mass", 1, 2},
	"LTR": {"volume", 1, 1}, "MLT": {"volume", 1, 1000}, "HLT": {"volume", 100, 1}, "KLT": {"volume", 1000, 1}, "MTQ": {"volume", 1000, 1}, "R9": {"volume", 1_000_000, 1}, "CMQ": {"volume", 1, 1000},
	"BLL": {"volume", 158_987_294_928, 1_000_000_000},
	"NAR": {"count", 1, 1}, "DZN": {"count", 12, 1}, "DZP": {"count", 12, 1}, "GRO": {"count", 144, 1}, "CEN": {"count", 100, 1}, "MIL": {"count", 1000, 1},
	"NPR": {"pair", 1, 1}, "DPR": {"pair", 12, 1},
	"MTR": {"length", 1, 1}, "CMT": {"length", 1, 100}, "MMT": {"length", 1, 1000}, "KMT": {"length", 1000, 1},
	"MTK": {"area", 1, 1}, "CMK": {"area", 1, 10_000}, "FTK": {"area", 9_290_304, 100_000_000}, "SQR": {"area", 9_290_304, 1_000_000},
	"KWH": {"energy", 1, 1}, "MWH": {"energy", 1000, 1}, "WHR": {"energy", 1, 1000}, "TJO": {"energy", 2_500_000_000, 9000},
	"WTT": {"power", 1, 1}, "KWT": {"power", 1000, 1},
	"LPA": {"alcohol", 1, 1}, "HPA": {"alcohol", 100, 1}, "ASV": {"strength", 1, 1}, "PFL": {"proof", 1, 1},
	"JWL": {"jewel", 1, 1}, "GRL": {"line gross", 1, 1}, "PCK": {"pack", 1, 1},
	"DEG": {"degree", 1, 1}, "BRX": {"brix", 1, 1}, "DOS": {"dose", 1, 1}, "GBQ": {"activity", 1, 1}, "SET": {"set", 1, 1}, "SPR": {"small producers' relief", 1, 1},
}

// unitNames are the spellings declarations, books and textbooks use, in lower
// case without a final point or s.
var unitNames = map[string]UnitCode{
	"kg": "KGM", "kilogram": "KGM", "kilo": "KGM", "千克": "KGM", "公斤": "KGM", "g": "GRM", "gram": "GRM", "克": "GRM", "mg": "MGM",
	"100 kg": "DTN", "dt": "DTN", "公担": "DTN", "t": "TNE", "ton": "TNE", "tonne": "TNE", "metric ton": "TNE", "1000 kg": "TNE", "吨": "TNE",
	"ct": "CTM", "carat": "CTM", "克拉": "CTM", "lb": "LBR", "pound": "LBR", "磅": "LBR", "斤": "JIN",
	"l": "LTR", "litre": "LTR", "liter": "LTR", "升": "LTR", "ml": "MLT", "毫升": "MLT", "hl": "HLT", "hectolitre": "HLT", "hectoliter": "HLT",
	"kl": "KLT", "千升": "KLT", "bbl": "BLL", "barrel": "BLL", "m3": "MTQ", "m³": "MTQ", "cubic metre": "MTQ", "立方米": "MTQ",
	"unit": "NAR", "piece": "NAR", "pc": "NAR", "pce": "NAR", "item": "NAR", "no": "NAR", "number": "NAR", "each": "NAR", "article": "NAR", "head": "NAR",
	"c62": "NAR", "h87": "NAR", "niu": "NAR", "ea": "NAR", "台": "NAR", "座": "NAR", "辆": "NAR", "艘": "NAR", "架": "NAR", "个": "NAR", "只": "NAR", "头": "NAR", "张": "NAR",
	"件": "NAR", "支": "NAR", "枝": "NAR", "根": "NAR", "条": "NAR", "把": "NAR", "块": "NAR", "片": "NAR", "粒": "NAR", "套": "SET", "set": "SET",
	"doz": "DZN", "dozen": "DZN", "打": "DZN", "gross": "GRO", "罗": "GRO", "hundred": "CEN", "百支": "CEN", "百个": "CEN", "百片": "CEN",
	"thousand": "MIL", "千只": "MIL", "千枝": "MIL", "千支": "MIL", "千个": "MIL", "千粒": "MIL",
	"pr": "NPR", "pair": "NPR", "双": "NPR", "对": "NPR", "dpr": "DPR", "dozen pair": "DPR",
	"m": "MTR", "metre": "MTR", "meter": "MTR", "米": "MTR", "cm": "CMT", "km": "KMT", "千米": "KMT",
	"m2": "MTK", "m²": "MTK", "square metre": "MTK", "平方米": "MTK", "cm2": "CMK", "cm²": "CMK", "kw": "KWT", "千瓦": "KWT",
	"kwh": "KWH", "千瓦时": "KWH", "mwh": "MWH", "lpa": "LPA", "litre of pure alcohol": "LPA", "% vol": "ASV", "proof litre": "PFL", "brix": "BRX", "pack": "PCK",
	// Chinese customs unit codes, table of about 2018.
	"001": "NAR", "002": "NAR", "003": "NAR", "004": "NAR", "005": "NAR", "006": "SET", "007": "NAR", "008": "NAR", "009": "NAR", "010": "NAR", "011": "NAR", "012": "NAR",
	"013": "NAR", "014": "NAR", "015": "NAR", "016": "NAR", "017": "NAR", "020": "NAR", "025": "NPR", "026": "NPR", "030": "MTR", "032": "MTK", "033": "MTQ", "035": "KGM",
	"036": "GRM", "041": "CEN", "042": "CEN", "043": "CEN", "044": "CEN", "047": "DTN", "049": "CEN", "050": "MIL", "051": "MIL", "053": "MIL", "054": "MIL", "061": "KWT",
	"062": "KWH", "063": "KLT", "070": "TNE", "075": "JIN", "076": "LBR", "084": "CTM", "095": "LTR", "096": "MLT", "127": "DZN", "129": "GRO", "139": "NAR",
	"143": "MIL", "146": "MIL", "147": "KMT",
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
	a, b := sizeOf(from), sizeOf(to)
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
	return from == to || sizeOf(from).den != 0 && sizeOf(from).dimension == sizeOf(to).dimension
}

// sizeOf finds a unit by its code, or by a name or code of others: declarations
// carry the unit codes of Chinese customs.
func sizeOf(u UnitCode) unitSize {
	if s, ok := unitSizes[u]; ok {
		return s
	}
	return unitSizes[unitNames[string(u)]]
}
