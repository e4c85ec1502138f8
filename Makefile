# Spikebook: the commands of the README. `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.PHONY: help build lab test test-go test-python tutorials bench clean

PYTHON ?= python3
VENV   := .venv
BIN    := bin/spikebook
GO_SOURCES = $(shell find kernel snn display npy datasets -name '*.go' -not -name '*_test.go') go.mod go.sum

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 12

build: $(BIN) ## the command bin/spikebook

$(BIN): $(GO_SOURCES)
	go build -o $@ ./kernel/spikebook

lab: $(VENV)/lab $(BIN) ## JupyterLab with the Go kernel and the tutorials
	$(BIN) install --prefix $(VENV)
	$(BIN) lab

tutorials: $(BIN) ## run all notebooks without Jupyter; executed copies and HTML pages in build/tutorials
	$(BIN) run --html --out build/tutorials notebooks/*.ipynb

test: test-go test-python ## everything this machine can test

test-go: ## the Go tests
	go vet ./...
	go test -timeout 30m ./...

test-python: $(VENV)/tests $(BIN) ## the kernel over the wire, and JupyterLab in a browser
	tests/need-chromium
	$(BIN) install --prefix $(VENV)
	$(VENV)/bin/python -m pytest -q -rs tests

bench: $(VENV)/tests $(BIN) ## timings of the kernel and of the tutorials, beside the originals where installed
	$(BIN) install --prefix $(VENV)
	$(VENV)/bin/python tests/bench/bench.py

clean: ## remove what the other commands made here
	rm -rf bin build $(VENV)

# A stamp per list of requirements: made again when the list changes.
$(VENV)/lab: notebooks/requirements.txt
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install -q --disable-pip-version-check -r $<
	@# JupyterLab would ask whether to fetch news from its makers.
	$(VENV)/bin/python -m jupyter labextension disable --level=sys_prefix "@jupyterlab/apputils-extension:announcements"
	@touch $@

$(VENV)/tests: tests/requirements.txt $(VENV)/lab
	$(VENV)/bin/python -m pip install -q --disable-pip-version-check -r $<
	@touch $@
