// Package check is the second opinion. It reads a zone from its first records
// and works everything out once more: each balance from its movements, each
// duty from the declaration and the tariff, each debt and each state from the
// journal, each hash of the journal from the entries themselves. What does not
// agree is a finding with a code, never just a line in a log.
//
// It shares types with the rooms and no way of computing: the books are added up
// by another loop, the tariff is read by another reader, the risk rules by
// another evaluator, the tree is hashed by another hand. A mistake would have to
// be made twice, in two different ways, to stay unseen. Two tables are common to
// both because they are facts and not computations: the sizes of units
// (tariff.Convert) and the rows of the shipped parameters.
//
// It only reads, on a connection of its own and at one moment of the zone, so it
// may run beside a serving program:
//
//	db, err := check.Open(ctx, dir, url)
//	report, err := check.Run(ctx, db, check.Options{Secrets: secrets})
//	if !report.Clean() { … }
//
// docs/check.md lists every code with what it means and what to do.
package check
