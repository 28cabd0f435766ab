// Command seine is the customs supervision platform: one program that serves a
// zone, works on its folder or database from the command line, and proves its
// own books.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// collectAt is how many percent the heap may grow beyond what lives in it, unless
// the environment says otherwise with GOGC.
const collectAt = 300

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is main with its surroundings handed in, so that script tests can start
// the program within the test. It gives the exit status: 0 done, 1 refused or
// failed, 2 wrong use, 3 findings (check, verify), 130 interrupted.
func run(args []string, in *os.File, out, errs *os.File) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if os.Getenv("GOGC") == "" {
		// What lives is small beside what passes through: collecting less often
		// costs some hundred megabytes and gives back a tenth of the processor time
		// (docs/performance.md).
		debug.SetGCPercent(collectAt)
	}
	s := &session{in: in, out: out, errs: errs}
	root := newRoot(s)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if ctx.Err() != nil && err != nil {
		s.report(brokenOff(err))
		return exitInterrupted
	}
	return s.status(err)
}
