// Package console is the door for people: pages that an officer, an enterprise
// or an auditor reads and acts on. A page answers one question and offers one
// primary act. Pages are made on the server and work without scripts; scripts
// add live pictures and the keyboard.
//
// One screen is one file with its template beside it: it parses, asks the one
// interface it needs, and renders. It is entered in screens.go, and its look with
// fixed data in gallery.go, so that every screen can be seen without a database.
// Words stand in locales/en.json and locales/zh-CN.json, never in a template.
package console
