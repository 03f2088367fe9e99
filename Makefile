# Retable: every way to build, run and check it. `make help` lists the targets.
# The steps live in build/*.sh, so that each can be run and read alone.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

# Downloaded tools and measurements; not part of the repository.
export RET_CACHE ?= $(CURDIR)/.cache
# Real files for the corpus tests, if there are any beside the repository.
export RET_CORPUS ?= $(abspath $(wildcard ../shared/data))

# Time for each fuzz target.
FUZZTIME ?= 10m
# Where the demo puts its files.
DEMO_DIR ?= demo

.PHONY: help
help: ## List these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: ## Set up, build, convert a sample bundle and compare two into ./demo
	@build/setup.sh build
	@$(MAKE) --no-print-directory build
	@build/demo.sh $(DEMO_DIR)

.PHONY: demo-cluster
demo-cluster: ## Run three replicas on PostgreSQL and S3, kill one, finish at another
	@build/setup.sh build test
	@$(MAKE) --no-print-directory build
	@build/cluster/demo.sh

.PHONY: test
test: ## Set up and run everything that must hold: what CI runs
	@build/test.sh full

.PHONY: check
check: ## The quick loop while working: format, vet, lint, short tests
	@build/test.sh quick

.PHONY: build
build: ## Build bin/retable with its front end
	@build/setup.sh build
	@build/frontend.sh
	go build -trimpath -tags "$$(build/tags.sh)" -ldflags "-s -w -X main.version=$(VERSION)" -o bin/retable .

.PHONY: run
run: ## Open the window where there is a display, else serve the same page
	@if [[ -n "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]]; then \
	  $(MAKE) --no-print-directory desktop && build/bin/retable; \
	else \
	  $(MAKE) --no-print-directory build && bin/retable serve; \
	fi

.PHONY: desktop
desktop: ## Build the desktop program, build/bin/retable
	@build/setup.sh build desktop
	@build/frontend.sh
	CGO_ENABLED=1 go build -trimpath -tags "desktop,production,webkit2_41,$$(build/tags.sh)" -ldflags "-s -w -X main.version=$(VERSION)" -o build/bin/retable .

.PHONY: bench
bench: ## Measure against other tools and write docs/benchmarks.md
	@build/setup.sh build test bench
	go run -tags "$$(build/tags.sh)" ./internal/bench/cmd/... -out docs/benchmarks.md

.PHONY: bench-cluster
bench-cluster: build ## Measure conversions embedded and with 1, 2 and 3 replicas
	@build/setup.sh build test
	@build/cluster/bench.sh

.PHONY: load
load: build ## Put the server under load (wrk) and write its section of docs/benchmarks.md
	@build/load.sh

.PHONY: browser
browser: build ## Walk the page in Chromium, against its fake back end and the real server
	@build/browser.sh bin/retable

.PHONY: window
window: ## Drive the real window on a display of its own; RET_SHOTS=DIR keeps pictures
	@build/setup.sh build
	@build/e2e-desktop.sh

.PHONY: pictures
pictures: ## Take the README's pictures of the real window anew, into docs/images
	@build/setup.sh build
	@build/e2e-desktop.sh pictures

.PHONY: eval
eval: ## Evaluate the quality of results on real files and write docs/corpus.md
	@build/eval.sh

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZTIME (default 10m) each
	@build/fuzz.sh $(FUZZTIME)

.PHONY: soak
soak: ## Run the long variants of the tests (RET_SOAK=1)
	@build/setup.sh build test
	RET_SOAK=1 go test -tags "$$(build/tags.sh)" -count=1 -timeout 0 ./...

.PHONY: lint
lint: ## Vet, and lint with .golangci.yml (import rules included)
	@build/lint.sh

.PHONY: fmt
fmt: ## Format the Go code
	@build/fmt.sh write

.PHONY: verify
verify: ## Check that generated files and go.mod are fresh
	@build/verify.sh
