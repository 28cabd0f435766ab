// Package tariff holds customs tariffs: the list of goods with their codes and
// descriptions (the goods nomenclature), and the dated measures that stand on
// them (rates of duty, taxes, preferences, trade remedies). A Schedule is one
// country's tariff as one immutable snapshot: it is loaded whole, swapped whole,
// and named by the hash of its content, its epoch. A measure is never edited; it
// ends and is followed by another, so the same schedule answers for any day.
//
// Each public source has one importer, which reads the source's own form and
// gives the common model. A rate text that an importer does not understand is
// listed in its report and stays on the schedule as not understood: it is never
// guessed, and duty refuses to calculate with it.
package tariff
