// Command lint holds the checks that every package of Seine passes: all of
// staticcheck's bug checks and a few that matter to a program whose refusals,
// queries and state tables must not be lost on the way. It speaks the protocol
// of go vet, so results are cached like builds:
//
//	go vet -vettool=$PWD/bin/tools/lint ./...
package main

import (
	"go/ast"

	"github.com/jingyugao/rowserrcheck/passes/rowserr"
	"github.com/nishanths/exhaustive/passes/exhaustive"
	"github.com/polyfloyd/go-errorlint/errorlint"
	"github.com/timakin/bodyclose/passes/bodyclose"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/nilness"
	"golang.org/x/tools/go/analysis/passes/unusedwrite"
	"golang.org/x/tools/go/analysis/unitchecker"
	"honnef.co/go/tools/simple"
	"honnef.co/go/tools/staticcheck"
)

func main() {
	checks := []*analysis.Analyzer{
		bodyclose.Analyzer,
		errorlint.NewAnalyzer(),
		exhaustive.Analyzer,
		nilness.Analyzer,
		rowserr.NewAnalyzer("database/sql"),
		unusedwrite.Analyzer,
	}
	for _, a := range staticcheck.Analyzers {
		checks = append(checks, a.Analyzer)
	}
	for _, a := range simple.Analyzers {
		checks = append(checks, a.Analyzer)
	}
	// A switch that says //exhaustive:enforce names every case or a default.
	set(exhaustive.Analyzer, "e", "true")
	set(exhaustive.Analyzer, "d", "true")
	for _, a := range checks {
		a.Run = writtenByHand(a.Run)
	}
	unitchecker.Main(checks...)
}

// writtenByHand drops what a check says of generated files, which nobody edits.
func writtenByHand(run func(*analysis.Pass) (any, error)) func(*analysis.Pass) (any, error) {
	return func(pass *analysis.Pass) (any, error) {
		generated := map[string]bool{}
		for _, file := range pass.Files {
			generated[pass.Fset.File(file.FileStart).Name()] = ast.IsGenerated(file)
		}
		report := pass.Report
		pass.Report = func(d analysis.Diagnostic) {
			if !generated[pass.Fset.File(d.Pos).Name()] {
				report(d)
			}
		}
		return run(pass)
	}
}

func set(a *analysis.Analyzer, flag, value string) {
	if err := a.Flags.Set(flag, value); err != nil {
		panic(err)
	}
}
