# Spikebook: the commands of the README. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help build lab test test-go test-python soak tutorials bench bench-gpu clean

PYTHON ?= python3
VENV   := .venv
BIN    := bin/spikebook
# Tests build workers and cells in a cache of their own.
TEST_CACHE = $${XDG_CACHE_HOME:-$$HOME/.cache}/spikebook/test
GO_SOURCES = $(shell find kernel snn display npy datasets cuda \( -name '*.go' -o -name '*.cu' \) -not -name '*_test.go') go.mod go.sum

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

build: $(BIN) ## the command bin/spikebook

$(BIN): $(GO_SOURCES)
	@command -v go >/dev/null || { echo "go is not in PATH: install Go 1.26 or newer from https://go.dev/dl and put its bin folder into PATH" >&2; exit 1; }
	go build -o $@ ./kernel/spikebook

lab: $(VENV)/lab $(BIN) ## JupyterLab with the Go kernel and the tutorials
	$(BIN) install --prefix $(VENV)
	VIRTUAL_ENV="$$PWD/$(VENV)" $(BIN) lab

tutorials: $(BIN) ## run all notebooks without Jupyter; executed copies and HTML pages in build/tutorials
	$(BIN) run --html --out build/tutorials notebooks/*.ipynb

test: test-go test-python ## everything this machine can test

test-go: ## the Go tests
	go vet ./...
	SPIKEBOOK_TEST_CACHE="$(TEST_CACHE)" go run gotest.tools/gotestsum@v1.13.0 --format pkgname -- -timeout 30m ./...

test-python: $(VENV)/tests $(BIN) ## the kernel over the wire, and JupyterLab in a browser
	tests/need-chromium
	$(BIN) install --prefix $(VENV)
	$(VENV)/bin/python -m pytest -q -rs tests

soak: $(VENV)/tests $(BIN) ## 10,000 executions by clients that come and go; a quarter of an hour
	$(BIN) install --prefix $(VENV)
	SPIKEBOOK_SOAK=$${SPIKEBOOK_SOAK:-10000} $(VENV)/bin/python -m pytest -q -s tests/soak

bench: $(VENV)/tests $(BIN) ## timings of the kernel and of the tutorials, beside the originals where installed
	$(BIN) install --prefix $(VENV)
	$(VENV)/bin/python tests/bench/bench.py

bench-gpu: ## tests and timings of the CUDA backend: build/gpu, to run on any machine with a GPU; run here if there is one
	tests/gpu/build
	@if [ -e /dev/nvidia0 ]; then build/gpu/run; else echo "this machine has no NVIDIA GPU: nothing was run"; fi

clean: ## remove what the other commands made here
	rm -rf bin build $(VENV)

# A stamp per list of requirements: made again when the list changes.
$(VENV)/lab: notebooks/requirements.txt $(wildcard kernel/frontends/*.toml kernel/frontends/*/*.py)
	@$(PYTHON) -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "$(PYTHON) is missing, older than 3.11, or cannot make virtual environments: apt install python3 python3-venv, or name another with make PYTHON=… (make tutorials works without Python)" >&2; exit 1; }
	@# Without pip it is what a failed attempt left.
	$(VENV)/bin/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install -q --disable-pip-version-check -r $<
	$(VENV)/bin/python -m pip install -q --disable-pip-version-check --no-deps --force-reinstall ./kernel/frontends
	@# JupyterLab would ask whether to fetch news from its makers.
	$(VENV)/bin/python -m jupyter labextension disable --level=sys_prefix "@jupyterlab/apputils-extension:announcements" >/dev/null 2>&1
	@touch $@

$(VENV)/tests: tests/requirements.txt $(VENV)/lab
	$(VENV)/bin/python -m pip install -q --disable-pip-version-check -r $<
	@touch $@
