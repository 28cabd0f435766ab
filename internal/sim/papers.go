package sim

import (
	"fmt"

	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/declaration"
	"seine/internal/gate"
	"seine/internal/manifest"
	"seine/internal/num"
	"seine/internal/party"
)

// consignment is goods of one owner on one bill of lading.
type consignment struct {
	owner        *party.Enterprise
	office       string
	voyage       voyage
	manifest     string
	manifestPath string // of the house, once its ship is there
	bill         string
	container    string
	seal         string
	goods        []parcel
	bookLines    []int // line of the account book for each parcel
	arrival      clock.Date
}

func (c *consignment) packages() num.Quantity {
	var n int64
	for _, p := range c.goods {
		n += p.packages
	}
	return num.Quantity(n) * num.OneQuantity
}

func (c *consignment) gross() num.Quantity {
	var q num.Quantity
	for _, p := range c.goods {
		q += p.gross()
	}
	return q
}

func (c *consignment) net() num.Quantity {
	var q num.Quantity
	for _, p := range c.goods {
		q += p.net()
	}
	return q
}

func (c *consignment) total() num.Money {
	var m num.Money
	for _, p := range c.goods {
		m += p.total()
	}
	return m
}

// manifestOf is the carrier's paper for several consignments of one voyage.
func manifestOf(number string, v voyage, office string, load []*consignment) manifest.Manifest {
	m := manifest.Manifest{
		ID: number, Kind: manifest.Original, Office: office,
		Transport:       manifest.Transport{Mode: manifest.Sea, MeansID: v.imo, MeansName: v.vessel, Journey: v.number},
		PortOfLoading:   manifest.Location(v.port),
		PortOfDischarge: "CNSGH", ArrivalEstimated: manifest.Moment{Day: v.arrival},
	}
	for _, c := range load {
		b := manifest.BillOfLading{
			Number: c.bill, Type: manifest.Straight,
			Consignor: manifest.Party{Name: "Demo Exporter Ltd.", Country: c.goods[0].origin},
			Consignee: manifest.Party{Code: c.owner.ID, Name: c.owner.Name, Country: "CN"},
			Packages:  c.packages(), PackageKind: c.goods[0].pack, GrossMass: c.gross(),
			PortOfLoading: manifest.Location(v.port), PortOfDischarge: "CNSGH",
			Equipment: []manifest.TransportEquipment{{
				Number: c.container, Type: "CN", SizeType: "45G1", Filling: manifest.Full,
				Seals: []manifest.Seal{{Number: c.seal, Party: "CA"}},
			}},
		}
		for i, p := range c.goods {
			b.Goods = append(b.Goods, manifest.GoodsItem{
				Number: i + 1, Description: p.en, HS: p.code[:6], Packages: num.Quantity(p.packages) * num.OneQuantity,
				PackageKind: p.pack, GrossMass: p.gross(), Equipment: []manifest.Placement{{Number: c.container}},
			})
		}
		m.Consignments = append(m.Consignments, b)
	}
	return m
}

func partyOf(e *party.Enterprise) declaration.Party {
	return declaration.Party{CreditCode: string(e.CreditCode), Name: e.Name, Country: "CN"}
}

// common gives what every declaration of these goods says.
func (c *consignment) common(on clock.Date) declaration.Declaration {
	d := declaration.Declaration{
		Direction: declaration.Import, EntryOffice: declaration.OfficeCode(c.office), CompetentOffice: declaration.OfficeCode(c.office),
		DeclaredOn: on, EntryOn: c.arrival, Consignee: partyOf(c.owner), Declarant: partyOf(c.owner), Owner: partyOf(c.owner),
		Overseas:  declaration.Party{Name: "Demo Exporter Ltd.", Country: declaration.CountryCode(c.goods[0].origin)},
		Transport: declaration.Transport{Mode: "2", Name: c.voyage.vessel, Voyage: c.voyage.number}, BillOfLading: c.bill,
		TradeCountry: declaration.CountryCode(c.goods[0].origin), DepartureCountry: declaration.CountryCode(c.goods[0].origin),
		Port: declaration.PortCode(c.voyage.port), Terms: declaration.CIF, Currency: "USD", TotalAmount: c.total(),
		Packages: c.packages(), PackageKind: declaration.PackageCode(c.goods[0].pack), GrossMass: c.gross(), NetMass: c.net(),
	}
	if c.container != "" {
		d.Equipment = []declaration.TransportEquipment{{Number: c.container, SizeType: "45G1", Seals: []string{c.seal}}}
	}
	for i, p := range c.goods {
		d.Lines = append(d.Lines, declaration.GoodsItem{
			Number: i + 1, Commodity: declaration.CommodityCode(p.code), Name: p.zh, Model: p.en, Quantity: p.quantity(),
			Unit: declaration.UnitCode(p.unit), LegalQuantity: p.quantity(), LegalUnit: declaration.UnitCode(p.unit),
			UnitPrice: p.price(), Total: p.total(), Origin: declaration.CountryCode(p.origin), FinalDestination: "CN", LevyMode: "1",
			GrossMass: p.gross(), NetMass: p.net(),
		})
		if len(c.bookLines) > i {
			d.Lines[i].BookLine = c.bookLines[i]
		}
	}
	return d
}

// filingBill is the first-line declaration of goods that stay bonded.
func (c *consignment) filingBill(on clock.Date, account, list, mode string) declaration.Declaration {
	d := c.common(on)
	d.Kind, d.FilingType, d.Procedure, d.BookNumber, d.ListNumber, d.TradeMode = declaration.FilingBill, declaration.FilingNormal, mode, account, list, "5000"
	if mode == enterFirst {
		d.FilingType = declaration.FilingEnterFirst
	}
	for i := range d.Lines {
		d.Lines[i].LevyMode = "3"
	}
	return d
}

// entryBill is an ordinary import that goes straight to the home market.
func (c *consignment) entryBill(on clock.Date) declaration.Declaration {
	d := c.common(on)
	d.Kind, d.Procedure, d.TradeMode, d.LevyNature = declaration.BillOfEntry, importDirect, "0110", "101"
	return d
}

// exitBill is the second-line declaration of bonded goods that are bought by an
// enterprise outside.
func (c *consignment) exitBill(on clock.Date, buyer *party.Enterprise, account, list string) declaration.Declaration {
	d := c.common(on)
	d.Kind, d.Direction, d.Procedure, d.TradeMode, d.LevyNature = declaration.BillOfEntry, declaration.Import, secondLineExit, "0110", "101"
	d.Consignee, d.Declarant, d.Owner, d.BookNumber, d.ListNumber = partyOf(buyer), partyOf(buyer), partyOf(buyer), account, list
	d.BillOfLading, d.Transport, d.Equipment, d.Port = "", declaration.Transport{Mode: "9"}, nil, ""
	return d
}

// Modes that the demonstration uses.
const (
	firstLineEntry = "first-line-entry"
	secondLineExit = "second-line-exit"
	enterFirst     = "enter-first"
	importDirect   = "import-direct"
)

// listOf is the verification list of a consignment.
func (c *consignment) listOf(account string, kind book.Kind, in bool) book.VerificationList {
	l := book.VerificationList{
		Book: account, BookKind: kind, Type: book.Ordinary, Direction: book.In, TradeMode: "5000", TransportMode: "2",
		EntryOffice: codelist.OfficeCode(c.office), CompetentOffice: codelist.OfficeCode(c.office),
		Operator: book.Party{Code: string(c.owner.CustomsCode), CreditCode: string(c.owner.CreditCode), Name: c.owner.Name},
		Declared: true, DeclarationKind: book.RelatedDeclaration, Method: book.Forward,
	}
	if !in {
		l.Direction, l.TransportMode, l.TradeMode = book.Out, "9", "0110"
	}
	for i, p := range c.goods {
		l.Lines = append(l.Lines, book.ListLine{
			Number: i + 1, BillLine: i + 1, BookLine: c.bookLines[i], Commodity: p.code, Name: p.zh, Quantity: p.quantity(), Unit: codelist.UnitCode(p.unit),
			LegalQuantity: p.quantity(), LegalUnit: codelist.UnitCode(p.unit), UnitPrice: p.price(), Total: p.total(), Currency: "USD",
			Origin: codelist.CountryCode(p.origin), GrossMass: p.gross(), NetMass: p.net(),
		})
	}
	return l
}

// truck is a vehicle with what it carries under one note.
type truck struct {
	plate string
	tare  num.Quantity
	box   string
	seal  string
	boxed num.Quantity // tare of the container
}

func (w *Zone) newTruck(container, seal string) truck {
	t := truck{plate: plate(w.rand), tare: num.Quantity(13_000+w.rand.Int64N(2_000)) * num.OneQuantity}
	if container != "" {
		t.box, t.seal, t.boxed = container, seal, 3_900*num.OneQuantity
	}
	return t
}

// note is the release note for a truck that carries the whole consignment.
func (c *consignment) note(t truck, kind gate.NoteType, in bool, area, account, document string, from, to clock.Instant) gate.ReleaseNote {
	n := gate.ReleaseNote{
		Type: kind, Binding: gate.OneDocumentOneTruck, Direction: gate.In, Enterprise: c.owner.ID, Area: area, Book: account,
		Kind: gate.VerificationList, Documents: []string{document}, Plate: t.plate, EPlate: "EP" + t.plate[len(t.plate)-4:] + fmt.Sprint(int64(t.tare)%9973),
		TruckTare: t.tare, GoodsGross: c.gross(), GoodsNet: c.net(), ValidFrom: from, ValidTo: to, Applicant: c.owner.Name,
	}
	if !in {
		n.Direction = gate.Out
	}
	if t.box != "" {
		n.Containers = []gate.Container{{Number: t.box, SizeType: "45G1", Tare: t.boxed}}
	}
	n.Total = n.TruckTare + n.GoodsGross + t.boxed
	return n
}

// readings is what a lane sees of a truck; off is how many kilograms the scale
// differs from the note.
func (w *Zone) readings(n gate.ReleaseNote, area string, at clock.Instant, off int64) gate.Readings {
	w.sequence++
	lane := fmt.Sprintf("%s-%d", area, 1+w.rand.IntN(6))
	r := gate.Readings{
		Area: area, Gate: area + "-main", Lane: lane, LaneKind: gate.GoodsLane, Direction: n.Direction,
		Sequence: fmt.Sprintf("%d-%06d", int64(at), w.sequence), At: at,
		CameraPlate: n.Plate, EPlate: n.EPlate, EPlatePlate: n.Plate, Weighed: true, Scale: n.Total + num.Quantity(off)*num.OneQuantity,
	}
	if len(n.Containers) > 0 {
		r.Front = n.Containers[0].Number
	}
	return r
}
