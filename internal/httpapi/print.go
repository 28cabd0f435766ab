package httpapi

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"seine/internal/clearance"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/duty"
	"seine/internal/fault"
	"seine/internal/party"
	"seine/internal/print"
	"seine/locales"
)

// inLanguage says in which language a paper is printed.
type inLanguage struct {
	Language string `query:"language" doc:"en or zh-CN; English where not given"`
}

// chosen gives the language of a paper. Fault: PRINT-LANGUAGE-01.
func (l inLanguage) chosen() (string, error) {
	switch {
	case l.Language == "":
		return locales.English, nil
	case !slices.Contains(locales.Languages, l.Language):
		return "", fault.New(fault.Invalid, "PRINT-LANGUAGE-01", "/language", "“{language}” is no language of the house", "choose en or zh-CN", "language", clip(l.Language))
	}
	return l.Language, nil
}

const pdf = "application/pdf"

// paper answers with a working as PDF.
func (c *call) paper(raw json.RawMessage, head print.Head, language, name string) (none, error) {
	w, err := print.ReadWorking(raw)
	if err != nil {
		return none{}, err
	}
	head.Printed = c.now.Time().Format("2006-01-02 15:04 -07:00")
	content, err := print.WorkingPDF(w, head, language)
	if err != nil {
		return none{}, err
	}
	c.w.Header().Set("Content-Disposition", "attachment; filename="+name)
	answer(c.w, http.StatusOK, pdf, content)
	return none{}, nil
}

func (s *Server) printRoutes() {
	add(s, route{
		id: "get-declaration-working", method: http.MethodGet, path: "/api/v1/declarations/{id}/working.pdf", tag: "declarations", answers: pdf, own: true,
		summary: "The working of its duty and taxes as PDF",
	}, func(c *call, in *struct {
		byDocument
		inLanguage
	},
	) (none, error) {
		language, err := in.chosen()
		if err != nil {
			return none{}, err
		}
		d, id, _, err := declarations.load(c, in.ID, party.View)
		if err != nil {
			return none{}, err
		}
		var a clearance.Assessment
		if d.Verdict == "" {
			return none{}, party.Absent("assessment", in.ID)
		}
		if _, err := s.store.Load(c.ctx(), dossier.Assessment, d.Verdict, &a); err != nil {
			return none{}, err
		}
		if len(a.Working) == 0 {
			return none{}, party.Absent("working", in.ID)
		}
		if err := s.identity.Read(c.ctx(), c.who, dossier.Declaration, id); err != nil {
			return none{}, err
		}
		return c.paper(json.RawMessage(a.Working), headOf(d), language, "working-"+id+".pdf")
	})
	add(s, route{
		id: "print-duty", method: http.MethodPost, path: "/api/v1/duty/calculations/working.pdf", tag: "knowledge", answers: pdf, own: true, accept: onlyJSON,
		summary: "Work out duty and taxes of a consignment, as PDF; form in docs/duty.md",
	}, func(c *call, in *struct {
		inLanguage
		RawBody []byte
	},
	) (none, error) {
		language, err := in.chosen()
		if err != nil {
			return none{}, err
		}
		asked, err := duty.ReadCase(bytes.NewReader(in.RawBody))
		if err != nil {
			return none{}, err
		}
		ref, err := dutyReference(s.Reference().Duty, asked.Schedule)
		if err != nil {
			return none{}, err
		}
		result, err := duty.Resolve(asked, ref)
		if err != nil {
			return none{}, err
		}
		raw, err := result.AppendJSON(nil)
		if err != nil {
			return none{}, err
		}
		var head print.Head
		for i := range asked.Lines {
			head.Goods = append(head.Goods, string(asked.Lines[i].Code))
		}
		return c.paper(raw, head, language, "working.pdf")
	})
}

// headOf is what stands above the working of a declaration.
func headOf(d *declaration.Declaration) print.Head {
	h := print.Head{Number: d.Number, Enterprise: strings.TrimSpace(d.Consignee.Name + " " + d.Consignee.CreditCode)}
	for i := range d.Lines {
		h.Goods = append(h.Goods, strings.TrimSpace(string(d.Lines[i].Commodity)+" "+d.Lines[i].Name))
	}
	return h
}
