package sim

import (
	"fmt"
	"math/rand/v2"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/num"
)

// article is something that the zone trades in: a code of the shipped schedule
// with what a consignment of it looks like.
type article struct {
	code   string // ten digits
	en, zh string
	unit   string // declared and legal unit
	origin []string
	price  int64 // cents of a dollar for one unit, about
	mass   int64 // grams of one unit
	load   int64 // units in a container, about
	pack   string
}

var articles = []article{
	{"2204210000", "Still red wine in bottles", "瓶装红葡萄酒", "LTR", []string{"FR", "IT", "CL", "AU"}, 620, 1000, 9000, "CT"},
	{"2208300000", "Malt whisky in bottles", "瓶装麦芽威士忌", "LTR", []string{"GB", "JP"}, 3100, 950, 8000, "CT"},
	{"3303000000", "Perfume", "香水", "KGM", []string{"FR", "IT"}, 9800, 1000, 2400, "CT"},
	{"3304990000", "Skin care cream", "护肤霜", "KGM", []string{"FR", "JP", "KR"}, 4200, 1000, 4000, "CT"},
	{"2106909000", "Food supplement powder", "营养粉", "KGM", []string{"AU", "NZ", "US"}, 1450, 1000, 9000, "CT"},
	{"2009110000", "Frozen orange juice", "冷冻橙汁", "KGM", []string{"BR", "US"}, 230, 1000, 18000, "DR"},
	{"8541290000", "Power transistors", "功率晶体管", "KGM", []string{"DE", "MY", "JP"}, 31000, 1000, 600, "CT"},
	{"8534001000", "Printed circuits, four layers", "四层印刷电路板", "KGM", []string{"KR", "TW"}, 9600, 1000, 1800, "CT"},
	{"8544421900", "Connecting cables with plugs", "带接头连接线", "KGM", []string{"VN", "TH"}, 1850, 1000, 6000, "CT"},
	{"8708409900", "Gear box parts", "变速箱零件", "KGM", []string{"DE", "JP"}, 1720, 1000, 11000, "PX"},
	{"8708309900", "Brake parts", "制动器零件", "KGM", []string{"DE", "CZ"}, 980, 1000, 14000, "PX"},
	{"3901200001", "Polyethylene granules", "聚乙烯颗粒", "KGM", []string{"SA", "KR"}, 108, 1000, 24000, "BG"},
	{"8708950000", "Airbag modules", "安全气囊模块", "KGM", []string{"DE", "US"}, 5400, 1000, 3200, "CT"},
	{"8541430000", "Photovoltaic cells", "光电池", "KGM", []string{"MY", "TH"}, 2900, 1000, 5000, "CT"},
}

// dollars gives what one unit costs this time.
func (a *article) cents(r *rand.Rand) int64 { return a.price * int64(88+r.IntN(25)) / 100 }

// containerNumber makes a number with its right check digit.
func containerNumber(r *rand.Rand) string {
	owners := []string{"CSQU", "MSCU", "COSU", "TEMU", "OOLU", "CMAU"}
	stem := fmt.Sprintf("%s%06d", owners[r.IntN(len(owners))], r.IntN(1_000_000))
	digit, _ := codelist.ContainerCheckDigit(stem)
	return fmt.Sprintf("%s%d", stem, digit)
}

// plate makes a number plate of Shanghai.
func plate(r *rand.Rand) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
	return fmt.Sprintf("沪%c%c%04d", letters[r.IntN(8)], letters[r.IntN(len(letters))], r.IntN(10_000))
}

// parcel is a quantity of one article on its way.
type parcel struct {
	*article
	origin   string
	units    int64 // whole units
	cents    int64 // a unit, USD
	packages int64
}

func newParcel(r *rand.Rand, a *article) parcel {
	units := max(1, a.load*int64(20+r.IntN(80))/100)
	return parcel{article: a, origin: a.origin[r.IntN(len(a.origin))], units: units, cents: a.cents(r), packages: max(1, units*a.mass/1000/25)}
}

func (p parcel) quantity() num.Quantity { return num.Quantity(p.units) * num.OneQuantity }
func (p parcel) total() num.Money       { return num.Money(p.units * p.cents) }
func (p parcel) price() num.Price       { return num.Price(p.cents * 100) }
func (p parcel) net() num.Quantity      { return num.Quantity(p.units*p.mass) * num.OneQuantity / 1000 }

func (p parcel) gross() num.Quantity { return p.net() + num.Quantity(p.packages)*num.OneQuantity }

// part gives a smaller quantity of the same goods.
func (p parcel) part(units int64) parcel {
	q := p
	q.units = min(units, p.units)
	q.packages = max(1, q.units*p.mass/1000/25)
	return q
}

// voyage is one call of a ship.
type voyage struct {
	vessel, number, imo string
	port                string // loading
	arrival             clock.Date
}

var vessels = []struct{ name, imo string }{
	{"DEMO EVERBRIGHT", "9074729"}, {"DEMO HARBOUR STAR", "9321483"}, {"DEMO YANGTZE PEARL", "9299032"}, {"DEMO SEINE", "9395044"},
}

var loadingPorts = []string{"FRLEH", "DEHAM", "USLAX", "JPYOK", "KRPUS", "AUMEL", "SGSIN", "NLRTM"}

func newVoyage(r *rand.Rand, n int, arrival clock.Date) voyage {
	v := vessels[r.IntN(len(vessels))]
	return voyage{v.name, fmt.Sprintf("%03d%c", 100+n%900, "EW"[n%2]), v.imo, loadingPorts[r.IntN(len(loadingPorts))], arrival}
}
