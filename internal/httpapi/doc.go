// Package httpapi is the door for machines: what an enterprise's own system, a
// carrier, a bank, a lane controller or another department sends and asks over
// HTTP, below /api/v1. Every address parses, authorises, calls one use case and
// renders; no rule stands here.
//
// A refusal is problem+json with every fault: its stable code, the place in the
// document as an RFC 6901 pointer, what is wrong and how to put it right, in
// English and in Chinese. An error of the house itself is a reference number.
//
// OpenAPI 3.1 is generated from the types that the handlers read and write (the
// document model and the schemas are huma's). Requests are read by this package
// itself: huma's own reader reports errors in other words and places than ours,
// and costs more than lodging a declaration may.
package httpapi
