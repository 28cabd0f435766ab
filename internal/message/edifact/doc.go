// Package edifact reads and writes the syntax of UN/EDIFACT (ISO 9735, versions
// 1 to 4), the form in which shipping lines, airlines and ports have sent their
// papers to customs since 1988. It knows separators, release characters,
// character sets and envelopes, and nothing of what a message means.
//
// Messages from the field are often not quite right: counts are wrong, the
// outer envelope is missing, lines are wrapped. Whatever can still be read is
// read; each departure from the standard is noted with the number of the
// segment and a cure, so that the sender can put it right and the officer knows
// what was forgiven. Reading is bounded in size and never fails on its contents
// other than by a fault.
package edifact
