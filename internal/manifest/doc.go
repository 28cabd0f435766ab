// Package manifest holds what a carrier tells customs about the goods on board:
// the manifest (舱单) of a voyage or flight and the bills of lading (提运单) on it.
// A manifest says which means of transport brings which consignments, in which
// packages and containers, from where and for whom. Every other paper of the
// zone leans on it: a declaration draws on its bill of lading, a lading
// application is made from it, and a bill of lading that arrived and was never
// declared is found here. The package judges a manifest (all faults at once),
// knows its life and its deadlines, and reads no clock and no store.
package manifest
