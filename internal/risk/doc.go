// Package risk answers one question about every declaration, verification list
// and passage: may the machine let it pass, may it pass and be checked
// afterwards, or must a person decide?
//
// Four things speak, and the strictest wins: the risk evaluation table (rules
// with weights that add up to a score from 0 to 100, and hard rules that
// override it), approved control instructions, the random draw by credit level,
// and, later, a model. Rules are written over a catalogue of declared facts, so
// a misspelt fact is found when the table is loaded and not years later when a
// rule is seen never to have fired. A fact that is not known makes no condition
// true; the verdict names it instead.
//
// The verdict keeps every rule, value and version that made it (the why card),
// so that the declarant can be told, a superior can ask and another program can
// compute it again. The package is pure: facts, table, instructions, key and
// time come in as values. Rules of the domain: risk evaluation table, random
// control, feedback (plan II.2(2), II.2(3), II.2(4)).
package risk
