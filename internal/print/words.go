package print

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
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
var NoteKeys = map[string]string{
	"classification_conflict": "note.classified", "consumption_tax_possible": "note.consumption", "no_exchange": "note.noexchange",
}

// PlainNotes are the messages of notes that say the same whatever the case.
var PlainNotes = map[string]string{
	"preference_without_proof": "note.noproof", "origin_not_stated": "note.noorigin", "insurance_default": "note.insurance", "origin_not_proved": "note.unproved",
}

// RoundingKeys are the messages of how a step is rounded.
var RoundingKeys = map[string]string{"half_up": "rounding.half_up", "half_even": "rounding.half_even", "down": "rounding.down", "up": "rounding.up"}

// rateKeys are the messages of the columns that a source begins with.
var rateKeys = map[string]string{
	"mfn": "rate.mfn", "conventional": "rate.conventional", "special": "rate.special", "general": "rate.general", "provisional": "rate.provisional",
	"provisional_part": "rate.part", "quota": "rate.quota", "export_duty": "taxname.export", "anti_dumping": "taxname.antidumping", "countervailing": "taxname.countervailing",
	"safeguard": "taxname.safeguard", "retaliation": "taxname.retaliation", "vat": "taxname.vat",
}

// sources are the sources with their Chinese, the longest first: one may stand
// within another.
var sources = sync.OnceValue(func() [][2]string {
	known, err := locales.Sources()
	if err != nil {
		panic(err) // the file is part of the program and read by its tests
	}
	var list [][2]string
	for english, chinese := range known {
		list = append(list, [2]string{english, chinese})
	}
	slices.SortFunc(list, func(a, b [2]string) int { return cmp.Or(len(b[0])-len(a[0]), strings.Compare(a[0], b[0])) })
	return list
})

var sinceDay = regexp.MustCompile(`, from (\d{4}-\d{2}-\d{2})$`)

// SourceIn words the source of a step in a language: the column, the law and its
// first day. What an officer wrote stays as it is.
func SourceIn(language, source string) string {
	if language != locales.Chinese || source == "" {
		return source
	}
	t := wordsOf(language)
	column, rest, more := strings.Cut(source, ",")
	name, kind, _ := strings.Cut(column, " ")
	if key := rateKeys[name]; key != "" {
		source = strings.TrimSpace(t(key) + " " + kind)
		if more {
			source += "," + rest
		}
	}
	if m := sinceDay.FindStringSubmatch(source); m != nil {
		source = strings.TrimSuffix(source, m[0]) + "，" + strings.ReplaceAll(t("working.since"), "{{.day}}", m[1])
	}
	for _, s := range sources() {
		source = strings.ReplaceAll(source, s[0], s[1])
	}
	return source
}

// ValueIn words a value of a note in a language where the program knows the words:
// what the tax tables say of goods and conditions. Any other value stays as it is.
func ValueIn(language, value string) string {
	if language == locales.Chinese {
		for _, s := range sources() {
			if s[0] == value {
				return s[1]
			}
		}
	}
	return value
}

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
