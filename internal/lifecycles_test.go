package internal_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"seine/internal/bank"
	"seine/internal/book"
	"seine/internal/declaration"
	"seine/internal/fault"
	"seine/internal/feed"
	"seine/internal/gate"
	"seine/internal/guarantee"
	"seine/internal/inspection"
	"seine/internal/lifecycle"
	"seine/internal/manifest"
	"seine/internal/obligation"
	"seine/internal/party"
	"seine/internal/revenue"
	"seine/internal/review"
	"seine/internal/subscription"
	"seine/internal/writeoff"
	"seine/locales"
)

var update = flag.Bool("update", false, "write the diagrams in docs/lifecycles anew")

// life is one table, drawn and proven.
type life struct {
	file, title string
	mermaid     string
	states      string
	problems    []string
}

func lifeOf[S, E ~string, D any](file, title string, t *lifecycle.Table[S, E, D]) life {
	var states strings.Builder
	for _, s := range t.States {
		who := s.Acts
		if s.Final {
			who = "nobody: final"
		}
		states.WriteString("| `" + string(s.Name) + "` | " + who + " |\n")
	}
	return life{file, title, t.Mermaid(), states.String(), t.Problems()}
}

func TestTheDiagramsAreThoseOfTheTables(t *testing.T) {
	lives := []life{
		lifeOf("declaration", "Declaration (DR §1.4)", declaration.Life),
		lifeOf("webhook", "Webhook", subscription.Life),
		lifeOf("manifest", "Manifest (DR §1.2)", manifest.Life()),
		lifeOf("bill-of-lading", "Bill of lading (DR §1.3)", manifest.BillLife()),
		lifeOf("account-book", "Account book (DR §4.1)", book.Life),
		lifeOf("verification-list", "Verification list (DR §1.5)", book.ListLife),
		lifeOf("write-off", "Write-off (DR §4.5)", writeoff.Life),
		lifeOf("residue", "Scrap, remainder, defective, by-product (DR §4.6)", writeoff.ResidueLife),
		lifeOf("release-note", "Release note (DR §1.6)", gate.NoteLife),
		lifeOf("inspection-order", "Inspection order (DR §1.12)", &inspection.Lifecycle),
		lifeOf("proposal", "Proposal for two officers (DR §9.1)", &review.Lifecycle),
		lifeOf("obligation", "Obligation", obligation.Lifecycle),
		lifeOf("guarantee", "Guarantee (DR §1.10)", guarantee.Lifecycle),
		lifeOf("tax-bill", "Tax bill (DR §1.11)", revenue.Lifecycle),
		lifeOf("payment", "Payment", revenue.PaymentLife),
		lifeOf("statement", "Monthly statement (DR §3.4)", revenue.StatementLife),
		lifeOf("refund", "Refund", revenue.RefundLife),
		lifeOf("tax-difference", "Difference of self-declared tax (DR §3.4)", revenue.DifferenceLife),
		lifeOf("reconciliation", "Reconciliation of a bank's day", bank.ReconciliationLife),
		lifeOf("feed", "Feed of an account book (DR §3.5)", feed.Life),
		lifeOf("feed-work-order", "Work order as a feed tells it (DR §3.6)", feed.OrderLife),
		lifeOf("enterprise", "Registration of an enterprise", &party.Lifecycle),
	}
	index := "# Life of documents\n\nEach page is printed from the table that the program runs on: what is not drawn cannot happen.\n\n"
	for _, l := range lives {
		for _, p := range l.problems {
			t.Error(p)
		}
		page := "# " + l.title + "\n\n| state | who acts next |\n|---|---|\n" + l.states + "\n```mermaid\n" + l.mermaid + "```\n"
		same(t, filepath.Join("..", "docs", "lifecycles", l.file+".md"), page)
		index += "- [" + l.title + "](" + l.file + ".md)\n"
	}
	same(t, filepath.Join("..", "docs", "lifecycles", "README.md"), index)
}

// same tells when a generated page is not as it should be; -update writes it.
func same(t *testing.T, path, want string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("%s is not as the table prints it: run go test ./internal -update", path)
	}
}

// Whoever is refused a step in Chinese reads Chinese words for the document, its
// state, the step and what is possible instead.
func TestStepsOfBooksAreRefusedInChineseWords(t *testing.T) {
	refusedInWords(t, book.Life)
	refusedInWords(t, book.ListLife)
	refusedInWords(t, writeoff.Life)
	refusedInWords(t, writeoff.ResidueLife)
	refusedInWords(t, feed.Life)
	refusedInWords(t, feed.OrderLife)
}

func refusedInWords[S, E ~string, D any](t *testing.T, table *lifecycle.Table[S, E, D]) {
	t.Helper()
	var nothing D
	for _, from := range table.States {
		for _, m := range table.Moves {
			if slices.Contains(table.Allowed(from.Name), m.On) {
				continue
			}
			_, err := table.Next(from.Name, m.On, nothing)
			for _, f := range fault.All(err) {
				text, cure := locales.Fault(locales.Chinese, f)
				if strings.ContainsFunc(text+cure, func(r rune) bool { return 'a' <= r && r <= 'z' }) {
					t.Errorf("%s: %s %s", f.Code, text, cure)
				}
			}
		}
	}
}
