// Package procedure holds the supervision modes: enter first and declare later,
// batch in and out, display trade and all that may come. A mode is data, not
// code: one file an officer can read, which says whom it is for, which elements
// a paper must have, and its steps: who does what, who confirms it, what it
// moves in the books, which debts it opens and settles, by when, and how it is
// undone. The stories ask the mode what must be true and what follows, and write
// that; they know no mode by name.
//
// A file can only combine the words of this package (words.go): places, kinds of
// goods, conditions, consequences. A new mode, or a fifth area, is a new file. A
// new word is a change of the program. Check proves a file before it comes into
// force; Simulate walks it on a virtual clock.
//
// The package is pure: files come in as bytes, time as a value.
package procedure
