package print

import (
	"encoding/json"
	"sync"

	"seine/internal/duty"
	"seine/locales"
)

// TaxKeys are the messages that name the taxes of a working.
var TaxKeys = map[string]string{
	"duty": "taxname.duty", "export_duty": "taxname.export", "anti_dumping": "taxname.antidumping",
	"countervailing": "taxname.countervailing", "safeguard": "taxname.safeguard", "retaliation": "taxname.retaliation",
	"consumption_tax": "taxname.consumption", "vat": "taxname.vat", "interest": "taxname.interest",
	"late_payment": "taxname.latepayment", "late_declaration": "taxname.late", "excise": "taxname.excise",
}

// StepKeys are the messages that name the steps of a working.
var StepKeys = map[duty.Label]string{
	duty.LabelPrice: "step.price", duty.LabelPriceLocal: "step.pricelocal", duty.LabelFreight: "step.freight",
	duty.LabelInsurance: "step.insurance", duty.LabelInsuranceRule: "step.insurancerule", duty.LabelOther: "step.other",
	duty.LabelFreightShare: "step.freightshare", duty.LabelInsuranceShare: "step.insuranceshare",
	duty.LabelOtherShare: "step.othershare", duty.LabelValue: "step.value", duty.LabelValueRounded: "step.valuerounded",
	duty.LabelDuty: "taxname.duty", duty.LabelDutyBound: "step.dutybound", duty.LabelDutyRounded: "step.dutyrounded", duty.LabelExcise: "taxname.excise", duty.LabelExempt: "step.exempt",
	duty.LabelRemedy: "step.remedy", duty.LabelNoOriginProof: "step.noproof", duty.LabelTaxedPrice: "step.taxedprice",
	duty.LabelConsumption: "taxname.consumption", duty.LabelVAT: "taxname.vat", duty.LabelInterest: "taxname.interest",
	duty.LabelLatePayment: "taxname.latepayment", duty.LabelLateDeclared: "taxname.late",
	duty.LabelDepreciated: "step.depreciated", duty.LabelMaterialDuty: "step.materialduty", duty.LabelShortTax: "step.short", duty.LabelExportValue: "step.exportvalue",
}

// NoteKeys are the messages of notes whose values are known.
var NoteKeys = map[string]string{"classification_conflict": "note.classified"}

var messages = sync.OnceValue(func() map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, language := range locales.Languages {
		content, err := locales.Messages(language)
		if err != nil {
			panic(err) // the files are part of the program and read by its tests
		}
		var raw map[string]json.RawMessage
		if err := json.Unmarshal(content, &raw); err != nil {
			panic(err)
		}
		plain := map[string]string{}
		for key, value := range raw {
			var text string
			if json.Unmarshal(value, &text) == nil { // a plural has no plain text
				plain[key] = text
			}
		}
		all[language] = plain
	}
	return all
})

// wordsOf gives the messages of a language, those of the first language where
// there is no such.
func wordsOf(language string) func(key string) string {
	known, ok := messages()[language]
	if !ok {
		known = messages()[locales.Languages[0]]
	}
	return func(key string) string {
		if text, there := known[key]; there {
			return text
		}
		return key
	}
}
