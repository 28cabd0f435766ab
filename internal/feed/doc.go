// Package feed is networked supervision (DR §3.5): the enterprise's own system
// tells customs what comes in, goes out, moves and is made, in numbered messages.
// From them a shadow of the stock is kept beside the legal book. Every day the
// book, the shadow and what the gate saw are laid side by side, line by line and
// paper by paper, and where they part the first movement that has no counterpart
// is named.
//
// A movement that has been told is a fact. It is read strictly; what cannot be
// understood waits in staging for the enterprise to correct; what is understood
// and cannot be true (more taken than there is) is recorded all the same, over
// the place “difference”.
//
// The package is pure: it reads messages, lays them on the stock it is shown and
// compares. Who may send, and where it is written, is the business of bonded.
package feed
