package clearance

import (
	"testing"

	"seine/internal/clock"
	"seine/internal/declaration"
	"seine/internal/duty"
	"seine/internal/tariff"
)

// A line declared under another code than customs decided on is flagged, with the
// number of the decision; one under the decided code is not.
func TestAnotherCodeThanDecidedIsFlagged(t *testing.T) {
	ref := &Reference{Classified: tariff.NewClassified([]tariff.Classification{{Number: "PC-1", Name: "冷冻橙汁", Code: "20091100", From: clock.MustDate("2026-01-01"), Reason: "frozen"}})}
	d := &declaration.Declaration{Lines: []declaration.GoodsItem{{Commodity: "2009110000", Name: "冷冻橙汁"}, {Commodity: "2009120000", Name: " 冷冻橙汁 "}, {Commodity: "2009120000", Name: "苹果汁"}}}
	w := new(duty.Working)
	classified(ref, d, clock.MustDate("2026-06-01"), w)
	if len(w.Notes) != 1 || w.Notes[0].Line != 1 || w.Notes[0].Code != "classification_conflict" {
		t.Errorf("%+v", w.Notes)
	}
	w = new(duty.Working)
	classified(ref, d, clock.MustDate("2025-12-31"), w)
	classified(&Reference{}, d, clock.MustDate("2026-06-01"), w)
	if len(w.Notes) != 0 {
		t.Errorf("before the decision: %+v", w.Notes)
	}
}
