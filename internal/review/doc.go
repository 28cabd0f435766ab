// Package review is the two-man review (双人作业) that replaces three tiers of
// signatures. One officer proposes with a reason; a second one, drawn by the
// machine among those qualified, confirms or returns; when they disagree twice
// the section chief decides, and that is the only third step. Nobody reviews his
// own proposal, his superior's or his subordinate's, or one that touches an
// enterprise he has an interest in. It applies to the five matters of the reform
// plan and to every change of a rule (DR §9.1).
//
// Draws here, in risk and in inspection come from one secret key for each
// period: its hash is journaled before the period, the key after it. So nobody
// could choose the outcome, and everybody can recompute it.
//
// The package is pure: it decides and returns a new value, the story writes it.
package review
