// Package duty works out what is owed on goods: the customs value, every duty
// and tax on it, and what follows when things are late, deferred, diverted or
// recovered. The answer is never a bare figure: it is a Working, an ordered list
// of steps, each with its base, rate, source of the rate, formula, rounding and
// result, so that a broker, an officer and an auditor read the same sum and can
// repeat it with a pocket calculator. A working can recompute itself: Verify.
//
// Rates come from a tariff.Schedule on the legal date, or are given with the
// case. Everything the law leaves to a table (thresholds, day counts, default
// insurance, which rule holds since when) is a dated row in
// data/parameters.json with its source; where the row is our own reading of an
// open point it is marked OR. The package reads no clock and no store.
package duty
