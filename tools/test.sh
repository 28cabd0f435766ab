#!/usr/bin/env bash
# Every check of Seine, from a fresh clone to the closing line. Needs Go, a C
# compiler, make, Node with npm, and apt for what is missing (PostgreSQL,
# Chromium, a Chinese font). Starts a throw-away PostgreSQL and stops it again.
# Any failure makes it end non-zero; later steps still run where they can, so
# that one run tells everything.
#
#   SEINE_TEST_POSTGRES  set here: DSN of the throw-away cluster
#   CHROMIUM             the browser to use; found on the PATH when unset
#   TEST_STEPS           names of steps to run instead of all, for developers
set -uo pipefail
cd "$(dirname "$0")/.."
root=$PWD
export GOEXPERIMENT=jsonv2 DEBIAN_FRONTEND=noninteractive NO_COLOR=1
exec </dev/null

mkdir -p build/test bin/tools
totals=$root/build/test/totals
: >"$totals"
failures=()
cluster=""

finish() {
	[ -n "$cluster" ] && stop_postgres
	return 0
}
trap finish EXIT
trap 'exit 130' INT TERM

# ---- how steps run -------------------------------------------------------

wanted() { [ -z "${TEST_STEPS:-}" ] || [[ " $TEST_STEPS " == *" $1 "* ]]; }

# step NAME COMMAND...: runs it, times it, remembers a failure.
step() {
	local name=$1 began=$SECONDS
	shift
	wanted "$name" || return 0
	printf '\n== %s\n' "$name"
	if "$@"; then
		printf -- '-- %s: ok, %d s\n' "$name" $((SECONDS - began))
	else
		printf -- '-- %s: FAILED, %d s\n' "$name" $((SECONDS - began))
		failures+=("$name")
		return 1
	fi
}

# ---- what the tests need -------------------------------------------------

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

need=()
pg_bin() { # folder of initdb and postgres, newest version first
	local found
	found=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
	if [ -n "$found" ] && [ -x "$found/initdb" ]; then
		echo "$found"
	elif command -v initdb >/dev/null && command -v postgres >/dev/null; then
		dirname "$(command -v initdb)"
	else
		return 1
	fi
}
browser() {
	local name
	for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome; do
		[ -n "$name" ] && command -v "$name" && return 0
	done
	return 1
}

install_needs() {
	pg_bin >/dev/null || need+=(postgresql)
	browser >/dev/null || need+=(chromium)
	# The examples of the docs are run with the one, the reference client with the other.
	command -v curl >/dev/null || need+=(curl)
	command -v python3 >/dev/null || need+=(python3)
	# Without this font Chinese pages show boxes and layouts are measured wrong.
	ls /usr/share/fonts/opentype/noto/NotoSansCJK*.ttc >/dev/null 2>&1 || need+=(fonts-noto-cjk)
	if [ ${#need[@]} -gt 0 ]; then
		echo "installing ${need[*]}"
		as_root apt-get -qq update &&
			as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${need[@]}" \
				>build/test/apt.log 2>&1 || { tail -n 20 build/test/apt.log; return 1; }
	fi
	pg_bin && CHROMIUM=$(browser) && export CHROMIUM && echo "$CHROMIUM"
}

# A PostgreSQL of our own on a free loopback port. The server refuses to run as
# root, so root hands it to an unprivileged user.
pg_user=""
run_pg() {
	if [ -n "$pg_user" ]; then
		(cd / && runuser -u "$pg_user" -- "$@")
	else
		"$@"
	fi
}
start_postgres() {
	local bin port
	bin=$(pg_bin) || { echo "no PostgreSQL server programs"; return 1; }
	if [ "$(id -u)" = 0 ]; then
		pg_user=postgres
		id "$pg_user" >/dev/null 2>&1 || useradd --system --no-create-home "$pg_user" || return 1
	fi
	cluster=$(mktemp -d /tmp/seine-test-postgres.XXXXXX) || return 1
	[ -n "$pg_user" ] && chown "$pg_user" "$cluster"
	port=$(node -e 'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})')
	run_pg "$bin/initdb" -D "$cluster/data" -U seine --auth=trust --encoding=UTF8 --no-locale \
		>build/test/initdb.log 2>&1 || { cat build/test/initdb.log; return 1; }
	run_pg "$bin/pg_ctl" -D "$cluster/data" -l "$cluster/log" -w -t 60 \
		-o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$cluster -c max_connections=200 -c shared_buffers=256MB" \
		start >build/test/pg_ctl.log 2>&1 || { cat build/test/pg_ctl.log "$cluster/log"; return 1; }
	export SEINE_TEST_POSTGRES="postgres://seine@127.0.0.1:$port/postgres?sslmode=disable"
	echo "$SEINE_TEST_POSTGRES"
}
stop_postgres() {
	run_pg "$(pg_bin)/pg_ctl" -D "$cluster/data" -m immediate -w stop >/dev/null 2>&1
	rm -rf "$cluster"
	cluster=""
}

# ---- the checks ----------------------------------------------------------

build_tools() {
	(cd tools && go build -o ../bin/tools/ ./lint ./tally mvdan.cc/gofumpt github.com/a-h/templ/cmd/templ)
}
build_web() {
	(cd web && npm ci --no-audit --no-fund --loglevel=error && node build.mjs)
}

check_format() {
	local bad
	bad=$(git ls-files -z '*.go' ':!*_templ.go' | xargs -0 bin/tools/gofumpt -l) || return 1
	[ -z "$bad" ] || { printf 'not formatted (make format):\n%s\n' "$bad"; return 1; }
}

# Compiles every template again and compares with what is committed beside it.
check_templates() {
	local again file
	again=$(mktemp -d) || return 1
	mkdir -p "$again/internal" && git ls-files -z "internal/*.templ" | xargs -0 -r cp --parents -t "$again"
	bin/tools/templ generate -path "$again/internal" >"$again/log" 2>&1 || { cat "$again/log"; rm -rf "$again"; return 1; }
	local bad=0
	while IFS= read -r file; do
		cmp -s "$again/$file" "$file" || { echo "out of date (make generate): $file"; bad=1; }
	done < <(cd "$again" && find . -name "*_templ.go")
	rm -rf "$again"
	return $bad
}

check_vet() { go vet ./... && go vet -vettool="$root/bin/tools/lint" ./...; }
check_tools() { (cd tools && go vet ./...); }

# tested NAME ARGUMENTS...: go test with its results tallied.
tested() {
	local name=$1
	shift
	go test -json -timeout 10m "$@" 2>&1 | bin/tools/tally -name "$name" -to "$totals"
}

# What starts goroutines or shares memory runs again under the race detector, but
# for what only reads something once; -short leaves out the cases that only take
# long. Where the code of a package shares, all its tests run; where only a test
# does, that test. Of the pages that is the trials of the risk desk and the stream;
# of the API the stream, the bulk lodging and the webhooks; the commands hand over
# by channels alone. The stories run on the embedded database: what a server does
# shares no memory with them. The store runs on both. The second opinion reads with
# several hands the same way in whatever zone: it runs on one.
sharing='^\s*go (func|[a-zA-Z_.]+\()|\bsync\.(RW)?(Mutex|WaitGroup|Map|Pool|Cond)|"sync/atomic"|\.Go\('
packages_of() { xargs -r -n1 dirname | sort -u | sed 's|^|./|'; }
race() {
	local own some p stores=() all=() names sound=0
	mapfile -t own < <(git grep -lE "$sharing" -- '*.go' ':!*_test.go' ':!tools' ':!internal/console' ':!internal/httpapi' ':!cmd' | packages_of)
	[ ${#own[@]} -gt 0 ] || return 0
	for p in "${own[@]}"; do
		case $p in ./internal/store* | ./internal/app) stores+=("$p") ;; ./internal/check) ;; *) all+=("$p") ;; esac
	done
	SEINE_TEST_POSTGRES="" tested race -race -short "${all[@]}" || sound=1
	tested race-store -race -short "${stores[@]}" || sound=1
	mapfile -t some < <(git grep -lE "$sharing" -- '*_test.go' ':!tools' ':!internal/console' ':!cmd' | packages_of | grep -vxF "$(printf '%s\n' "${own[@]}")")
	names=$(for p in "${some[@]}"; do
		awk -v sharing='[.]Go[(]|sync[.](RW)?(Mutex|WaitGroup)|^[ \t]*go (func|[a-zA-Z_.]+[(])' \
			'/^func /{name = ""} /^func Test/{split($2, n, "("); name = n[1]} $0 ~ sharing && name != "" {print name}' "$p"/*_test.go
	done | sort -u | paste -sd '|')
	SEINE_TEST_POSTGRES="" tested race-some -race -short -run "^(${names:-none})\$|Stream|Bulk|Webhook|TestARiskTable|AtOnce|AZoneThroughItsDoors" "${some[@]}" ./internal/console ./internal/check || sound=1
	return $sound
}

build_product() {
	go build -trimpath -o bin/ ./cmd/seine ./e2e/gallery &&
		GOEXPERIMENT= go vet ./cmd/seine # the plain toolchain builds it too
}

browser_tests() {
	(cd e2e && npm ci --no-audit --no-fund --loglevel=error && node run.mjs --to "$totals")
}

step needs install_needs || exit 1
step postgres start_postgres || exit 1
step tools build_tools || exit 1
step web build_web
step format check_format
step templates check_templates
step vet check_vet
step tools-vet check_tools
step product build_product
step unit tested unit ./...
step race race
step browser browser_tests

passed=0 failed=0 skipped=0
echo
while read -r p f s name; do
	printf '%-12s %6d passed %4d failed %4d skipped\n' "$name" "$p" "$f" "$s"
	passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
done <"$totals"
[ ${#failures[@]} -eq 0 ] || printf 'failed steps: %s\n' "${failures[*]}"
printf 'took %d min %d s\n' $((SECONDS / 60)) $((SECONDS % 60))
# A step that is not a test (format, vet, build) counts as one failure.
if [ ${#failures[@]} -gt 0 ] && [ "$failed" -eq 0 ]; then failed=${#failures[@]}; fi
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ ${#failures[@]} -eq 0 ] && { [ "$passed" -gt 0 ] || [ -n "${TEST_STEPS:-}" ]; }
