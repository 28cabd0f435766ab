package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"

	"seine/internal/bonded"
	"seine/internal/book"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/party"
)

// neighbours are the enterprises that customs know beside those who do business
// in the history. They are cheap: one call registers each, and two more open the
// account book of every third one inside.
const neighbours = 158

// neighbourTrades are what neighbours do, by where they are.
var neighbourTrades = []struct {
	zh, en string
	kinds  []party.Kind
	inside bool
}{
	{"供应链", "Supply Chain", []party.Kind{party.ZoneEnterprise, party.Warehouse}, true},
	{"冷链物流", "Cold Chain", []party.Kind{party.ZoneEnterprise, party.Warehouse}, true},
	{"医疗器械", "Medical Devices", []party.Kind{party.ZoneEnterprise, party.Processor}, true},
	{"汽车零部件", "Auto Parts", []party.Kind{party.ZoneEnterprise, party.Processor}, true},
	{"进出口", "Import and Export", []party.Kind{party.Trader}, false},
	{"食品", "Foods", []party.Kind{party.Trader}, false},
	{"报关服务", "Customs Services", []party.Kind{party.Broker}, false},
}

// everyGrade are the grades of the scheme in force with how often each comes up
// among thirty neighbours; the rest were never graded.
var everyGrade = []struct {
	code string
	from int // of thirty
}{
	{"seriously-dishonest", 29}, {"dishonest", 27}, {"certified", 20}, {"advanced-certified", 16},
}

// settle adds the neighbours. Chance is of its own, so that they change nothing of
// what the others do.
func (c *cast) settle(r *rand.Rand, since clock.Date, count int) {
	areas := party.Organisation().Areas
	for i := range count {
		t := neighbourTrades[i%len(neighbourTrades)]
		name, place := i/len(neighbourTrades), "江南"
		e := party.Enterprise{
			CreditCode: creditCode(r), Kinds: t.kinds, RegisteredOn: since.AddDays(r.IntN(600)), State: party.Registered, Networked: r.IntN(3) == 0,
		}
		placeEN := "Jiangnan"
		if t.inside {
			area := areas[len(c.others)%len(areas)].ID
			e.Area, e.Areas, place, placeEN = area, []string{area}, "上海", "Shanghai"
		}
		e.Name = place + insideNames[name%len(insideNames)] + t.zh + "有限公司（演示）"
		e.NameEN = placeEN + " " + insideEnglish[name%len(insideEnglish)] + " " + t.en + " Co., Ltd. (demo)"
		for of, g := i%30, 0; g < len(everyGrade); g++ {
			if of >= everyGrade[g].from {
				e.Grades = []party.GradeChange{{Grade: everyGrade[g].code, From: max(e.RegisteredOn, clock.Day(2026, 4, 1)), Reason: "demonstration"}}
				break
			}
		}
		e.ID = string(e.CreditCode)
		c.others = append(c.others, e)
	}
}

// welcome registers the neighbours and opens the books of some.
func (w *Zone) welcome(ctx context.Context) error {
	desks := w.officers[party.FilingOfficer] // in turn: chance is for the others
	for i := range w.cast.others {
		if err := desks[i%len(desks)].send(ctx, http.MethodPost, pathEnterprises, &w.cast.others[i], nil); err != nil {
			return err
		}
		w.tell("registering neighbours", i+1, len(w.cast.others))
	}
	inside := 0
	for i := range w.cast.others {
		e := &w.cast.others[i]
		if !e.Is(party.ZoneEnterprise) {
			continue
		}
		if inside++; inside%3 != 0 {
			continue
		}
		door, err := w.machine(ctx, "system-"+e.ID, e.ID, party.EnterpriseClerk)
		if err != nil {
			return err
		}
		area, _ := party.Organisation().Area(e.Area)
		a := &articles[i%len(articles)]
		b := book.Book{
			Kind: book.Logistics, Operator: book.Party{CreditCode: e.ID, Code: string(e.CustomsCode), Name: e.Name},
			CompetentOffice: area.Office, Area: e.Area, ValidTo: w.host.Now().Date().AddMonths(18), Posting: book.ByPart,
			Warehouse: book.Warehouse{Number: fmt.Sprintf("WN%03d", i+1), Name: e.Name},
			Lines: []book.Line{{
				Number: 1, Kind: book.Part, PartNumber: partNumber(1, a), Commodity: a.code, Name: a.zh, Unit: codelist.UnitCode(a.unit), LegalUnit: codelist.UnitCode(a.unit), Currency: "USD",
			}},
		}
		var reply bonded.Reply
		if err := door.send(ctx, http.MethodPost, pathBooks, b, &reply); err != nil {
			if err := w.refused(err); err != nil { // the worst grade holds no book
				return err
			}
		}
	}
	return nil
}
