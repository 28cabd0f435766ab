package console

import (
	"context"
	"testing"

	"seine/internal/journal"
	"seine/internal/store"
)

func TestWhatTheGateFoundIsToldInWords(t *testing.T) {
	told := func(reason string) string {
		return reasonText(context.Background(), &store.Stored{Entry: journal.Entry{Why: journal.Why{Reason: reason}}})
	}
	for reason, want := range map[string]string{
		"weight: led.weight; control: led.inspection": "Weight: The weight differs; Control instruction: To the inspection yard",
		"seen: a red label on the box":                "seen: a red label on the box",
		"":                                            "",
	} {
		if got := told(reason); got != want {
			t.Errorf("%q is told as %q, want %q", reason, got, want)
		}
	}
}
