package declaration

import (
	"slices"

	"seine/internal/jsonform"
)

// AppendJSON appends the declaration as encoding/json writes it. Every lodging
// leaves one, so what an ordinary one has is written by hand.
func (d Declaration) AppendJSON(b []byte) ([]byte, error) { return d.appendTo(b) }

func (d *Declaration) appendTo(b []byte) ([]byte, error) {
	w := jsonform.Writer{B: slices.Grow(b, 1024+256*len(d.Lines))}
	w.Open('{')
	w.Member("id", d.ID)
	w.Optional("number", d.Number)
	w.Optional("preEntryNumber", d.PreEntryNumber)
	w.Member("kind", string(d.Kind))
	w.Count("filingType", int64(d.FilingType))
	w.Member("direction", string(d.Direction))
	w.Member("procedure", d.Procedure)
	w.Count("procedureVersion", int64(d.ProcedureVersion))
	w.Member("state", string(d.State))
	w.Count("version", d.Version)
	w.Optional("entryOffice", string(d.EntryOffice))
	w.Optional("competentOffice", string(d.CompetentOffice))
	w.Optional("inspectionOffice", string(d.InspectionOffice))
	jsonform.Given(&w, "declaredOn", d.DeclaredOn)
	jsonform.Given(&w, "entryOn", d.EntryOn)
	d.Consignee.appendTo(&w, "consignee")
	d.Overseas.appendTo(&w, "overseas")
	d.Owner.appendTo(&w, "owner")
	d.Declarant.appendTo(&w, "declarant")
	w.Optional("bookNumber", d.BookNumber)
	w.Optional("listNumber", d.ListNumber)
	if t := &d.Transport; *t != (Transport{}) {
		w.Name("transport")
		w.Open('{')
		w.Optional("mode", string(t.Mode))
		w.Optional("name", t.Name)
		w.Optional("voyage", t.Voyage)
		w.Close('}')
	}
	w.Optional("manifest", d.Manifest)
	w.Optional("billOfLading", d.BillOfLading)
	w.Optional("tradeMode", string(d.TradeMode))
	w.Optional("levyNature", string(d.LevyNature))
	w.Optional("tradeCountry", string(d.TradeCountry))
	w.Optional("departureCountry", string(d.DepartureCountry))
	w.Optional("port", string(d.Port))
	w.Optional("transitPort", string(d.TransitPort))
	w.Optional("terms", string(d.Terms))
	for _, c := range [...]struct {
		name string
		of   *Charge
	}{{"freight", d.Freight}, {"insurance", d.Insurance}, {"other", d.Other}} {
		if err := w.Rest(c.name, c.of != nil, c.of); err != nil {
			return nil, err
		}
	}
	jsonform.Given(&w, "totalAmount", d.TotalAmount)
	w.Optional("currency", string(d.Currency))
	jsonform.Given(&w, "packages", d.Packages)
	w.Optional("packageKind", string(d.PackageKind))
	jsonform.Given(&w, "grossMass", d.GrossMass)
	jsonform.Given(&w, "netMass", d.NetMass)
	w.Optional("contract", d.Contract)
	if err := w.Rest("licences", len(d.Licences) > 0, d.Licences); err != nil {
		return nil, err
	}
	if err := w.Rest("confirmations", d.Confirmations != nil, d.Confirmations); err != nil {
		return nil, err
	}
	if err := w.Rest("equipment", len(d.Equipment) > 0, d.Equipment); err != nil {
		return nil, err
	}
	w.Optional("goodsPlace", d.GoodsPlace)
	w.Optional("marks", d.Marks)
	w.Optional("remarks", d.Remarks)
	w.Optional("relatedNumber", d.RelatedNumber)
	w.Optional("relatedBook", d.RelatedBook)
	w.Name("lines")
	if d.Lines == nil {
		w.Raw(nil)
	} else {
		w.Open('[')
		for i := range d.Lines {
			if err := d.Lines[i].appendTo(&w); err != nil {
				return nil, err
			}
		}
		w.Close(']')
	}
	if d.Levy != nil {
		d.Levy.appendTo(&w)
	}
	if err := w.Rest("declaredTax", len(d.DeclaredTax) > 0, d.DeclaredTax); err != nil {
		return nil, err
	}
	w.Optional("channel", d.Channel)
	w.Optional("verdict", d.Verdict)
	if err := w.Rest("confirmed", d.Confirmed != nil, d.Confirmed); err != nil {
		return nil, err
	}
	if err := w.Rest("correction", d.Correction != nil, d.Correction); err != nil {
		return nil, err
	}
	d.Times.appendTo(&w)
	if err := w.Rest("supplied", len(d.Supplied) > 0, d.Supplied); err != nil {
		return nil, err
	}
	if err := w.Rest("local", len(d.Local) > 0, d.Local); err != nil {
		return nil, err
	}
	if err := w.Rest("label", d.Label != nil, d.Label); err != nil {
		return nil, err
	}
	w.Close('}')
	return w.B, nil
}

func (p *Party) appendTo(w *jsonform.Writer, name string) {
	if !p.Given() {
		return
	}
	w.Name(name)
	w.Open('{')
	w.Optional("creditCode", p.CreditCode)
	w.Optional("customsCode", p.CustomsCode)
	w.Optional("name", p.Name)
	w.Optional("foreignCode", p.ForeignCode)
	w.Optional("country", string(p.Country))
	w.Close('}')
}

func (t *Times) appendTo(w *jsonform.Writer) {
	if *t == (Times{}) {
		return
	}
	w.Name("times")
	w.Open('{')
	jsonform.Given(w, "created", t.Created)
	jsonform.Given(w, "submitted", t.Submitted)
	jsonform.Given(w, "accepted", t.Accepted)
	jsonform.Given(w, "assessed", t.Assessed)
	jsonform.Given(w, "taxed", t.Taxed)
	jsonform.Given(w, "settled", t.Settled)
	jsonform.Given(w, "released", t.Released)
	jsonform.Given(w, "closed", t.Closed)
	jsonform.Given(w, "returned", t.Returned)
	jsonform.Given(w, "deleted", t.Deleted)
	jsonform.Given(w, "correctionOpen", t.CorrectionOpen)
	jsonform.Given(w, "correctionDone", t.CorrectionDone)
	w.Close('}')
}

func (l *GoodsItem) appendTo(w *jsonform.Writer) error {
	w.Open('{')
	w.Number("number", int64(l.Number))
	w.Count("bookLine", int64(l.BookLine))
	w.Member("commodity", string(l.Commodity))
	w.Member("name", l.Name)
	w.Optional("model", l.Model)
	jsonform.Plain(w, "quantity", l.Quantity)
	w.Member("unit", string(l.Unit))
	jsonform.Given(w, "legalQuantity", l.LegalQuantity)
	w.Optional("legalUnit", string(l.LegalUnit))
	jsonform.Given(w, "legalQuantity2", l.LegalQuantity2)
	w.Optional("legalUnit2", string(l.LegalUnit2))
	jsonform.Given(w, "unitPrice", l.UnitPrice)
	jsonform.Plain(w, "total", l.Total)
	w.Optional("currency", string(l.Currency))
	w.Count("valuation", int64(l.Valuation))
	w.Optional("origin", string(l.Origin))
	w.Optional("originCriterion", l.OriginCriterion)
	w.Optional("agreement", l.Agreement)
	w.Optional("finalDestination", l.FinalDestination)
	w.Optional("levyMode", string(l.LevyMode))
	jsonform.Given(w, "grossMass", l.GrossMass)
	jsonform.Given(w, "netMass", l.NetMass)
	if l.DeclaredRate != nil {
		jsonform.Plain(w, "declaredRate", *l.DeclaredRate)
	}
	if err := w.Rest("listLines", len(l.ListLines) > 0, l.ListLines); err != nil {
		return err
	}
	w.Optional("remedy", l.Remedy)
	if err := w.Rest("documents", len(l.Documents) > 0, l.Documents); err != nil {
		return err
	}
	if err := w.Rest("local", len(l.Local) > 0, l.Local); err != nil {
		return err
	}
	w.Close('}')
	return nil
}
