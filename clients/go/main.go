// Command seine-feed sends the records of an enterprise's system to Seine: every
// CSV, XLSX or JSON file of a folder is one message of the feed, in the order of names.
// It and the package beside it use the standard library alone, so that they can be
// taken over as they are.
//
//	seine-feed -url https://seine.example -client ID -secret-file FILE -book NUMBER -system NAME DIR
//
// What was sent stands in DIR/.seine-feed.json, the answer to each file beside it
// in DIR/receipts. Run it again after any interruption: it goes on where it
// stopped, and what arrived already is not counted twice. It ends with 0 when all
// was applied, 3 when something waits at customs (a gap, or a correction that is
// to be made in the console), 1 when a file was refused or could not be sent.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"

	"seine/clients/go/sending"
)

func main() {
	c := sending.Client{Tell: func(file string, sequence int64, state string) {
		fmt.Printf("%s: message %d is %s\n", file, sequence, state)
	}}
	var secretFile string
	flag.StringVar(&c.URL, "url", "http://127.0.0.1:8080", "address of Seine")
	flag.StringVar(&c.ID, "client", "", "client id")
	flag.StringVar(&secretFile, "secret-file", "", "file with the client secret")
	flag.StringVar(&c.Book, "book", "", "number of the account book")
	flag.StringVar(&c.System, "system", "", "name of the sending system")
	flag.Parse()
	secret, err := os.ReadFile(secretFile)
	if err == nil {
		c.Secret = strings.TrimSpace(string(secret))
		var waits bool
		if waits, err = c.Send(context.Background(), flag.Arg(0)); err == nil && waits {
			os.Exit(3)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
