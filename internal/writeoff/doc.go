// Package writeoff closes a period of an account book (核销, DR §4.5). At the end
// of a period it lays beside each other what the book says must be there and what
// was counted, item by item: opening, what came, what was used, what left. What
// differs is within tolerance, is explained, or is taxed; then the book is
// brought to what was counted, and that is the opening of the next period. How
// much was used follows from the unit consumption of what left, or from the work
// orders (DR §3.6). The package also says which work orders cannot be true, and
// keeps scrap, remainders, defectives and by-products until they leave or are
// destroyed (DR §4.6). It reads no clock and no store.
package writeoff
