// Package importing tells the story of taking over what other people have
// written down: a table of declarations from another system or country, a
// carrier's file of manifests. Every row goes through the same door as a
// declaration of today: it is checked, taxed, judged and journaled. A bad row is
// told with its number, field, reason and cure, and the others go on.
//
// An import may be broken off at any moment and started again. A row is known by
// the key that its source gives it: what is in already is found again, and
// nothing goes in twice.
package importing
