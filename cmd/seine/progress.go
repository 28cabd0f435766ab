package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// progress shows how far long work got: a bar where a person looks at a
// terminal, a plain line every few seconds in a pipe or log.
type progress struct {
	bar   *progressbar.ProgressBar
	out   io.Writer
	what  string
	total int64
	done  int64
	told  time.Time
}

// progressEvery is how often a pipe gets a line.
const progressEvery = 2 * time.Second

// newProgress starts; total below 1 means that the end is not known.
func newProgress(out *os.File, what string, total int64) *progress {
	p := &progress{out: out, what: what, total: total, told: time.Now()}
	if term.IsTerminal(int(out.Fd())) {
		if total < 1 {
			total = -1
		}
		p.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(out), progressbar.OptionSetDescription(what),
			progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionOnCompletion(func() { fmt.Fprintln(out) }))
	}
	return p
}

// of tells what the end is, or is thought to be by now.
func (p *progress) of(total int64) {
	if total == p.total || total < 1 {
		return
	}
	p.total = total
	if p.bar != nil {
		p.bar.ChangeMax64(total)
	}
}

// set tells how much is done now.
func (p *progress) set(done int64) {
	p.done = done
	if p.bar != nil {
		_ = p.bar.Set64(done)
		return
	}
	if time.Since(p.told) >= progressEvery {
		p.told = time.Now()
		p.line()
	}
}

// end says the last word.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
		return
	}
	p.total = p.done
	p.line()
}

func (p *progress) line() {
	if p.total > p.done {
		fmt.Fprintf(p.out, "%s: %d of %d\n", p.what, p.done, p.total)
		return
	}
	fmt.Fprintf(p.out, "%s: %d\n", p.what, p.done)
}
