package bench

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// Form is the version of the JSON form of a report. Members are added, never
// changed.
const Form = 1

// Report is what one run measured.
type Report struct {
	Form       int              `json:"form"`
	Bench      string           `json:"bench"`
	What       string           `json:"what"`   // one operation in words
	Way        string           `json:"way"`    // "http": over loopback from another process; "in process"
	Engine     string           `json:"engine"` // sqlite, postgres, none
	Machine    Machine          `json:"machine"`
	Clients    int              `json:"clients"`
	Bulk       int              `json:"bulk,omitempty"` // operations in one request
	Hot        bool             `json:"hot,omitempty"`
	Beside     string           `json:"beside,omitempty"` // what else was kept busy
	History    int              `json:"history"`          // operations stored before the first round
	Seconds    float64          `json:"seconds"`          // of each measured stretch
	Rounds     []Round          `json:"rounds"`
	Median     Figures          `json:"median"`
	Lowest     Figures          `json:"lowest"`
	Highest    Figures          `json:"highest"`
	BytesPerOp int64            `json:"bytesPerOperation,omitempty"` // on disk: tables, indexes and what is built behind
	Operations int64            `json:"operations"`                  // measured ones, all rounds
	Answers    map[string]int64 `json:"answers,omitempty"`           // how the house answered, by kind
	Checked    []string         `json:"checked"`                     // what was found right afterwards
	Findings   []string         `json:"findings,omitempty"`          // what was not
	Notes      []string         `json:"notes,omitempty"`
}

// Machine is where it ran.
type Machine struct {
	Processors int    `json:"processors"`
	Model      string `json:"model,omitempty"`
	Go         string `json:"go"`
	System     string `json:"system"`
}

// Figures are the figures of a round, or over the rounds.
type Figures struct {
	PerSecond    float64 `json:"perSecond"`
	P50          float64 `json:"p50ms,omitempty"`
	P99          float64 `json:"p99ms,omitempty"`
	CPU          float64 `json:"cpuMicros"`                // user and system time of the house for one operation
	Database     float64 `json:"databaseMicros,omitempty"` // of a PostgreSQL server on this machine
	Others       float64 `json:"othersCores"`              // taken by programs that do not belong to the run
	PerCommit    float64 `json:"perCommit,omitempty"`      // operations that shared one commit
	Raw          float64 `json:"rawPerSecond,omitempty"`   // limit of the storage: same rows, full batches
	RawCPU       float64 `json:"rawCpuMicros,omitempty"`
	RawPerCommit float64 `json:"rawPerCommit,omitempty"`
	RawSame      float64 `json:"rawSameBatchesPerSecond,omitempty"` // same rows in the batches as they were
	RawP50       float64 `json:"rawP50ms,omitempty"`                // of one of those batches, from its beginning to the disk
	RawP99       float64 `json:"rawP99ms,omitempty"`
	Ratio        float64 `json:"ratio,omitempty"` // perSecond of rawPerSecond
}

// Round is one turn: a stretch of the house, then the same rows raw.
type Round struct {
	Number     int   `json:"round"`
	Operations int64 `json:"operations"`
	Figures
}

// members gives the figures one by one.
func (f *Figures) members() []*float64 {
	return []*float64{
		&f.PerSecond, &f.P50, &f.P99, &f.CPU, &f.Database, &f.Others, &f.PerCommit, &f.Raw, &f.RawCPU, &f.RawPerCommit, &f.RawSame, &f.RawP50, &f.RawP99, &f.Ratio,
	}
}

// sum fills medians and bounds. The median of an even number of rounds is the
// lower of the two in the middle.
func (r *Report) sum() {
	if len(r.Rounds) == 0 {
		return
	}
	median, low, high := r.Median.members(), r.Lowest.members(), r.Highest.members()
	for i := range median {
		values := make([]float64, len(r.Rounds))
		for k := range r.Rounds {
			values[k] = *r.Rounds[k].members()[i]
		}
		slices.Sort(values)
		*median[i], *low[i], *high[i] = values[(len(values)-1)/2], values[0], values[len(values)-1]
	}
}

// finish rounds nothing and completes the sums.
func (r *Report) finish() {
	r.Operations = 0
	for i := range r.Rounds {
		r.Operations += r.Rounds[i].Operations
	}
	r.sum()
}

// WriteText prints a report for people.
func (r *Report) WriteText(out io.Writer) error {
	head := fmt.Sprintf("%s: %s\n%s", r.Bench, r.What, r.Engine)
	if r.Way != "" {
		head += ", " + r.Way
	}
	if r.Clients > 0 {
		head += fmt.Sprintf(", %d clients", r.Clients)
	}
	if r.Bulk > 1 {
		head += fmt.Sprintf(", %d in one request", r.Bulk)
	}
	if r.Beside != "" {
		head += ", " + r.Beside
	}
	head += fmt.Sprintf(", %d stored before; %d processors, %s, %s\n\n", r.History, r.Machine.Processors, r.Machine.Model, r.Machine.Go)
	if _, err := io.WriteString(out, head); err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	raw := r.Median.Raw > 0
	names := []string{"round", "per second", "p50 ms", "p99 ms", "CPU µs", "per commit"}
	if r.Median.Database > 0 {
		names = append(names, "database µs")
	}
	if raw {
		names = append(names, "raw/s", "raw CPU µs", "raw per commit", "same batches/s", "raw p50 ms", "raw p99 ms", "ratio")
	}
	names = append(names, "others’ cores")
	fmt.Fprintln(w, strings.Join(names, "\t")+"\t")
	line := func(name string, f *Figures) {
		cells := []string{name, whole(f.PerSecond), short(f.P50), short(f.P99), short(f.CPU), short(f.PerCommit)}
		if r.Median.Database > 0 {
			cells = append(cells, short(f.Database))
		}
		if raw {
			cells = append(cells, whole(f.Raw), short(f.RawCPU), short(f.RawPerCommit), whole(f.RawSame), short(f.RawP50), short(f.RawP99), fmt.Sprintf("%.0f %%", 100*f.Ratio))
		}
		cells = append(cells, short(f.Others))
		fmt.Fprintln(w, strings.Join(cells, "\t")+"\t")
	}
	for i := range r.Rounds {
		line(fmt.Sprint(r.Rounds[i].Number), &r.Rounds[i].Figures)
	}
	line("median", &r.Median)
	line("lowest", &r.Lowest)
	line("highest", &r.Highest)
	if err := w.Flush(); err != nil {
		return err
	}
	var tail strings.Builder
	if r.BytesPerOp > 0 {
		fmt.Fprintf(&tail, "\n%d bytes on disk for one operation", r.BytesPerOp)
	}
	if len(r.Answers) > 0 {
		fmt.Fprintf(&tail, "\nanswers:")
		for _, k := range sorted(r.Answers) {
			fmt.Fprintf(&tail, " %s %d", k, r.Answers[k])
		}
	}
	for _, c := range r.Checked {
		fmt.Fprintf(&tail, "\nright: %s", c)
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&tail, "\nWRONG: %s", f)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(&tail, "\nnote: %s", n)
	}
	_, err := fmt.Fprintln(out, tail.String())
	return err
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, cmp.Compare)
	return keys
}

func whole(v float64) string {
	if v == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f", v)
}

func short(v float64) string {
	switch {
	case v == 0:
		return "–"
	case v < 1:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}
