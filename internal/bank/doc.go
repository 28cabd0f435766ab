// Package bank is the language that customs and a bank speak over the bank link
// (docs/bank.md): signed, numbered messages in frames, and the acknowledgements
// that say a message is safe. A bank tells what happened to money and to letters
// of guarantee; customs tell what they hold, free, call and refund.
//
// The package is pure: it writes and reads bytes, signs and verifies. Sockets
// are the business of banklink, what a message means that of treasury.
package bank
