// Package store keeps what customs must not forget: the papers, the books, the
// debts, the journal, and what still has to be sent. It keeps them in one folder
// (SQLite inside the program) or on a PostgreSQL server that several programs
// share, and behaves the same on both.
//
// There is one way to write. A story decides on what it sees and hands over an
// outcome; Decide checks that nothing it relied on has changed, applies the
// outcome to the books, gives out official numbers, and writes everything or
// nothing. Outcomes that arrive together are written together, which is what
// makes it fast. Whoever gets an answer may be sure that it is on disk.
//
//	receipt, err := st.Decide(ctx, command, func(v decision.View) (decision.Outcome, error) { … })
//
// Preview does the same without writing. List, Entries, History and the other
// readers look at what is committed and never wait for the writer.
//
// A document is stored whole as JSON beside the columns that it is searched by;
// the columns of each kind are declared in one file per room (party.go,
// manifest.go, declaration.go …) as places in that JSON, so they can always be
// rebuilt from the bodies. Columns marked behind may be found a moment later
// than the document itself; everything else is found at once.
package store
