// Package print lays papers out as PDF, in English and in Chinese: the working of
// a tax first of all, step by step as it stands in the zone's records.
//
// The font is Noto Sans SC, cut to the characters of GBK (data/, licence beside
// it), and goes into the binary; of it a file carries the characters that it
// shows. Text is broken into lines here: Latin words stay whole, no closing sign
// begins a line, and nothing is dropped at a break. A character that the font
// does not have fails the job instead of leaving a hole in a paper.
package print
