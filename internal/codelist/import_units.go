package codelist

import (
	"math/big"
	"strconv"
	"strings"
)

// exactUnits gives the exact size of units of Recommendation 20 whose source
// figure is rounded or missing. Imperial measures follow the definitions
// themselves: 1 yard = 0.9144 m, 1 pound = 0.45359237 kg (1959 agreement), 1 UK
// gallon = 4.54609 l (1976), 1 US gallon = 231 cubic inches, 1 carat = 0.2 g.
// Things counted one by one (piece, head, article) are the number one.
var exactUnits = map[string][2]string{
	"LBR": {"kg", "0.45359237"}, "ONZ": {"kg", "0.028349523125"}, "LTN": {"kg", "1016.0469088"},
	"STN": {"kg", "907.18474"}, "APZ": {"kg", "0.0311034768"}, "CTM": {"kg", "0.0002"},
	"CWI": {"kg", "50.80234544"}, "CWA": {"kg", "45.359237"}, "CNT": {"kg", "45.359237"}, "GRN": {"kg", "0.00006479891"},
	"FOT": {"m", "0.3048"}, "INH": {"m", "0.0254"}, "YRD": {"m", "0.9144"}, "SMI": {"m", "1609.344"},
	"FTK": {"m2", "0.09290304"}, "INK": {"m2", "0.00064516"}, "YDK": {"m2", "0.83612736"}, "HAR": {"m2", "10000"},
	"FTQ": {"m3", "0.028316846592"}, "INQ": {"m3", "0.000016387064"}, "YDQ": {"m3", "0.764554857984"},
	"GLI": {"m3", "0.00454609"}, "GLL": {"m3", "0.003785411784"}, "BLL": {"m3", "0.158987294928"},
	"PTI": {"m3", "0.00056826125"}, "QTI": {"m3", "0.0011365225"}, "PTL": {"m3", "0.000473176473"}, "QTL": {"m3", "0.000946352946"},
	"BQL": {"Bq", "1"}, "4N": {"Bq", "1000000"}, "2Q": {"Bq", "1000"}, "CUR": {"Bq", "37000000000"},
	"KVA": {"VA", "1000"}, "HJ": {"W", "735.49875"},
	"H87": {"1", "1"}, "NAR": {"1", "1"}, "HEA": {"1", "1"}, "T3": {"1", "1000"},
	"PR": {"1", "2"}, "TPR": {"1", "20"}, "DPR": {"1", "24"},
	"SET": {"set", "1"},
}

// baseDimensions are the bases that the source writes.
var baseDimensions = map[string]string{
	"kg": "kg", "m": "m", "m²": "m2", "m³": "m3", "J": "J", "W": "W", "s": "s",
}

func readUnits(r *reader) ([]Entry, error) {
	chinese := map[string]string{}
	err := r.table("cn/units.csv", []string{"code", "name"}, func(get func(string) string) error {
		u := customsUnits[get("code")]
		if u.un != "" && (chinese[u.un] == "" || u.name != "") {
			if chinese[u.un] == "" || u.main {
				chinese[u.un] = get("name")
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var all []Entry
	columns := []string{"Status", "CommonCode", "Name", "LevelAndCategory", "Symbol", "ConversionFactor"}
	err = r.table("un_units_rec20.csv", columns, func(get func(string) string) error {
		code, conv := get("CommonCode"), get("ConversionFactor")
		dim, factor := "", ""
		if exact, ok := exactUnits[code]; ok {
			dim, factor = exact[0], ratioText(exact[1])
		} else {
			dim, factor = sourceFactor(conv, get("LevelAndCategory"))
		}
		if code == "C62" {
			dim, factor = "1", "1"
		}
		all = append(all, Entry{Code: code, Name: get("Name"), NameZH: chinese[code], packed: pack(
			"dim", dim, "factor", factor, "symbol", get("Symbol"),
			"status", statusWord(get("Status")), "conv", conv)})
		return nil
	})
	return all, err
}

// sourceFactor reads a conversion of the source when it is exact beyond doubt:
// of a unit of level 1 (SI), with a base that we know and at most four
// significant digits, or a plain count of category 3.7. Others are kept as
// words only and are not used to convert.
func sourceFactor(conv, level string) (dim, factor string) {
	if conv == "" {
		return "", ""
	}
	number, unit := conv, ""
	if i := strings.LastIndexByte(conv, ' '); i >= 0 {
		number, unit = conv[:i], conv[i+1:]
	} else if baseDimensions[conv] != "" {
		number, unit = "1", conv
	}
	if dim = baseDimensions[unit]; dim == "" {
		if !strings.HasPrefix(level, "3.7") || unit != "" {
			return "", ""
		}
		dim = "1"
	} else if !strings.HasPrefix(level, "1") {
		return "", ""
	}
	mantissa, power := number, ""
	if m, p, ok := strings.Cut(number, " x 10"); ok {
		mantissa, power = m, p
		if power == "" {
			power = "¹"
		}
	} else if p, ok := strings.CutPrefix(number, "10"); ok && p != "" && superscript(p) != "" {
		mantissa, power = "1", p
	}
	mantissa = strings.ReplaceAll(strings.ReplaceAll(mantissa, " ", ""), ",", ".")
	if len(strings.Trim(strings.ReplaceAll(mantissa, ".", ""), "0")) > 4 {
		return "", ""
	}
	if power != "" {
		exponent := superscript(power)
		if exponent == "" {
			return "", ""
		}
		mantissa += "e" + exponent
	}
	if factor = ratioText(mantissa); factor == "" {
		return "", ""
	}
	return dim, factor
}

// superscript gives the plain digits of "⁻³", "" when s is something else.
func superscript(s string) string {
	const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹"
	var b strings.Builder
	for _, r := range s {
		if r == '⁻' {
			b.WriteByte('-')
			continue
		}
		at := -1
		n := 0
		for _, d := range digits {
			if d == r {
				at = n
			}
			n++
		}
		if at < 0 {
			return ""
		}
		b.WriteString(strconv.Itoa(at))
	}
	return b.String()
}

// ratioText gives a decimal as a reduced ratio "num/den" or "num", "" when it is no
// decimal or either part is beyond 18 digits.
func ratioText(decimal string) string {
	ratio, ok := new(big.Rat).SetString(decimal)
	if !ok || ratio.Sign() <= 0 || !ratio.Num().IsInt64() || !ratio.Denom().IsInt64() {
		return ""
	}
	return ratio.RatString()
}

// customsUnit is our reading of one Chinese customs unit.
type customsUnit struct {
	un     string // code of Recommendation 20 with the same meaning, "" when none
	dim    string // dimension; two units convert when it is the same
	factor string // exact ratio to the base of the dimension
	name   string // English
	main   bool   // the Chinese name of the unit of Recommendation 20 is this one
}

// countOf makes a unit that counts pieces.
func countOf(n, un, name string) customsUnit {
	return customsUnit{un: un, dim: "1", factor: n, name: name}
}

// measure makes a physical unit whose size is given as a decimal or ratio.
func measure(dim, size, un, name string) customsUnit {
	return customsUnit{un: un, dim: dim, factor: ratioText(size), name: name, main: true}
}

// own makes a unit that converts only to multiples of itself.
func own(of, n, un, name string) customsUnit {
	return customsUnit{un: un, dim: of, factor: n, name: name}
}

// customsUnits reads the 122 units of Chinese customs. Words that count single
// things (台 座 辆 个 件 …) are all the number one: which of them a commodity
// takes is a matter of the tariff, their sizes are the same. Words for sets,
// rolls and packings convert only among their own multiples. Traditional
// measures: 斤 0.5 kg, 担 and 市担 50 kg, 两 50 g, 市尺 1/3 m, 寸 1/30 m; the
// Hong Kong catty (司马斤) is 0.60478982 kg. A pair (双, 对) is two.
var customsUnits = map[string]customsUnit{
	"001": countOf("1", "", "set (machine)"), "002": countOf("1", "", "block (plant)"), "003": countOf("1", "", "vehicle"),
	"004": countOf("1", "", "vessel"), "005": countOf("1", "", "frame or aircraft"), "006": {un: "SET", dim: "set", factor: "1", name: "set", main: true},
	"007": {un: "H87", dim: "1", factor: "1", name: "piece", main: true}, "008": countOf("1", "", "piece (each)"),
	"009": {un: "HEA", dim: "1", factor: "1", name: "head", main: true},
	"010": countOf("1", "", "sheet"), "011": {un: "NAR", dim: "1", factor: "1", name: "article", main: true},
	"012": countOf("1", "", "stick"), "013": countOf("1", "", "branch"), "014": countOf("1", "", "rod"), "015": countOf("1", "", "strip"),
	"016": countOf("1", "", "handful (tool)"), "017": countOf("1", "", "block"), "018": own("roll", "1", "", "roll"),
	"019": own("outfit", "1", "", "outfit"), "020": countOf("1", "", "slice"), "021": own("group", "1", "10", "group"),
	"022": own("copy", "1", "", "portion"), "023": countOf("1", "", "width (picture)"),
	"025": {un: "PR", dim: "1", factor: "2", name: "pair", main: true}, "026": countOf("2", "", "couple"),
	"027": countOf("1", "", "plant (stem)"), "028": countOf("1", "", "plant"), "029": own("well", "1", "", "well"),
	"030": measure("m", "1", "MTR", "metre"), "031": own("coil", "1", "", "coil"),
	"032": measure("m2", "1", "MTK", "square metre"), "033": measure("m3", "1", "MTQ", "cubic metre"), "034": own("tube", "1", "", "tube"),
	"035": measure("kg", "1", "KGM", "kilogram"), "036": measure("kg", "0.001", "GRM", "gram"), "037": own("pot", "1", "", "pot"),
	"038": countOf("10000", "", "ten thousand pieces"), "039": countOf("1", "", "piece (implement)"), "040": own("outfit", "100", "", "hundred outfits"),
	"041": countOf("100", "", "hundred sticks"), "042": countOf("100", "", "hundred handfuls"),
	"043": {un: "CEN", dim: "1", factor: "100", name: "hundred pieces", main: true}, "044": countOf("100", "", "hundred slices"),
	"045": own("quire", "1", "", "quire"), "046": own("bolt", "1", "", "bolt of cloth"),
	"047": measure("kg", "100", "DTN", "quintal"), "048": countOf("1", "", "leaf (door)"), "049": countOf("100", "", "hundred branches"),
	"050": countOf("1000", "", "thousand pieces (each)"), "051": countOf("1000", "", "thousand blocks"), "052": own("box", "1000", "", "thousand boxes"),
	"053": countOf("1000", "", "thousand branches"), "054": {un: "MIL", dim: "1", factor: "1000", name: "thousand pieces", main: true},
	"055": countOf("100000000", "", "hundred million sticks"), "056": countOf("100000000", "", "hundred million pieces"),
	"057": own("set", "10000", "", "ten thousand sets"), "058": countOf("1000", "", "thousand sheets"), "059": countOf("10000", "", "ten thousand sheets"),
	"060": measure("VA", "1000", "KVA", "kilovolt ampere"), "061": measure("W", "1000", "KWT", "kilowatt"),
	"062": measure("J", "3600000", "KWH", "kilowatt hour"), "063": measure("m3", "1", "K6", "thousand litres"),
	"067": measure("m", "0.3048", "FOT", "foot"), "070": measure("kg", "1000", "TNE", "tonne"),
	"071": measure("kg", "1016.0469088", "LTN", "long ton"), "072": measure("kg", "907.18474", "STN", "short ton"),
	"073": measure("kg", "60.478982", "", "picul (Hong Kong)"), "074": measure("kg", "0.60478982", "", "catty (Hong Kong)"),
	"075": measure("kg", "0.5", "", "jin"), "076": measure("kg", "0.45359237", "LBR", "pound"), "077": measure("kg", "50", "", "dan"),
	"078": measure("kg", "50.80234544", "CWI", "hundredweight (UK)"), "079": measure("kg", "45.359237", "CWA", "hundredweight (US)"),
	"080": measure("kg", "0.05", "", "liang"), "081": measure("kg", "50", "", "market dan"), "083": measure("kg", "0.028349523125", "ONZ", "ounce"),
	"084": measure("kg", "0.0002", "CTM", "carat"), "085": measure("m", "1/3", "", "market chi"), "086": measure("m", "0.9144", "YRD", "yard"),
	"088": measure("m", "0.0254", "INH", "inch"), "089": measure("m", "1/30", "", "cun"),
	"095": measure("m3", "0.001", "LTR", "litre"), "096": measure("m3", "0.000001", "MLT", "millilitre"),
	"097": measure("m3", "0.00454609", "GLI", "gallon (UK)"), "098": measure("m3", "0.003785411784", "GLL", "gallon (US)"),
	"099": measure("m3", "0.028316846592", "FTQ", "cubic foot"), "101": measure("m3", "1/27", "", "cubic chi"),
	"110": measure("m2", "0.83612736", "YDK", "square yard"), "111": measure("m2", "0.09290304", "FTK", "square foot"), "112": measure("m2", "1/9", "", "square chi"),
	"115": measure("W", "745.69987158227022", "", "horsepower (imperial)"), "116": measure("W", "735.49875", "HJ", "horsepower (metric)"),
	"118": own("ream", "1", "RM", "ream"), "120": own("case", "1", "", "case"), "121": own("batch", "1", "5B", "batch"), "122": own("can", "1", "", "can"),
	"123": own("barrel", "1", "", "barrel"), "124": own("bundle-tied", "1", "", "tied bundle"), "125": own("packet", "1", "", "packet"),
	"126": own("basket", "1", "", "basket (luo)"), "127": {un: "DZN", dim: "1", factor: "12", name: "dozen", main: true},
	"128": own("basket-kuang", "1", "", "basket (kuang)"), "129": {un: "GRO", dim: "1", factor: "144", name: "gross", main: true},
	"130": own("horse-or-bolt", "1", "", "head (horse) or bolt"), "131": countOf("1", "", "volume"), "132": countOf("1", "", "book"),
	"133": countOf("1", "14", "round"), "134": countOf("1", "", "piece (small)"), "135": own("bundle", "1", "", "bundle"),
	"136": own("bag", "1", "", "bag"), "139": countOf("1", "", "grain (piece)"), "140": own("box", "1", "", "box"),
	"141": own("casket", "1", "", "casket"), "142": own("bottle", "1", "", "bottle"), "143": countOf("1000", "", "thousand sticks"),
	"144": countOf("20000", "", "ten thousand pairs"), "145": countOf("10000", "", "ten thousand grains"), "146": countOf("1000", "", "thousand grains"),
	"147": measure("m", "1000", "KMT", "kilometre"), "148": measure("m", "304.8", "", "thousand feet"),
	"149": measure("Bq", "1000000", "4N", "megabecquerel"), "163": countOf("1", "", "piece (apparatus)"),
}
