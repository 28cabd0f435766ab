package codelist

import (
	"fmt"
	"sort"
	"strconv"
	"strings"
)

func readCountries(r *reader) ([]Entry, error) {
	var all []Entry
	columns := []string{
		"ISO3166-1-Alpha-2", "ISO3166-1-Alpha-3", "ISO3166-1-numeric", "official_name_en", "official_name_cn",
		"CLDR display name", "ISO4217-currency_alphabetic_code", "Region Name",
	}
	err := r.table("iso_countries.csv", columns, func(get func(string) string) error {
		number := get("ISO3166-1-numeric")
		if number != "" {
			n, err := strconv.Atoi(number)
			if err != nil {
				return fmt.Errorf("numeric code: %w", err)
			}
			number = fmt.Sprintf("%03d", n)
		}
		name := get("CLDR display name")
		if len(name) <= 3 { // "US", "UK": short for a label
			name = get("official_name_en")
		}
		official := get("official_name_en")
		if official == name {
			official = ""
		}
		all = append(all, Entry{
			Code: get("ISO3166-1-Alpha-2"), Name: name, NameZH: get("official_name_cn"),
			packed: pack("alpha3", get("ISO3166-1-Alpha-3"), "num", number,
				"currency", get("ISO4217-currency_alphabetic_code"), "region", get("Region Name"), "official", official),
		})
		return nil
	})
	return all, err
}

// readCurrencies makes one entry of all rows of a code: the source has one row
// for each country that uses or used it. A code is withdrawn when no row is
// still in use.
func readCurrencies(r *reader) ([]Entry, error) {
	type state struct {
		entry Entry
		used  int
		live  bool
		num   string
		minor string
	}
	seen := map[string]*state{}
	columns := []string{"Entity", "Currency", "AlphabeticCode", "NumericCode", "MinorUnit", "WithdrawalDate"}
	err := r.table("iso_currencies.csv", columns, func(get func(string) string) error {
		code := get("AlphabeticCode")
		if code == "" {
			r.skip("country without a currency")
			return nil
		}
		s := seen[code]
		if s == nil {
			s = &state{entry: Entry{Code: code}}
			seen[code] = s
		}
		live := get("WithdrawalDate") == ""
		if live || !s.live {
			// the newest name: a row in use wins over withdrawn ones
			if live != s.live || s.entry.Name == "" {
				s.entry.Name = get("Currency")
			}
			if n := get("NumericCode"); n != "" {
				s.num = n
			}
			if m := get("MinorUnit"); m != "" && m != "-" {
				s.minor = m
			}
		}
		if live {
			s.live = true
			s.used++
			return nil
		}
		last, err := lastDay(get("WithdrawalDate"))
		if err != nil {
			return err
		}
		s.entry.ValidTo = max(s.entry.ValidTo, last)
		return nil
	})
	if err != nil {
		return nil, err
	}
	chinese := map[string]string{}
	err = r.table("cn/currencies_old_numeric.csv", []string{"code", "name"}, func(get func(string) string) error {
		chinese[oldCurrencies[get("code")]] = get("name")
		return nil
	})
	if err != nil {
		return nil, err
	}
	all := make([]Entry, 0, len(seen))
	for code, s := range seen {
		e := s.entry
		users := ""
		if s.live {
			e.ValidTo, users = 0, strconv.Itoa(s.used)
		}
		e.NameZH = chinese[code]
		e.packed = pack("num", s.num, "minor", s.minor, "users", users)
		all = append(all, e)
	}
	return all, nil
}

func readPackages(r *reader) ([]Entry, error) {
	var all []Entry
	columns := []string{"Status", "Code", "Name", "Description", "Numeric code"}
	err := r.table("un_package_codes_rec21.csv", columns, func(get func(string) string) error {
		all = append(all, Entry{
			Code: get("Code"), Name: get("Name"),
			packed: pack("num", get("Numeric code"), "status", statusWord(get("Status"))),
		})
		return nil
	})
	return all, err
}

// statusWord words the status mark of the UN/ECE recommendations.
func statusWord(mark string) string {
	switch mark {
	case "X":
		return "deleted"
	case "D":
		return "deprecated"
	}
	return ""
}

func readPairs(file, code, name string) func(*reader) ([]Entry, error) {
	return func(r *reader) ([]Entry, error) {
		var all []Entry
		err := r.table(file, []string{code, name}, func(get func(string) string) error {
			all = append(all, Entry{Code: get(code), Name: get(name)})
			return nil
		})
		return all, err
	}
}

func readSubdivisions(r *reader) ([]Entry, error) {
	seen := map[string]int{}
	var all []Entry
	columns := []string{"SUCountry", "SUCode", "SUName", "SUType"}
	err := r.table("unlocode_subdivisions.csv", columns, func(get func(string) string) error {
		code := get("SUCountry") + "-" + get("SUCode")
		if i, ok := seen[code]; ok {
			all[i].packed = pack("kind", all[i].Attribute("kind"), "also", join(all[i].Attribute("also"), get("SUName")))
			r.skip("second name of a code, kept as attribute")
			return nil
		}
		seen[code] = len(all)
		all = append(all, Entry{Code: code, Name: get("SUName"), packed: pack("kind", get("SUType"))})
		return nil
	})
	return all, err
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

func readStringMap(file string) func(*reader) ([]Entry, error) {
	return func(r *reader) ([]Entry, error) {
		var pairs map[string]string
		if err := r.json(file, &pairs); err != nil {
			return nil, err
		}
		all := make([]Entry, 0, len(pairs))
		for code, name := range pairs {
			all = append(all, Entry{Code: code, Name: text(name)})
		}
		return all, nil
	}
}

type sizeFile struct {
	Length      map[string]string `json:"length"`
	HeightWidth map[string]struct {
		Height string `json:"height"`
		Width  string `json:"width"`
	} `json:"heightWidth"`
}

func readContainerLengths(r *reader) ([]Entry, error) {
	var sizes sizeFile
	if err := r.json("iso6346_size.json", &sizes); err != nil {
		return nil, err
	}
	var all []Entry
	for code, length := range sizes.Length {
		all = append(all, Entry{Code: code, Name: length})
	}
	return all, nil
}

func readContainerHeights(r *reader) ([]Entry, error) {
	var sizes sizeFile
	if err := r.json("iso6346_size.json", &sizes); err != nil {
		return nil, err
	}
	var all []Entry
	for code, s := range sizes.HeightWidth {
		// ISO 668 gives the standard width as 2438 mm (8 ft); the source has a slip.
		width := strings.ReplaceAll(s.Width, "2436 mm", "2438 mm")
		all = append(all, Entry{Code: code, Name: "height " + s.Height + ", width " + width, packed: pack("height", s.Height, "width", width)})
	}
	return all, nil
}

func readContainerTypes(r *reader) ([]Entry, error) { return readStringMap("iso6346_type.json")(r) }

func readOwners(r *reader) ([]Entry, error) {
	seen := map[string]bool{}
	var all []Entry
	err := r.table("bic_owner_prefixes.csv", []string{"prefix", "owner", "abbreviation"}, func(get func(string) string) error {
		code := strings.ToUpper(get("prefix"))
		if !fits("4 letters", code) {
			r.skip("not four letters")
			return nil
		}
		if seen[code] {
			r.skip("prefix given twice")
			return nil
		}
		seen[code] = true
		all = append(all, Entry{Code: code, Name: get("owner"), packed: pack("short", get("abbreviation"))})
		return nil
	})
	return all, err
}

// port is one entry of the table of sea ports.
type port struct {
	Name        string        `json:"name"`
	Coordinates []numberText  `json:"coordinates"` // longitude, latitude in degrees
	Unlocs      []string      `json:"unlocs"`
	Alias       []interface{} `json:"alias"`
}

// numberText keeps a JSON number as its decimal text.
type numberText string

// UnmarshalJSON keeps the digits.
func (n *numberText) UnmarshalJSON(b []byte) error {
	*n = numberText(strings.Trim(string(b), `"`))
	return nil
}

func readLocations(r *reader) ([]Entry, error) {
	type place struct {
		name, also, sub, fn, st, iata, at, ed, change string
	}
	places := map[string]*place{}
	columns := []string{
		"change", "country", "location", "name", "name_wo_diacritics", "subdivision", "function",
		"status", "iata", "coordinates", "edition",
	}
	err := r.table("unlocode.csv.gz", columns, func(get func(string) string) error {
		if get("location") == "" {
			if strings.HasPrefix(get("name"), ".") {
				r.skip("head of a country")
			} else {
				r.skip("reference to another name")
			}
			return nil
		}
		code := get("country") + get("location")
		if len(code) != 5 {
			return fmt.Errorf("code %q", code)
		}
		at, err := unlocodePoint(get("coordinates"))
		if err != nil {
			r.skip("coordinates not read, entry kept")
		}
		if known, ok := places[code]; ok {
			r.skip("second name of a code, kept as attribute")
			if get("name") != known.name {
				known.also = join(known.also, get("name"))
			}
			return nil
		}
		change := get("change")
		if change != "X" {
			change = ""
		}
		places[code] = &place{
			name: get("name"), sub: get("subdivision"), fn: strings.TrimRight(get("function"), "-"),
			st: get("status"), iata: get("iata"), at: at, ed: get("edition"), change: change,
		}
		if plain := get("name_wo_diacritics"); plain != "" && plain != get("name") && fold(plain) != fold(get("name")) {
			places[code].also = plain
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var ports map[string]port
	if err := r.json("sea_ports.json", &ports); err != nil {
		return nil, err
	}
	codes := make([]string, 0, len(ports))
	for key := range ports {
		codes = append(codes, key)
	}
	sort.Strings(codes)
	for _, key := range codes {
		p := ports[key]
		at, err := degreesPoint(p.Coordinates)
		if err != nil {
			r.skip("sea port whose coordinates were not read")
		}
		for _, code := range append([]string{key}, p.Unlocs...) {
			if !fits("5 characters", code) || !fits("2 letters", code[:2]) {
				r.skip("sea port without a code of five characters")
				continue
			}
			known, ok := places[code]
			switch {
			case !ok:
				places[code] = &place{name: text(p.Name), fn: "1", at: at, ed: "ports"}
			case known.at == "":
				known.at = at
			}
		}
	}
	all := make([]Entry, 0, len(places))
	for code, p := range places {
		all = append(all, Entry{Code: code, Name: p.name, packed: pack(
			"sub", p.sub, "fn", p.fn, "st", p.st, "ed", p.ed, "at", p.at, "iata", p.iata, "change", p.change, "also", p.also)})
	}
	return all, nil
}

// unlocodePoint turns "4230N 00131E" (degrees and minutes) into latitude and
// longitude in 1e-6 degree; "" stays "".
func unlocodePoint(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	lat, long, ok := strings.Cut(s, " ")
	if !ok || len(lat) != 5 || len(long) != 6 {
		return "", fmt.Errorf("coordinates %q", s)
	}
	a, err := minutes(lat[:2], lat[2:4], lat[4], 'N', 'S', 90)
	if err != nil {
		return "", err
	}
	b, err := minutes(long[:3], long[3:5], long[5], 'E', 'W', 180)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d,%d", a, b), nil
}

func minutes(degrees, mins string, side, plus, minus byte, limit int) (int, error) {
	d, err := strconv.Atoi(degrees)
	if err != nil {
		return 0, err
	}
	m, err := strconv.Atoi(mins)
	if err != nil {
		return 0, err
	}
	if d > limit || m > 59 || (side != plus && side != minus) {
		return 0, fmt.Errorf("no such angle: %s %s %c", degrees, mins, side)
	}
	v := ((d*60+m)*1_000_000 + 30) / 60
	if side == minus {
		v = -v
	}
	return v, nil
}

// degreesPoint turns longitude and latitude in decimal text into latitude and
// longitude in 1e-6 degree, digits beyond cut.
func degreesPoint(c []numberText) (string, error) {
	if len(c) == 0 {
		return "", nil
	}
	if len(c) != 2 {
		return "", fmt.Errorf("%d coordinates", len(c))
	}
	var v [2]int64
	for i, s := range c {
		whole, part, _ := strings.Cut(string(s), ".")
		part = (part + "000000")[:6]
		n, err := strconv.ParseInt(whole+part, 10, 64)
		if err != nil {
			return "", err
		}
		v[i] = n
	}
	if v[0] < -180e6 || v[0] > 180e6 || v[1] < -90e6 || v[1] > 90e6 {
		return "", fmt.Errorf("no such point: %v", c)
	}
	return fmt.Sprintf("%d,%d", v[1], v[0]), nil
}
