# Everything that a person or CI does with this repository; `make help` lists it.
#
# Each target sets up what it needs: Debian packages only when missing, npm
# packages only when the lock file changed. Nothing is installed outside the
# repository except Debian packages.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory

# Tools are built from source at these versions, into ./bin.
GOLANGCI_LINT_VERSION := v2.12.2
DEADCODE_VERSION      := v0.52.0

PBF  ?=
ADDR ?= localhost:8080
# Which Go packages `make test-go` tests, e.g. `make test-go PKG=./places/...`.
PKG  ?= ./...
# Where timings and reports of runs go.
OUT  := bin/out

BINARY       := bin/cartoquartiers
VERSION      := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
WEB_MODULES  := web/node_modules/.package-lock.json
WEB_BUILT    := web/dist/manifest.json
WEB_SOURCES  := $(shell find web/src web/icons web/locales web/vite.config.ts web/tsconfig.json -type f 2>/dev/null)
GOLANGCI     := bin/golangci-lint-$(GOLANGCI_LINT_VERSION)
DEADCODE     := bin/deadcode-$(DEADCODE_VERSION)
# Its usual cache is one for all working copies, and answers with paths of another.
export GOLANGCI_LINT_CACHE := $(CURDIR)/bin/lint-cache

.PHONY: check
check: fmt lint test ## format, lint and test: what to run before a commit (the default)

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | while IFS=$$'\t' read -r name text; do
		printf '  make %-14s %s\n' "$$name" "$$text"
	done

# ---- build and run ----------------------------------------------------------

.PHONY: build
build: web ## build ./bin/cartoquartiers with the web part inside
	go build -ldflags '-X main.release=$(VERSION)' -o $(BINARY) ./cmd/cartoquartiers

.PHONY: web
web: $(WEB_BUILT) ## build the web part (web/dist), which the binary embeds

$(WEB_BUILT): $(WEB_MODULES) $(WEB_SOURCES)
	cd web
	npm run build
	touch dist/manifest.json

$(WEB_MODULES): web/package-lock.json
	cd web
	npm ci --no-audit --no-fund
	touch node_modules/.package-lock.json

.PHONY: run
run: ## start the map on http://localhost:8080 [PBF=file.osm.pbf] [ADDR=host:port]
	@scripts/packages.sh run
	$(MAKE) build
	exec scripts/run.sh '$(ADDR)' '$(PBF)'

# ---- test -------------------------------------------------------------------

# What `make test` does, in this order; CI has the linters work while the browser waits.
PARTS ?= go web browser

.PHONY: test
test: ## run every test: Go with -race, the web part, the browser
	@scripts/packages.sh run test $(filter lint,$(PARTS))
	$(MAKE) build
	scripts/test.sh $(PARTS)

.PHONY: test-go
test-go: ## run the Go tests with -race [PKG=./places/...]
	@scripts/packages.sh run test
	PKG='$(PKG)' scripts/test.sh go

.PHONY: test-web
test-web: $(WEB_MODULES) ## run the tests of the TypeScript
	scripts/test.sh web

.PHONY: test-browser
test-browser: ## run the tests in a real browser
	@scripts/packages.sh run test
	$(MAKE) build
	scripts/test.sh browser

.PHONY: soak
soak: ## the long drills: every test three times at full length, then each fuzzer for a minute
	@scripts/packages.sh run test
	CARTOQUARTIERS_SOAK=1 go test -race -count=3 -timeout=120m ./...
	$(MAKE) build
	CARTOQUARTIERS_SOAK=1 scripts/test.sh browser
	scripts/fuzz.sh 60

.PHONY: screenshots
screenshots: ## photograph the pages at 360, 768 and 1280 px into ./screenshots
	@scripts/packages.sh run test
	$(MAKE) build
	cd web
	npm run screenshots

.PHONY: pace
pace: ## how long a moderator needs for twenty contributions, in a real browser
	@scripts/packages.sh run test
	$(MAKE) build
	cd web
	npm run pace

# ---- measure ----------------------------------------------------------------

.PHONY: bench
bench: bench-import bench-items bench-tiles bench-submit ## all the benchmarks; docs/performance.md says how to read them

.PHONY: bench-items
bench-items: ## pages of items, the whole collection and suggestions, against ST_AsGeoJSON and COPY [ARGS='-all 0']
	@scripts/packages.sh run bench
	go run ./bench/items $(ARGS)

.PHONY: bench-lookalikes
bench-lookalikes: ## precision and recall of look-alikes on real places [ARGS=-tell]
	go run ./bench/lookalikes $(ARGS)

.PHONY: bench-import
bench-import: ## reading and importing against osm2pgsql on one large file [ARGS='-rounds 1 -full=false']
	@scripts/packages.sh run bench
	$(MAKE) build
	go run ./bench/importing $(ARGS)

.PHONY: bench-submit
bench-submit: ## contributions against pgbench, an edit on its way to a tile, the queue [ARGS='-rounds 1']
	@scripts/packages.sh run bench
	go run ./bench/submit $(ARGS)

.PHONY: bench-basemap
bench-basemap: ## the base map against osm2pgsql and ST_AsMVT on the same file [ARGS='-rounds 1']
	@scripts/packages.sh run bench
	$(MAKE) build
	go run ./bench/basemap $(ARGS)

.PHONY: bench-panning
bench-panning: ## long tasks of the map panned over 50,000 places in a browser [ARGS='-places 50000 -rounds 3']
	@scripts/packages.sh run test
	$(MAKE) build
	go run ./bench/panning $(ARGS)

.PHONY: bench-tiles
bench-tiles: ## tiles against ST_AsMVT, at 200,000 and 1,000,000 places [ARGS='-sizes 200000']
	@scripts/packages.sh run bench
	go run ./bench/tiles $(ARGS)

# ---- lint -------------------------------------------------------------------

.PHONY: fmt
fmt: $(GOLANGCI) $(WEB_MODULES) ## format Go and TypeScript
	$(GOLANGCI) fmt
	cd web
	npm run format

.PHONY: lint
lint: lint-go lint-shell lint-web ## every linter, as CI runs them

.PHONY: lint-go
lint-go: $(GOLANGCI) $(DEADCODE)
	go mod tidy -diff
	$(GOLANGCI) run --allow-parallel-runners
	scripts/deadcode.sh $(DEADCODE)

.PHONY: lint-shell
lint-shell:
	@scripts/packages.sh lint
	shellcheck scripts/*.sh .ci/run

.PHONY: lint-web
lint-web: $(WEB_MODULES)
	cd web
	npm run lint

$(GOLANGCI):
	scripts/gotool.sh github.com/golangci/golangci-lint/v2/cmd/golangci-lint $(GOLANGCI_LINT_VERSION) $@

$(DEADCODE):
	scripts/gotool.sh golang.org/x/tools/cmd/deadcode $(DEADCODE_VERSION) $@

.PHONY: clean
clean: ## remove what was built; data/ stays
	rm -rf bin web/node_modules screenshots
	find web/dist -mindepth 1 ! -name .gitkeep -delete
