package console

import (
	"seine/internal/clearance"
	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/declaration"
	"seine/internal/inspection"
	"seine/internal/journal"
	"seine/internal/num"
	"seine/internal/risk"
	"seine/internal/store"
)

// The people and papers of the gallery: fixed, and nowhere else.

func sampleDeclaration() declaration.Declaration {
	return declaration.Declaration{
		ID: "gallery", Number: "221820261000012345", Kind: declaration.BillOfEntry, Direction: declaration.Import, Procedure: "import-direct",
		State: declaration.Manual, Version: 3, CompetentOffice: "2218", EntryOffice: "2218", DeclaredOn: clock.MustDate("2026-11-20"),
		Consignee: declaration.Party{CreditCode: "91310000MA1FL0EW6X", Name: "外高桥葡萄酒交易有限公司"},
		Declarant: declaration.Party{CreditCode: "91310115MA1K3XYZ0T", Name: "Pudong Customs Brokers"},
		Overseas:  declaration.Party{Name: "Maison Grandvigne SA", Country: "FR"},
		Transport: declaration.Transport{Mode: "2", Name: "EVER GRADE", Voyage: "024W"}, BillOfLading: "EGLV149602345678",
		TradeMode: "0110", LevyNature: "101", TradeCountry: "FR", DepartureCountry: "FR", Port: "FRLEH", Terms: declaration.CIF, Currency: "EUR",
		Packages: 1180 * num.OneQuantity, PackageKind: "CT", GrossMass: 17_905 * num.OneQuantity, NetMass: 14_160 * num.OneQuantity,
		Equipment: []declaration.TransportEquipment{{Number: "MSCU1234566", SizeType: "22G1", Seals: []string{"ES0009377"}}},
		Lines: []declaration.GoodsItem{
			{
				Number: 1, Commodity: "2204210000", Name: "Red wine in bottles", Model: "12 × 750 ml, Bordeaux 2023", Quantity: 12_000 * num.OneQuantity,
				Unit: "LTR", Total: 4_800_000, Origin: "FR", LevyMode: "1",
			},
			{
				Number: 2, Commodity: "2204100000", Name: "Champagne", Model: "6 × 750 ml, brut", Quantity: 2_160 * num.OneQuantity, Unit: "LTR",
				Total: 5_400_00, Origin: "FR", LevyMode: "1",
			},
		},
		Confirmed: &declaration.ConfirmationRef{Result: declaration.Signal, Manifest: "M1", ManifestVersion: 2, At: sampleAt("2026-11-20T15:01")},
		Times:     declaration.Times{Created: sampleAt("2026-11-20T14:58"), Submitted: sampleAt("2026-11-20T15:00"), Accepted: sampleAt("2026-11-20T15:00")},
	}
}

func sampleConfirmation() *declaration.Confirmation {
	c := &declaration.Confirmation{Result: declaration.Signal, Manifest: "M1", ManifestVersion: 2, BillOfLading: "EGLV149602345678"}
	for i, row := range [10][3]string{
		{"EGLV149602345678", "EGLV149602345678", "pass"},
		{"EVER GRADE 024W", "EVER GRADE 024W", "pass"},
		{"2026-11-20", "2026-11-20", "pass"},
		{"91310000MA1FL0EW6X", "91310000MA1FL0EW6X", "pass"},
		{"1180 CT", "1180 CT", "pass"},
		{"17940 kg", "17905 kg", "signal"},
		{"MSCU1234566", "MSCU1234566", "pass"},
		{"ES0009377", "ES0009377", "pass"},
		{"WINE IN BOTTLES", "Red wine in bottles", "pass"},
		{"FRLEH", "", "not_compared"},
	} {
		c.Rows[i] = declaration.Row{Check: i + 1, Left: row[0], Right: row[1], Outcome: declaration.Outcome(row[2])}
	}
	c.Rows[5].Tolerance, c.Rows[5].Act = "± 1 %", declaration.ByDeclarant
	return c
}

func sampleVerdict() risk.Verdict {
	return risk.Verdict{
		At: sampleAt("2026-11-20T15:00"), Channel: risk.Red, Score: 71, Sum: 71, Band: risk.Red, MediumAt: 45, HighAt: 70,
		Selected: []risk.Selection{risk.ByScore},
		Hits: []risk.Hit{
			{
				Rule: "R-104", Title: risk.Label{EN: "Wine and spirits, unit value low", ZH: "酒类单价偏低"}, Weight: 22, Level: 2, Points: 44, Line: 1, Lines: 1,
				Reason: risk.Label{EN: "The unit value is well below what others declare for the same goods.", ZH: "单价明显低于同类商品申报水平。"},
				Conditions: []risk.ConditionSeen{
					{Label: risk.Label{EN: "HS heading", ZH: "税目"}, Text: "hs.heading in 2204..2208", Actual: "2204", Held: true},
					{Label: risk.Label{EN: "value per litre, share of the median", ZH: "每升价格与中位数之比"}, Text: "value.ratio < 60%", Actual: "0.41", Held: true},
				},
				Cure: risk.Label{EN: "Attach the contract and the payment proof for line 1.", ZH: "请补充第 1 项合同与付汇凭证。"},
			},
			{
				Rule: "R-118", Title: risk.Label{EN: "Gross mass differs from the manifest", ZH: "毛重与舱单不一致"}, Weight: 27, Level: 1, Points: 27,
				Conditions: []risk.ConditionSeen{{Label: risk.Label{EN: "difference of gross mass", ZH: "毛重差异"}, Text: "mass.difference > 0.1%", Actual: "0.002", Held: true}},
			},
		},
		Draw:  risk.Draw{Period: "2026-11", Value: 41_233_000, Ratio: 2 * num.Percent},
		Table: risk.TableRef{ID: "declaration", Version: "2026-13"},
	}
}

func sampleAssessment() clearance.Assessment {
	return clearance.Assessment{
		ID: "gallery.1", Declaration: "gallery", At: sampleAt("2026-11-20T15:00"), Confirmation: sampleConfirmation(), Verdict: sampleVerdict(),
		Value: 41_260_000, Total: 18_412_320,
		Working: []byte(`{"date":"2026-11-20","currency":"CNY","customs_value":"412600.00","total":"184123.20",
 "taxes":{"duty":"57764.00","consumption_tax":"52262.67","vat":"74096.53"},
 "steps":[
 {"step":0,"label":"price","formula":"given","base":"53400.00","currency":"EUR","result":"53400.00"},
 {"step":1,"label":"price.local","formula":"converted","base":"53400.00","rate":"7.7266","currency":"CNY","source":"exchange rate of 2026-11","result":"412600.00"},
 {"step":2,"line":0,"label":"customs_value","formula":"share","base":"412600.00","numerator":480,"denominator":534,"result":"370876.40"},
 {"step":3,"line":0,"label":"duty","tax":"duty","formula":"of_value","terms":[2],"rate":"14%","source":"tariff 2026, most favoured nation","result":"51922.70"},
 {"step":4,"line":0,"label":"consumption_tax.price","formula":"gross_up","terms":[2,3],"rate":"10%","result":"469776.78"},
 {"step":5,"line":0,"label":"consumption_tax","tax":"consumption_tax","formula":"of_value","terms":[4],"rate":"10%","source":"consumption tax table","result":"46977.68"},
 {"step":6,"line":0,"label":"vat","tax":"vat","formula":"of_value","terms":[2,3,5],"rate":"13%","source":"VAT table","result":"61070.98"}]}`),
	}
}

func sampleEntries() []*store.Stored {
	entry := func(position int64, at, kind, actor string, by journal.ActorKind, body string, why journal.Why, subject ...journal.Ref) *store.Stored {
		if len(subject) == 0 {
			subject = []journal.Ref{{Kind: "declaration", ID: "gallery"}}
		}
		return &store.Stored{Entry: journal.Entry{
			ID: "E" + Count(position), Position: position, At: sampleAt(at), EffectiveOn: sampleAt(at).Date(), Type: kind, Actor: actor, ActorKind: by,
			Subject: subject, Enterprise: "91310000MA1FL0EW6X", Area: "waigaoqiao", Office: "2218", Why: why, Body: []byte(body),
		}}
	}
	number := `{"number":"221820261000012345"}`
	return []*store.Stored{
		entry(48_101, "2026-11-20T03:00", "manifest.received", "cosco", journal.Client, `{"number":"M1"}`, journal.Why{}, journal.Ref{Kind: "manifest", ID: "M1"}),
		entry(48_144, "2026-11-20T15:00", "declaration.accepted", "wang.li", journal.Enterprise, number, journal.Why{Law: "CL-24"}),
		entry(48_145, "2026-11-20T15:00", "declaration.held", "system", journal.System, number, journal.Why{Rule: "R-104"}),
		entry(48_146, "2026-11-20T15:00", "tax-bill.issued", "system", journal.System, `{"number":"T221820261000012345","due":"2026-12-05"}`, journal.Why{Law: "DL-43"}),
		entry(48_170, "2026-11-21T09:12", "inspection.ordered", "chen.jing", journal.Officer, `{"number":"I221820261000012345"}`, journal.Why{Law: "CL-28", Reason: "unit value far below the median"}, journal.Ref{Kind: "declaration", ID: "gallery"}, journal.Ref{Kind: "inspection_order", ID: "gallery"}),
		entry(48_190, "2026-11-22T10:40", "inspection.recorded", "liu.wei", journal.Officer, `{"number":"I221820261000012345"}`, journal.Why{}, journal.Ref{Kind: "declaration", ID: "gallery"}, journal.Ref{Kind: "inspection_order", ID: "gallery"}),
		entry(48_204, "2026-11-22T14:05", "declaration.passed", "chen.jing", journal.Officer, number, journal.Why{Reason: "inspected as declared, value proven by payment"}),
	}
}

func sampleOrder() *inspection.Order {
	return &inspection.Order{
		ID: "gallery", Number: "I221820261000012345", Subject: "gallery", Enterprise: "91310000MA1FL0EW6X", Place: "Waigaoqiao yard B-12", Area: "waigaoqiao",
		Target:  inspection.Target{Kind: inspection.Bill, Number: "221820261000012345", Containers: []codelist.ContainerNumber{"MSCU1234566"}},
		Sources: []inspection.Source{{Selection: inspection.ByOfficer, Text: "unit value far below the median"}}, Methods: []inspection.Method{inspection.ManualPartial},
		Items: []inspection.Item{{Line: 1, What: "Label and vintage of the bottles"}}, State: inspection.Notified, DueOn: clock.MustDate("2026-11-28"),
		Drawings: []inspection.Drawing{{Period: "2026-11", Version: 1, Candidates: []string{"a"}, Drawn: []string{"liu.wei", "zhao.min"}}},
	}
}
