// Package bench measures the house against its own machine. Whatever it
// measures, it also measures, in the same run and by turns, what the storage
// underneath can do at all with the same rows: the batches that the house has
// just committed are written once more into a twin database by a program that
// does nothing else. The ratio of the two says how much of the machine reaches
// the customer, and can be compared between machines and between busy and quiet
// hours, where operations per second cannot.
//
// Everything is fully durable, and after the last round the answers are checked:
// books sum to zero, numbers run without gaps, nothing acknowledged is missing.
package bench
