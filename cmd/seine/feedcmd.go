package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seine/clients/go/exports"
	"seine/clients/go/sending"
	"seine/internal/clock"
	"seine/internal/fault"
)

func newFeed(s *session) *cobra.Command {
	c := &cobra.Command{
		Use: "feed", Short: "Feeds: tell customs what comes and goes",
		Long: "A feed is how the stock system of an enterprise tells customs of an account book.",
	}
	c.AddCommand(newFeedRead(s), newFeedSend(s))
	return c
}

// feedRead is what reading an export found, as JSON.
type feedRead struct {
	Parts       int      `json:"parts"`
	Bills       int      `json:"bills"`
	Lots        int      `json:"lots"`
	Orders      int      `json:"orders"`
	Lines       int      `json:"lines"`
	Allocations int      `json:"allocations"`
	Messages    int      `json:"messages"`
	Problems    []string `json:"problems"`
	Notes       []string `json:"notes"`
}

func newFeedRead(s *session) *cobra.Command {
	var into, day, lines string
	var o exports.Options
	c := &cobra.Command{
		Use: "read FILE|DIR…", Short: "Turn exports of other systems into messages of a feed", Args: cobra.MinimumNArgs(1),
		Long: "Read parts, bills of material, stock and work orders as InvenTree or frePPLe export them (CSV, or the\n" +
			"objects of their database as JSON, also packed by gzip), planning examples and worked cases, and write\n" +
			"them as messages of a feed: parts, the stock at the beginning, then each work order. “seine feed send”\n" +
			"sends the folder. Lines of orders are held against bill and quantity, allocations against lines, bills\n" +
			"are followed to their end. Exit status 3 when something does not fit together; the messages are written.",
		Example: "  seine feed read ./inventree --into ./out --lines lines.csv\n  seine feed read bills.json --make 10 --into ./out",
	}
	c.RunE = func(_ *cobra.Command, args []string) error {
		if into == "" {
			return errUse{errors.New("name the folder for the messages with --into DIR")}
		}
		on := clock.At(time.Now()).Date()
		if day != "" {
			var err error
			if on, err = clock.ParseDate(day); err != nil {
				return err
			}
		}
		o.Day = on.String()
		var err error
		if o.Lines, err = bookLines(lines); err != nil {
			return err
		}
		plant, err := exports.Read(args...)
		if err != nil {
			return err
		}
		r := feedRead{
			Parts: len(plant.Parts), Bills: len(plant.Bills), Lots: len(plant.Stock), Orders: len(plant.Orders), Lines: plant.Checked.Lines, Allocations: plant.Checked.Allocations,
			Problems: plant.Problems, Notes: plant.Notes,
		}
		if r.Messages, err = plant.Write(into, o); err != nil {
			return err
		}
		if err := s.print(r, func(w io.Writer) error { return writeFeedRead(w, &r) }); err != nil {
			return err
		}
		if len(r.Problems) > 0 {
			return errFindings
		}
		return nil
	}
	f := c.Flags()
	f.StringVar(&into, "into", "", "`folder` for the messages")
	f.StringVar(&day, "day", "", "`day` on which everything happened (today)")
	f.StringVar(&lines, "lines", "", "`file` with a part and its line of the account book in each row: PART,LINE; other parts are not bonded")
	f.BoolVar(&o.Whole, "whole", false, "tell every order as if it had been carried out to its end")
	f.Int64Var(&o.Make, "make", 0, "add orders for so many of each product of the highest level, with all that goes into it")
	return c
}

func writeFeedRead(w io.Writer, r *feedRead) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%d parts, %d bills of material, %d lots in stock, %d work orders\n", r.Parts, r.Bills, r.Lots, r.Orders)
	if r.Lines+r.Allocations > 0 {
		fmt.Fprintf(&b, "%d lines of orders held against their bill, %d allocations against their line\n", r.Lines, r.Allocations)
	}
	for _, note := range r.Notes {
		fmt.Fprintln(&b, note)
	}
	for _, problem := range r.Problems {
		fmt.Fprintln(&b, "PROBLEM", problem)
	}
	fmt.Fprintf(&b, "%d messages written\n", r.Messages)
	_, err := io.WriteString(w, b.String())
	return err
}

// bookLines reads which line of the account book each part has.
func bookLines(path string) (map[string]int, error) {
	if path == "" {
		return nil, nil
	}
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	table := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(body, []byte("\ufeff"))))
	table.FieldsPerRecord = 2
	rows, err := table.ReadAll()
	if err != nil {
		return nil, fault.New(fault.Invalid, "CMD-LINES-02", "", "{file} is no table of parts and lines: {problem}",
			"write PART,LINE in each row, such as BOLT-M8,3", "file", path, "problem", err).Because(err)
	}
	lines := map[string]int{}
	for i, row := range rows {
		n, err := strconv.Atoi(strings.TrimSpace(row[1]))
		if err != nil && i == 0 {
			continue // the head of the table
		}
		if err != nil || n < 1 {
			return nil, fault.New(fault.Invalid, "CMD-LINES-01", fmt.Sprintf("/%d/1", i), "row {row} of {file} names no line of a book: “{value}”",
				"write PART,LINE in each row, such as BOLT-M8,3", "row", i+1, "file", path, "value", clip(row[1]))
		}
		lines[strings.TrimSpace(row[0])] = n
	}
	return lines, nil
}

// feedSent is what became of one file, as JSON.
type feedSent struct {
	File     string `json:"file"`
	Sequence int64  `json:"sequence"`
	State    string `json:"state"`
}

func newFeedSend(s *session) *cobra.Command {
	client := sending.Client{Tell: func(file string, sequence int64, state string) {
		s.line(feedSent{file, sequence, state}, "%s: message %d is %s", file, sequence, state)
	}}
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
			var refused *sending.Refusal
			switch {
			case errors.As(err, &refused):
				return errors.Join(refusedBy(client.URL, refused.Status, refused.Answer), err)
			case err == nil && waits:
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
