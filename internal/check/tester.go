package check

import "context"

// TB is what Tester needs of a test.
type TB interface {
	Helper()
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// Tester checks a zone at the end of a test and fails the test for every finding.
// dir is its folder; secrets lie in dir/secrets where there are any. except are
// codes that the test itself breaks on purpose, such as JournalDocument where it
// writes documents without entries.
func Tester(t TB, dir string, except ...Code) {
	t.Helper()
	db, err := Open(lasting(t), dir, "")
	if err != nil {
		t.Fatalf("open the zone for the check: %v", err)
	}
	test(t, db, Options{Secrets: dir + "/secrets", Except: except})
}

// TesterURL is Tester for a zone on PostgreSQL.
func TesterURL(t TB, url, secrets string, except ...Code) {
	t.Helper()
	db, err := Open(lasting(t), "", url)
	if err != nil {
		t.Fatalf("open the zone for the check: %v", err)
	}
	test(t, db, Options{Secrets: secrets, Except: except})
}

func test(t TB, db *Database, o Options) {
	t.Helper()
	report, err := Run(lasting(t), db, o)
	if closed := db.Close(); err == nil {
		err = closed
	}
	if err != nil {
		t.Fatalf("check the zone: %v", err)
	}
	for _, f := range report.Findings {
		t.Errorf("%s", f)
	}
}

// lasting gives a context that is still good when the test cleans up, which is
// when zones are checked.
func lasting(t TB) context.Context { return context.WithoutCancel(t.Context()) }
