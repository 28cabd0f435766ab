// Package message turns the papers that carriers and traders send, in whatever
// form their systems speak, into the words of the rooms: a CUSCAR of a shipping
// line, a spreadsheet of a forwarder, a file from an older customs system. It
// reads the whole of a document, says everything that is wrong with it by
// segment, row or field, and fills in nothing that the sender did not state.
//
// Whether a document is then acceptable is not decided here: the rooms judge
// what it says, this package only what it is.
package message
