package oversight

import (
	"context"
	"encoding/hex"

	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/journal"
	"seine/internal/review"
	"seine/internal/risk"
)

// KeyNotice is what the world knows of the secret of one period of draws: its
// hashes before the period, the secret itself after it. One secret serves both
// the draw of second officers and inspectors and the random draw of goods, by
// different constructions; each has its hash.
type KeyNotice struct {
	ID        string        `json:"id"` // the period
	Period    string        `json:"period"`
	Review    string        `json:"review"` // review.PeriodKey.Hash
	Risk      string        `json:"risk"`   // risk.DrawKey.Commitment
	Announced clock.Instant `json:"announced"`
	// Late tells that the period had begun: only the period in which a zone is
	// opened may be.
	Late      bool          `json:"late,omitempty"`
	Secret    string        `json:"secret,omitempty"` // hexadecimal, published
	Published clock.Instant `json:"published,omitempty"`
}

// notice gives the two hashes of a period's secret.
func notice(key review.PeriodKey) (KeyNotice, error) {
	draw, err := risk.NewDrawKey(key.Period, key.Key[:])
	if err != nil {
		return KeyNotice{}, err
	}
	return KeyNotice{ID: key.Period, Period: key.Period, Review: key.Hash(), Risk: draw.Commitment()}, nil
}

// AnnounceKey journals the hashes of a period's secret before anything is drawn
// with it. running is the period that runs now; periods are compared as texts
// ("2026-11" comes before "2026-12"). Announced before, it does nothing.
// Faults: OVERSIGHT-KEY-01 when another secret was announced, RISK-KEY-01.
func AnnounceKey(ctx context.Context, store Store, c decision.Command, key review.PeriodKey, running string) (decision.Receipt, error) {
	return store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		next, err := notice(key)
		if err != nil {
			return out, err
		}
		old, _, err := decision.Load[KeyNotice](v, dossier.DrawKey, key.Period)
		if err == nil {
			if old.Review != next.Review || old.Risk != next.Risk {
				return out, otherKey(key.Period)
			}
			out.Reply = old
			return out, nil
		}
		if !fault.Is(err, "STORE-ABSENT-01") {
			return out, err
		}
		next.Announced, next.Late = v.Now(), key.Period <= running
		out.Puts = []decision.Put{{Kind: dossier.DrawKey, ID: next.ID, Body: next}}
		out.Entries = []journal.Entry{about(v, decision.System, "draw-key.announced", journal.Ref{Kind: "draw_key", ID: next.ID}, journal.Why{Rule: "random draw"},
			map[string]any{"period": next.Period, "review": next.Review, "risk": next.Risk, "late": next.Late})}
		out.Reply = next
		return out, nil
	})
}

func otherKey(period string) error {
	return fault.New(fault.Conflict, "OVERSIGHT-KEY-01", "", "another key was announced for {period}",
		"restore the secrets of that time from their backup; the draws of the period are open to doubt until they are found", "period", period)
}

// PublishKey makes the secret of a period known after its end, so that anybody
// can repeat every draw. Published before, it does nothing. Faults:
// OVERSIGHT-KEY-01 (not the key that was announced), -02 (the period runs, or is
// still to come), STORE-ABSENT-01 when nothing was announced.
func PublishKey(ctx context.Context, store Store, c decision.Command, key review.PeriodKey, running string) (decision.Receipt, error) {
	return store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		var out decision.Outcome
		if key.Period >= running {
			return out, fault.New(fault.Refused, "OVERSIGHT-KEY-02", "", "the key of {period} is secret until the period is over", "wait for its end", "period", key.Period)
		}
		next, err := notice(key)
		if err != nil {
			return out, err
		}
		old, version, err := decision.Load[KeyNotice](v, dossier.DrawKey, key.Period)
		if err != nil {
			return out, err
		}
		if old.Review != next.Review || old.Risk != next.Risk {
			return out, otherKey(key.Period)
		}
		out.Reply = old
		if old.Published != 0 {
			return out, nil
		}
		old.Secret, old.Published = hex.EncodeToString(key.Key[:]), v.Now()
		out.Puts = []decision.Put{{Kind: dossier.DrawKey, ID: old.ID, Version: version, Body: old}}
		out.Entries = []journal.Entry{about(v, decision.System, "draw-key.published", journal.Ref{Kind: "draw_key", ID: old.ID}, journal.Why{Rule: "random draw"},
			map[string]any{"period": old.Period, "secret": old.Secret, "review": old.Review, "risk": old.Risk})}
		out.Reply = old
		return out, nil
	})
}
