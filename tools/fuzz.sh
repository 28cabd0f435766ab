#!/usr/bin/env bash
# Runs every fuzz target of the house for FUZZTIME (default 30s), one after the
# other; new failing inputs are left in the package's testdata/fuzz.
set -euo pipefail
cd "$(dirname "$0")/.."
export GOEXPERIMENT=jsonv2
for package in $(go list ./...); do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-30s}" "$package"
	done
done
