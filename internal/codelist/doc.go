// Package codelist holds the code lists that customs papers are written in:
// countries, currencies, units, packages, ports, customs offices, supervision
// modes, container sizes and the rest. Every code has a meaning for a span of
// days only, so every question names a day. A list says where it comes from and
// whether it is complete; what stands outside an incomplete list is unlisted,
// not wrong.
//
// The lists are facts in a small text format under data/, made from public
// files by Import and read once into a Set that nobody can change. Its Epoch
// names the content exactly: a decision remembers the epoch it was made under.
//
// The package also knows the identifiers that carry their own proof: container
// numbers (ISO 6346), the unified social credit code (GB 32100-2015), and the
// writing of vehicle plates. And it converts between units exactly, by ratios
// of whole numbers.
package codelist
