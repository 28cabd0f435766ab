// Command tally reads the event stream of go test -json from its standard
// input, prints one line a package and the whole output of what failed, and
// appends its counts to a file, from which the test run makes its closing line.
//
//	go test -json ./... | tally -name unit -to build/test/totals
//
// A test with subtests counts as its subtests. A package that fails without a
// failing test (it does not build, it panics) counts as one failure. It exits 1
// when anything failed or when no test ran.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"
)

// event is one line of test2json; build failures come with ImportPath.
type event struct {
	Action, Package, Test, Output, ImportPath, FailedBuild string
	Elapsed                                                float64
}

type suite struct {
	results map[string]string   // test → pass, fail, skip
	output  map[string][]string // test → what it printed; "" is the package
	parents map[string]bool
}

func main() {
	name := flag.String("name", "go test", "what this run is called in the totals")
	to := flag.String("to", "", "file that the counts are appended to")
	flag.Parse()

	began := time.Now()
	suites := map[string]*suite{}
	var passed, failed, skipped int
	var why []string
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	for in.Scan() {
		var e event
		if json.Unmarshal(in.Bytes(), &e) != nil {
			fmt.Println(in.Text()) // what the go command says beside the stream
			continue
		}
		if e.Action == "build-output" {
			fmt.Print(e.Output)
			continue
		}
		if e.Package == "" {
			continue
		}
		s := suites[e.Package]
		if s == nil {
			s = &suite{results: map[string]string{}, output: map[string][]string{}, parents: map[string]bool{}}
			suites[e.Package] = s
		}
		switch e.Action {
		case "output":
			s.output[e.Test] = append(s.output[e.Test], e.Output)
		case "pass", "fail", "skip":
			if e.Test != "" {
				s.results[e.Test] = e.Action
				for i := strings.LastIndexByte(e.Test, '/'); i > 0; i = strings.LastIndexByte(e.Test[:i], '/') {
					s.parents[e.Test[:i]] = true
				}
				if e.Action == "pass" {
					delete(s.output, e.Test)
				}
				continue
			}
			p, f, k := s.count()
			if e.Action == "fail" && f == 0 {
				f = 1
			}
			passed, failed, skipped = passed+p, failed+f, skipped+k
			if p+f+k > 0 {
				fmt.Printf("%-4s %-44s %5d passed %3d failed %3d skipped %7.1f s\n", mark(f), e.Package, p, f, k, e.Elapsed)
			}
			if f > 0 {
				why = append(why, s.explain(e.Package))
			}
			s.output = nil
		}
	}
	if err := in.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "tally:", err)
		os.Exit(1)
	}
	for _, text := range why {
		fmt.Print("\n", text)
	}
	fmt.Printf("%s: %d passed, %d failed, %d skipped in %s\n", *name, passed, failed, skipped, time.Since(began).Round(time.Second))
	if *to != "" {
		if err := appendLine(*to, fmt.Sprintf("%d %d %d %s", passed, failed, skipped, *name)); err != nil {
			fmt.Fprintln(os.Stderr, "tally:", err)
			os.Exit(1)
		}
	}
	if failed > 0 || passed == 0 {
		os.Exit(1)
	}
}

func (s *suite) count() (passed, failed, skipped int) {
	for test, result := range s.results {
		switch {
		case result == "fail" && !s.failedBelow(test):
			failed++
		case s.parents[test]:
		case result == "pass":
			passed++
		case result == "skip":
			skipped++
		}
	}
	return
}

// failedBelow tells whether a subtest of test failed: then that one is counted.
func (s *suite) failedBelow(test string) bool {
	for other, result := range s.results {
		if result == "fail" && strings.HasPrefix(other, test+"/") {
			return true
		}
	}
	return false
}

// explain gives what the failed tests of a package and the package printed.
func (s *suite) explain(name string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n", name)
	tests := make([]string, 0, len(s.output))
	for test := range s.output {
		if test == "" || s.results[test] == "fail" || s.results[test] == "" {
			tests = append(tests, test)
		}
	}
	slices.Sort(tests)
	for _, test := range tests {
		for _, line := range s.output[test] {
			b.WriteString(line)
		}
	}
	return b.String()
}

func mark(failed int) string {
	if failed > 0 {
		return "FAIL"
	}
	return "ok"
}

func appendLine(path, line string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintln(f, line); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
