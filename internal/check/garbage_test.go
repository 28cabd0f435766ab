package check_test

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"seine/internal/check"
	"seine/internal/fault"
)

// written are the columns that hold text of which the check reads the inside.
var written = map[string][]string{
	"body": {
		"application", "assessment", "bill_of_lading", "book", "case_file", "client", "declaration", "draw_key", "enterprise", "guarantee",
		"manifest", "message", "obligation", "officer", "parameter", "passage", "release_note", "tax_bill", "user_account", "verification_list", "entry", "outbox",
	},
	"subject": {"entry"}, "note": {"checkpoint"}, "reply": {"reply"}, "entries": {"reply"}, "from_key": {"movement"}, "to_key": {"movement"}, "key": {"balance"},
	"layers": {"balance"}, "hash": {"merkle_node"}, "salt": {"entry"}, "commitment": {"entry"}, "root": {"checkpoint"}, "number": {"declaration", "book", "release_note"},
}

// scrambled gives bytes with some of them changed, cut, doubled or replaced by
// what a careless reader trips over.
func scrambled(r *rand.Rand, b []byte) []byte {
	tricks := []string{"null", "[]", "{}", "-1", "9999999999999999999999", "1e999999", `"\ud800"`, "\x00", "|", "||||||||", "\n\n", "true", `"`, "[[[[[[[[[[", `{"a":`}
	out := append([]byte(nil), b...)
	for range 1 + r.IntN(4) {
		at := 0
		if len(out) > 0 {
			at = r.IntN(len(out))
		}
		switch r.IntN(5) {
		case 0:
			if len(out) > 0 {
				out[at] ^= byte(1 + r.IntN(255))
			}
		case 1:
			out = out[:at]
		case 2:
			out = append(out[:at:at], tricks[r.IntN(len(tricks))]...)
		case 3:
			end := min(len(out), at+1+r.IntN(20))
			out = append(append(out[:at:at], tricks[r.IntN(len(tricks))]...), out[end:]...)
		case 4:
			out = append(out[:at:at], out...)
		}
	}
	return out
}

// Whatever the records are turned into, the check ends with findings.
func TestGarbageIsFoundAndBreaksNothing(t *testing.T) {
	rounds := 10
	if testing.Short() {
		rounds = 3
	}
	zone := sqliteZone(t)
	db := zone.opened(t)
	for seed := range rounds {
		r := rand.New(rand.NewPCG(uint64(seed), 11))
		report := tampered(t, db, zone, func(h *hand) {
			for column, tables := range written {
				for _, table := range tables {
					rows, err := h.tx.QueryContext(t.Context(), "SELECT "+column+" FROM "+table+" WHERE "+column+" IS NOT NULL")
					if err != nil {
						t.Fatal(err)
					}
					var all [][]byte
					for rows.Next() {
						var b []byte
						if err := rows.Scan(&b); err != nil {
							t.Fatal(err)
						}
						all = append(all, b)
					}
					rows.Close()
					if rows.Err() != nil {
						t.Fatal(rows.Err())
					}
					for range min(3, len(all)) {
						old := all[r.IntN(len(all))]
						fresh := scrambled(r, old)
						before, after := any(string(old)), any(string(fresh))
						if column == "hash" || column == "salt" || column == "commitment" || column == "root" {
							before, after = old, append([]byte{}, fresh...)
						}
						// Two that turn into the same key are one that stays as it was.
						if _, err := h.tx.ExecContext(t.Context(), "UPDATE OR IGNORE "+table+" SET "+column+" = $1 WHERE "+column+" = $2", after, before); err != nil {
							t.Fatal(err)
						}
					}
				}
			}
		})
		if report.Clean() {
			t.Errorf("seed %d: nothing was found", seed)
		}
	}
}

func TestWhatCannotBeCheckedIsRefused(t *testing.T) {
	ctx := t.Context()
	empty := t.TempDir()
	opened := func(dir, url, want string) {
		t.Helper()
		db, err := check.Open(ctx, dir, url)
		if err == nil {
			db.Close()
		}
		if !fault.Is(err, want) {
			t.Errorf("%s %s: %v, want %s", dir, url, err, want)
		}
	}
	opened("", "", "CHECK-OPEN-01")
	opened(empty, "postgres://nowhere", "CHECK-OPEN-01")
	opened(empty, "", "CHECK-OPEN-02")
	if err := os.WriteFile(filepath.Join(empty, "zone.db"), []byte("this is no database, whatever it is called"), 0o600); err != nil {
		t.Fatal(err)
	}
	opened(empty, "", "CHECK-OPEN-04")

	zone := sqliteZone(t)
	run := func(o check.Options, want string) {
		t.Helper()
		db, err := check.Open(ctx, filepath.Dir(zone.name), "")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := check.Run(ctx, db, o); !fault.Is(err, want) {
			t.Errorf("%+v: %v, want %s", o, err, want)
		}
	}
	run(check.Options{PublicKey: "nobody"}, "CHECK-KEY-01")
	secrets := t.TempDir()
	if err := os.WriteFile(filepath.Join(secrets, "draw-2026-11.key"), []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(check.Options{Secrets: secrets}, "CHECK-KEY-02")
}

func TestWithoutSecretsLessIsProvenAndSaid(t *testing.T) {
	zone := sqliteZone(t)
	run := func(o check.Options) *check.Report {
		t.Helper()
		db, err := check.Open(t.Context(), filepath.Dir(zone.name), "")
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		report, err := check.Run(t.Context(), db, o)
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	if r := run(check.Options{}); !r.Clean() || r.Skipped["signatures: the key of the journal is not known"] == 0 || r.Skipped["risk: the draw key of the period is not known"] == 0 {
		t.Errorf("%v %v", r.Findings, r.Skipped)
	}
	if r := run(check.Options{PublicKey: zone.public}); !r.Clean() || r.Skipped["signatures: the key of the journal is not known"] != 0 {
		t.Errorf("%v %v", r.Findings, r.Skipped)
	}
	if r := run(check.Options{Only: []string{"ledger", "numbers"}}); len(r.Sections) != 2 || !r.Clean() {
		t.Errorf("%+v", r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	db, err := check.Open(t.Context(), filepath.Dir(zone.name), "")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := check.Run(ctx, db, check.Options{}); err == nil {
		t.Error("a check that was broken off is finished")
	}
}

func TestFindingsAreBoundedAndCounted(t *testing.T) {
	zone := sqliteZone(t)
	db := zone.opened(t)
	tx, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer tx.Rollback() //nolint:errcheck // it is never kept
	h := &hand{t: t, tx: tx, engine: zone.engine, zone: zone}
	h.do("UPDATE movement SET after_to = after_to + 1")
	r, err := check.Run(t.Context(), h, check.Options{Secrets: zone.secrets, Most: 2})
	if err != nil || len(r.Findings) != 4 || r.Counts[check.LedgerAfter] < 20 {
		t.Errorf("%v %+v", err, r)
	}
	r, err = check.Run(t.Context(), h, check.Options{Secrets: zone.secrets, Except: []check.Code{check.LedgerAfter, check.LedgerQuote}})
	if err != nil || !r.Clean() {
		t.Errorf("%v %+v", err, r)
	}
}
