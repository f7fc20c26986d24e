# numcomp: `make` lists the targets.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

STATICCHECK := go tool -modfile=internal/tools/go.mod staticcheck
# A count: a time, by its own deadline, at times fails without a finding (go.dev/issue/75804).
FUZZTIME ?= 40000x
# Debian's interpreter is the one that python3-scipy and python3-mpi4py belong to.
PYTHON ?= /usr/bin/python3

.PHONY: help run build build-mpi test test-mpi check generate deps unit real fuzz cross bench bench-smoke compare compare-smoke clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' Makefile

run: ## the main job on 4 ranks of this machine
	go run . --num-workers 4

build: ## the program, ./numcomp: static, without cgo (the tag leaves out a manual generator)
	CGO_ENABLED=0 go build -trimpath -tags urfave_cli_no_docs -o numcomp .

build-mpi: ## the program with the MPI engine, ./numcomp-mpi: needs a C compiler and Open MPI (libopenmpi-dev)
	go build -trimpath -tags urfave_cli_no_docs,mpi -o numcomp-mpi .

test: deps check cross unit test-mpi real fuzz compare-smoke ## everything: installs what it needs, checks, tests, real launchers

deps: ## install what the tests need (Debian, as root; else says what is missing)
	@bash internal/tools/deps.sh

check: ## gofmt, go vet, staticcheck, and that the assembly is what its generator writes
	@out=$$(gofmt -s -l .); if [ -n "$$out" ]; then echo "not gofmt'ed: $$out"; exit 1; fi
	go vet ./...
	$(STATICCHECK) ./...
	bash internal/tools/generate.sh --check

generate: ## kernels/simd's assembly, by internal/tools/asm
	bash internal/tools/generate.sh

cross: ## builds for arm64 and without cgo
	GOARCH=arm64 CGO_ENABLED=0 go vet ./...
	GOARCH=arm64 CGO_ENABLED=0 go build -o /dev/null .
	CGO_ENABLED=0 go build -o /dev/null .

unit: ## unit, conformance and golden-script tests under the race detector
	go test -race -timeout 8m $$(go list ./... | grep -v '/internal/real')
	go test -timeout 5m -run MessageOver4GiB ./comm/transport/tcp # too large under -race

test-mpi: ## what the tag mpi adds: vet, staticcheck, and the suites of transports and collectives under mpirun
	go vet -tags mpi ./...
	$(STATICCHECK) -tags mpi ./...
	go test -count=1 -timeout 3m -tags mpi .
	go test -race -short -count=1 -timeout 5m -tags mpi ./comm/transport/mpi
	go test -count=1 -timeout 5m -tags mpi -run TestLaunched ./comm

real: ## the program under the real launchers, each suite with its own time budget
	@for suite in $$(go list ./internal/real/...); do \
	  echo "go test -count=1 -timeout 5m $$suite"; \
	  go test -count=1 -timeout 5m $$suite; \
	done

fuzz: ## every fuzz target for FUZZTIME (40000x)
	@bash internal/tools/fuzz.sh $(FUZZTIME)

bench: build build-mpi ## side-by-side figures: kernel against scipy, messages, collectives and start against Open MPI and MPICH, memory, overhead
	bash bench/kernel.sh
	bash bench/messages.sh
	bash bench/collectives.sh
	NUMCOMP=./numcomp-mpi bash bench/mpi.sh
	bash bench/start.sh
	bash bench/memory.sh
	bash bench/sleep.sh

bench-smoke: ## every benchmark once, briefly: that they run, not what they measure
	go test -count=1 -timeout 5m ./internal/real/bench

compare: build ## numcomp beside Ray, Dragon, multiprocessing and mpi4py: bench/results and the README's table (QUICK=1: compare-smoke)
	$(if $(QUICK),$(MAKE) --no-print-directory compare-smoke,python3 bench/compare/compare.py $(COMPARE))

compare-smoke: build ## the same, small and once, with the peers that Debian's Python has: that it runs and results agree
	$(PYTHON) -B -m unittest discover -b -s bench/compare
	$(PYTHON) -B bench/compare/compare.py --quick
	go -C bench/compare/plot vet .

clean: ## remove what build made
	rm -f numcomp numcomp-mpi
