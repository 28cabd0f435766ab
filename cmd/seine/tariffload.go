package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"seine/internal/clock"
	"seine/internal/fault"
)

// loadFlags are the flags of a schedule that is brought to a served zone.
type loadFlags struct {
	from, server, name, password, law, reason string
}

// scheduleLoaded is what the zone answered, as the command prints it.
type scheduleLoaded struct {
	ID       string        `json:"id"`
	From     clock.Date    `json:"from"`
	Count    int           `json:"count"`
	Changes  []rateChanged `json:"changes"`
	Effect   loadEffect    `json:"effect"`
	Proposal string        `json:"proposal,omitempty"`
	Second   string        `json:"second,omitempty"`
}

type loadEffect struct {
	Looked     int            `json:"looked"`
	Affected   []loadAffected `json:"affected"`
	Difference string         `json:"difference"`
	Unknown    int            `json:"unknown,omitempty"`
}

type loadAffected struct {
	Kind       string `json:"kind"`
	ID         string `json:"id"`
	Number     string `json:"number,omitempty"`
	Code       string `json:"code,omitempty"`
	Old        string `json:"old"`
	New        string `json:"new"`
	Difference string `json:"difference"`
}

func newTariffLoad(s *session) *cobra.Command {
	var f loadFlags
	c := &cobra.Command{
		Use: "load FILE --from DAY --as NAME --password-file FILE", Short: "Bring a whole schedule to a served zone", Args: cobra.ExactArgs(1),
		Long: "Send a schedule, as “import” wrote it, to a zone that is serving. The zone keeps it as a draft and tells\n" +
			"what it changes on its first day: codes, rates, and which open forms, lots under bond and guarantees, by\n" +
			"how much. With --law it is proposed at once and a second officer is drawn; without, that is done on the\n" +
			"page of the schedule. It is in force from its day on every node, and can be taken back before.",
		Example: "  seine tariff load 2027/cn.tsv.gz --from 2027-01-01 --as tax --password-file tax.pw\n" +
			"  seine tariff load 2027/cn.tsv.gz --from 2027-01-01 --as tax --password-file tax.pw --law “Announcement 12 of 2026” --reason “new year”",
		RunE: func(cmd *cobra.Command, args []string) error { return s.loadSchedule(cmd.Context(), args[0], &f) },
	}
	c.Flags().StringVar(&f.from, "from", "", "first `day` it is in force, YYYY-MM-DD")
	c.Flags().StringVar(&f.server, "server", "http://127.0.0.1:8080", "`address` of the zone")
	c.Flags().StringVar(&f.name, "as", "", "`name` of the account of an officer who may change the tariff")
	c.Flags().StringVar(&f.password, "password-file", "", "`file` with the password of the account")
	c.Flags().StringVar(&f.law, "law", "", "what puts it in force; given, the schedule is proposed")
	c.Flags().StringVar(&f.reason, "reason", "", "reason of the proposal")
	for _, name := range []string{"from", "as", "password-file"} {
		_ = c.MarkFlagRequired(name)
	}
	return c
}

func (s *session) loadSchedule(ctx context.Context, path string, f *loadFlags) error {
	from, err := clock.ParseDate(f.from)
	if err != nil {
		return err
	}
	file, done, err := s.readable(path)
	if err != nil {
		return err
	}
	content, err := io.ReadAll(file)
	if late := done(); err == nil {
		err = late
	}
	if err != nil {
		return noFile(path, err)
	}
	password, err := os.ReadFile(f.password)
	if err != nil {
		return noFile(f.password, err)
	}
	zone := &served{base: strings.TrimRight(f.server, "/"), client: &http.Client{Timeout: time.Minute}}
	var signed struct {
		Token string `json:"token"`
	}
	if err := zone.ask(ctx, http.MethodPost, "/api/v1/sign-in", map[string]string{"name": f.name, "password": strings.TrimRight(string(password), "\r\n")}, &signed); err != nil {
		return err
	}
	zone.token = signed.Token
	err = s.sendSchedule(ctx, zone, content, from, f)
	if late := zone.ask(context.WithoutCancel(ctx), http.MethodPost, "/api/v1/sign-out", nil, nil); err == nil {
		err = late
	}
	return err
}

func (s *session) sendSchedule(ctx context.Context, zone *served, content []byte, from clock.Date, f *loadFlags) error {
	var loaded scheduleLoaded
	if err := zone.ask(ctx, http.MethodPost, "/api/v1/tariff/schedules", map[string]any{"content": content, "from": from}, &loaded); err != nil {
		return err
	}
	address := "/api/v1/tariff/schedules/" + loaded.ID
	if err := zone.ask(ctx, http.MethodGet, address+"/comparison", nil, &loaded); err != nil {
		return err
	}
	if f.law != "" {
		if err := zone.ask(ctx, http.MethodPost, address+"/proposal", map[string]string{"law": f.law, "reason": f.reason}, &loaded); err != nil {
			return err
		}
	}
	loaded.From = from
	return s.print(loaded, loaded.write)
}

func (l *scheduleLoaded) write(w io.Writer) error {
	const most = 50
	var b strings.Builder
	for _, c := range l.Changes[:min(len(l.Changes), most)] {
		fmt.Fprintf(&b, "%-11s %-18s %-28s → %-28s %s\n", c.Code, c.Kind, c.Old, c.New, namesOf(c.Areas))
	}
	if l.Count > most {
		fmt.Fprintf(&b, "and %d more\n", l.Count-most)
	}
	fmt.Fprintf(&b, "%d differences from %s on\n\n", l.Count, l.From)
	for _, a := range l.Effect.Affected {
		number := a.Number
		if number == "" {
			number = a.ID
		}
		fmt.Fprintf(&b, "%-12s %-24s %-11s %16s → %16s %16s\n", a.Kind, number, a.Code, a.Old, a.New, a.Difference)
	}
	fmt.Fprintf(&b, "%d open forms and lots looked at, %s more or less", l.Effect.Looked, l.Effect.Difference)
	if l.Effect.Unknown > 0 {
		fmt.Fprintf(&b, ", %d that cannot be worked out", l.Effect.Unknown)
	}
	b.WriteString("\n")
	if l.Proposal == "" {
		fmt.Fprintf(&b, "kept as draft %s; propose it with --law, or at /tariff/schedules/%s\n", l.ID, l.ID)
	} else {
		fmt.Fprintf(&b, "proposed as %s; officer %s decides\n", l.Proposal, l.Second)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// served is a zone behind its door.
type served struct {
	base, token string
	client      *http.Client
}

// ask does one request and reads the answer into v, which may be nil. A refusal
// is given as the zone words it. Fault: CMD-SERVER-01 (nobody answers).
func (z *served) ask(ctx context.Context, method, path string, body, v any) error {
	var raw []byte
	if body != nil {
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return fmt.Errorf("write the request: %w", err)
		}
	}
	away := func(err error) error {
		return notServed(z.base, err)
	}
	r, err := http.NewRequestWithContext(ctx, method, z.base+path, bytes.NewReader(raw))
	if err != nil {
		return away(err)
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if z.token != "" {
		r.Header.Set("Authorization", "Bearer "+z.token)
	}
	res, err := z.client.Do(r)
	if err != nil {
		return away(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return away(err)
	}
	if res.StatusCode >= 300 {
		return refusedBy(z.base, res.Status, answer)
	}
	if v == nil || len(answer) == 0 {
		return nil
	}
	if err := json.Unmarshal(answer, v); err != nil {
		return away(err)
	}
	return nil
}

// refusedBy words what a zone refused. Fault: CMD-SERVER-02 where it says nothing
// that is understood, else those of the zone.
func refusedBy(server, status string, answer []byte) error {
	var problem struct {
		Errors []struct {
			Code, Pointer, Detail, Cure string
		} `json:"errors"`
	}
	_ = json.Unmarshal(answer, &problem) // what is no problem says nothing
	var faults fault.List
	for _, e := range problem.Errors {
		faults = append(faults, &fault.Fault{Kind: fault.Refused, Code: e.Code, Path: e.Pointer, Text: e.Detail, Cure: e.Cure})
	}
	if len(faults) == 0 {
		return fault.New(fault.Refused, "CMD-SERVER-02", "", "{server} answered {status}", "look into the log of the zone", "server", server, "status", status)
	}
	return faults
}
