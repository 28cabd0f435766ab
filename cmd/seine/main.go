// Command seine is the customs supervision platform: one program that serves a
// zone, works on its folder or database from the command line, and proves its
// own books.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is main with its surroundings handed in, so that script tests can start
// the program within the test. It gives the exit status: 0 done, 1 refused or
// failed, 2 wrong use, 3 findings (check, verify), 130 interrupted.
func run(args []string, in *os.File, out, errs *os.File) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	s := &session{in: in, out: out, errs: errs}
	root := newRoot(s)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errs)
	err := root.ExecuteContext(ctx)
	if ctx.Err() != nil && err != nil {
		s.report(err)
		return exitInterrupted
	}
	return s.status(err)
}
