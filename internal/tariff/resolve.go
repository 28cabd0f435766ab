package tariff

import (
	"slices"
	"strings"

	"seine/internal/fault"
)

// Resolve gives the duty that a rate pointing elsewhere comes to on the goods'
// day: the rate of the code it names, or of applicable, the code under which the
// goods fall otherwise, with the terms the text adds. kind and area are those of
// the rate that was looked up; where the other code has none of that kind its
// most favoured nation rate is taken.
//
// Faults: TARIFF-POINT-01 when what it points to cannot be told from codes, -02
// when the code under which the goods fall otherwise must be stated, -03 when that
// code is none of those named, -04 when a code it names is not in force, and those of
// At for applicable.
func (g Goods) Resolve(e *Expression, kind Kind, area AreaCode, applicable Code) (*Expression, error) {
	named := e.See
	switch e.Reference {
	case NoReference:
		return e, nil
	case ApplicableCode, NamedCode:
	case AbsentThisCode, EachInSet, HighestInSet, ArticleItBelongs, CompleteMovement:
		named = nil
	case Note, NoChange, PartialValue, LikeArticles, EntryPrice, Agricultural:
		return nil, fault.New(fault.Refused, "TARIFF-POINT-01", "", "the rate “{rate}” points to something that the schedule does not hold",
			"find the rate it points to and state it with the case", "rate", e.Text)
	}
	var codes []Code
	for _, span := range named {
		code, one := span.Code()
		if !one { // which of them the goods are is not ours to say
			codes = nil
			break
		}
		codes = append(codes, code)
	}
	if applicable != "" {
		if e.Reference == NamedCode && !slices.ContainsFunc(named, func(s Span) bool { return s.Holds(applicable) }) {
			return nil, fault.New(fault.Invalid, "TARIFF-POINT-03", "", "{code} is none of the codes that “{rate}” names", "choose one of {codes}",
				"code", applicable, "rate", e.Text, "codes", joinSpans(named))
		}
		codes = []Code{applicable}
	}
	if len(codes) == 0 {
		return nil, fault.New(fault.Invalid, "TARIFF-POINT-02", "", "the rate “{rate}” follows the code under which the goods fall otherwise",
			"state that code as “applicable”", "rate", e.Text)
	}
	var base *Expression
	for _, code := range codes {
		other, err := g.s.At(code, g.on)
		if err != nil && applicable == "" {
			return nil, fault.New(fault.Refused, "TARIFF-POINT-04", "", "the rate “{rate}” names code {code}, which the schedule does not hold on that day",
				"state its successor as “applicable”", "rate", e.Text, "code", code).Because(err)
		}
		if err != nil {
			return nil, err
		}
		m, ok := other.Rate(kind, area)
		if !ok || m.Duty == nil {
			m, ok = other.Rate(MFN, "")
		}
		if !ok || m.Duty == nil || !m.Duty.Calculable() || base != nil && m.Duty.String() != base.String() {
			return nil, fault.New(fault.Invalid, "TARIFF-POINT-02", "", "the rate “{rate}” follows the code under which the goods fall otherwise",
				"state that code as “applicable”", "rate", e.Text)
		}
		base = m.Duty
	}
	if len(e.Components) == 0 || e.Reference == CompleteMovement {
		return base, nil
	}
	return &Expression{
		Text: base.Text + ": " + e.Text, Components: append(append([]Component(nil), base.Components...), e.Components...), Understood: true,
	}, nil
}

func joinSpans(spans []Span) string {
	texts := make([]string, len(spans))
	for i, s := range spans {
		texts[i] = string(s)
	}
	return strings.Join(texts, ", ")
}
