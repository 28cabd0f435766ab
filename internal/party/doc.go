// Package party knows who there is: enterprises with their codes, kinds, areas
// and credit grade, the officers of the zone customs with their posts, areas
// and reporting line, the machines that speak for an enterprise, and what each
// of them may do. A credit grade is asked for a day: the schemes of 2008, 2014,
// 2018, 2021 and 2026 all speak here, and each grade has a level from 5 (most
// trusted) to 1 that the other rooms use.
//
// What somebody may not see does not exist for him: the refusal is the same as
// for a document that was never made. Grades, effects, posts and organisation
// are dated data under data/, each with its source.
//
// The package is pure. It hashes passwords and tokens that it is given, and
// makes none.
package party
