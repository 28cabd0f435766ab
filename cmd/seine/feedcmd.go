package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"seine/clients/go/sending"
)

func newFeed(s *session) *cobra.Command {
	c := &cobra.Command{
		Use: "feed", Short: "Feeds: tell customs what comes and goes",
		Long: "A feed is how the stock system of an enterprise tells customs of an account book.",
	}
	c.AddCommand(newFeedSend(s))
	return c
}

func newFeedSend(s *session) *cobra.Command {
	client := sending.Client{Tell: func(line string) { fmt.Fprintln(s.out, line) }}
	var secretFile string
	c := &cobra.Command{
		Use: "send FILE|DIR", Short: "Send files to a feed over the interface", Args: cobra.ExactArgs(1),
		Long: "Send each CSV or XLSX file, or JSON file with a list of records, as one message, in the order of names.\n" +
			"The number of each file is kept in .seine-feed.json beside it before it is sent, the answer in\n" +
			"receipts/. After any interruption the same command goes on where it stopped, and nothing counts\n" +
			"twice. Exit status 3 when something waits at customs: for a missing message, or for a correction.",
		Example: "  seine feed send ./out --url https://zone.example --client wms --secret-file wms.secret --book T2218W000001 --system wms",
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, f := range []struct{ flag, value, what string }{
				{"--client ID", client.ID, "the client"},
				{"--secret-file FILE", secretFile, "the file with its secret"},
				{"--book NUMBER", client.Book, "the account book"},
				{"--system NAME", client.System, "the sending system"},
			} {
				if f.value == "" {
					return errUse{errors.New("name " + f.what + " with " + f.flag)}
				}
			}
			secret, err := os.ReadFile(secretFile)
			if err != nil {
				return err
			}
			client.Secret = strings.TrimSpace(string(secret))
			waits, err := client.Send(cmd.Context(), args[0])
			if err == nil && waits {
				return errFindings
			}
			return err
		},
	}
	f := c.Flags()
	f.StringVar(&client.URL, "url", "http://127.0.0.1:8080", "address of the zone")
	f.StringVar(&client.ID, "client", "", "client id")
	f.StringVar(&secretFile, "secret-file", "", "file with the client secret")
	f.StringVar(&client.Book, "book", "", "number of the account book")
	f.StringVar(&client.System, "system", "", "name of the sending system")
	return c
}
