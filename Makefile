# make demo   build everything and show a living zone in the browser
# make test   install what the tests need, run every check (twice in a row works)
# The product is built with the jsonv2 experiment of Go's encoding/json.

export GOEXPERIMENT := jsonv2

.DELETE_ON_ERROR:
.PHONY: all demo build web test generate format fuzz clean

all: build

# The browser libraries come by lock file into web/dist, which git ignores and
# the binary embeds. Without this step pages work, but without their scripts.
web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

web: web/node_modules/.package-lock.json
	cd web && node build.mjs

build: web
	go build -trimpath -o bin/seine ./cmd/seine

demo: build
	bin/seine demo $(DEMO)

test:
	bash tools/test.sh

# The developers' tools, pinned in tools/go.mod.
bin/tools/.built: tools/go.mod tools/go.sum $(wildcard tools/*/*.go)
	cd tools && go build -o ../bin/tools/ ./lint ./tally mvdan.cc/gofumpt github.com/a-h/templ/cmd/templ
	@touch $@

# Templates are compiled to Go, and the result is committed with its source.
generate: bin/tools/.built
	bin/tools/templ generate -path internal

format: bin/tools/.built
	git ls-files -z '*.go' ':!*_templ.go' | xargs -0 bin/tools/gofumpt -w
	bin/tools/templ fmt internal

# Every fuzz target for 30 seconds: FUZZTIME=5m make fuzz for longer.
fuzz:
	bash tools/fuzz.sh

clean:
	rm -rf bin build web/node_modules e2e/node_modules e2e/artifacts
	find web/dist -mindepth 1 ! -name .keep -delete
