package codelist

// readCN reads a Chinese customs table with code and name; attribute, column
// pairs name what else is kept.
func readCN(file string, pairs ...string) func(*reader) ([]Entry, error) {
	return func(r *reader) ([]Entry, error) {
		columns := []string{"code", "name"}
		for i := 1; i < len(pairs); i += 2 {
			columns = append(columns, pairs[i])
		}
		seen := map[string]bool{}
		var all []Entry
		err := r.table("cn/"+file, columns, func(get func(string) string) error {
			code := get("code")
			if seen[code] {
				r.skip("code given twice")
				return nil
			}
			seen[code] = true
			attributes := make([]string, 0, len(pairs))
			for i := 0; i+1 < len(pairs); i += 2 {
				value := get(pairs[i+1])
				if value == get("name") {
					value = ""
				}
				attributes = append(attributes, pairs[i], value)
			}
			all = append(all, Entry{Code: code, NameZH: get("name"), packed: pack(attributes...)})
			return nil
		})
		return all, err
	}
}

// officeNames are English names of the offices of this zone, our translation.
var officeNames = map[string]string{
	"2200": "Shanghai Customs District", "2216": "Pudong Airport Comprehensive Bonded Zone",
	"2218": "Waigaoqiao Customs", "2246": "Waigaoqiao Bonded Logistics Park",
	"2248": "Yangshan Customs (port area)", "2249": "Yangshan Customs (bonded port)", "2203": "Shanghai Airport Customs",
	"2202": "Wusong Customs", "2210": "Pudong Customs",
}

func readOffices(r *reader) ([]Entry, error) {
	var all []Entry
	columns := []string{"code", "short_name", "full_name", "province"}
	err := r.table("cn/customs_offices_partial.csv", columns, func(get func(string) string) error {
		full := get("full_name")
		if full == get("short_name") {
			full = ""
		}
		all = append(all, Entry{
			Code: get("code"), NameZH: get("short_name"), Name: officeNames[get("code")],
			packed: pack("full", full, "province", get("province")),
		})
		return nil
	})
	return all, err
}

func withEnglish(all []Entry, names map[string]string) []Entry {
	for i := range all {
		all[i].Name = names[all[i].Code]
	}
	return all
}

// oldCurrencies maps the old numeric currency codes of Chinese customs to ISO
// 4217 by their names.
var oldCurrencies = map[string]string{
	"110": "HKD", "116": "JPY", "121": "MOP", "142": "CNY", "143": "TWD",
	"300": "EUR", "303": "GBP", "331": "CHF", "501": "CAD", "502": "USD",
}

func readCustomsCurrencies(r *reader) ([]Entry, error) {
	all, err := readCN("currencies_old_numeric.csv")(r)
	for i := range all {
		all[i].packed = pack("iso", oldCurrencies[all[i].Code])
	}
	return all, err
}

func readTransactionModes(r *reader) ([]Entry, error) {
	terms := map[string]string{"1": "CIF", "2": "CFR", "3": "FOB"}
	english := map[string]string{
		"1": "cost, insurance and freight", "2": "cost and freight", "3": "free on board",
		"4": "cost and insurance", "5": "market price", "6": "dunnage", "7": "ex works",
	}
	all, err := readCN("transaction_modes.csv")(r)
	for i := range all {
		all[i].packed = pack("incoterm", terms[all[i].Code])
	}
	has := false
	for _, e := range all {
		has = has || e.Code == "7"
	}
	if !has {
		// Announcement 60/2018 of the General Administration added it.
		all = append(all, Entry{Code: "7", NameZH: "EXW", packed: pack("incoterm", "EXW", "origin", "seine")})
	}
	return withEnglish(all, english), err
}

// zoneTransport are the transport modes of goods that move between a special
// zone and the rest of the country. The source lacks them.
var zoneTransport = [][3]string{
	{"7", "保税区", "bonded area"},
	{"8", "保税仓库", "bonded warehouse"},
	{"H", "边境特殊海关作业区", "special customs operation area at the border"},
	{"T", "综合试验区", "comprehensive pilot zone"},
	{"W", "物流中心", "bonded logistics centre"},
	{"X", "物流园区", "bonded logistics park"},
	{"Y", "保税港区", "bonded port or comprehensive bonded zone"},
	{"Z", "出口加工区", "export processing zone"},
}

func readTransportModes(r *reader) ([]Entry, error) {
	english := map[string]string{
		"0": "not a bonded area", "1": "supervised warehouse", "2": "by water", "3": "by rail", "4": "by road",
		"5": "by air", "6": "by mail", "9": "other",
	}
	all, err := readCN("transport_modes_partial.csv")(r)
	if err != nil {
		return nil, err
	}
	all = withEnglish(all, english)
	have := map[string]bool{}
	for _, e := range all {
		have[e.Code] = true
	}
	for _, z := range zoneTransport {
		if !have[z[0]] {
			all = append(all, Entry{Code: z[0], NameZH: z[1], Name: z[2], packed: pack("origin", "seine")})
		}
	}
	return all, nil
}

func readCustomsUnits(r *reader) ([]Entry, error) {
	all, err := readCN("units.csv")(r)
	if err != nil {
		return nil, err
	}
	for i := range all {
		u, ok := customsUnits[all[i].Code]
		if !ok {
			continue
		}
		all[i].packed = pack("un", u.un, "dim", u.dim, "factor", u.factor)
		all[i].Name = u.name
	}
	return all, nil
}
