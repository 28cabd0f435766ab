// Package book holds the account books (账册) of the zone: what an enterprise may
// hold under customs supervision, line by line, and the verification list
// (核注清单), the only paper that changes a book. A list reserves its quantities
// when it is approved; they are posted when its bill is released and all its
// goods have passed the gate, whichever comes last. The package decides which
// quantities to reserve, post or give back and says so as a short list of
// intents; the ledger does the counting. It also checks how list lines may be
// merged into lines of a bill. It reads no clock and no store.
package book
