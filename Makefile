# `make demo` and `make test` need Python 3.10 or newer and make; everything else is installed into $(VENV).

PYTHON ?= python3
VENV ?= .venv

BASE := $(VENV)/.base
DEV := $(VENV)/.dev
RUN := "$(VENV)/bin/python" -m
INSTALL := $(RUN) pip install -qq --disable-pip-version-check --no-input -c constraints.txt

FAST := -m "not slow" --hypothesis-profile=few tests/unit \
  tests/pipeline/test_commands.py::test_sync_prints_tables_and_json

# else each of the hundreds of processes that tests and measurements start compiles the package for itself
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test test-fast soak bench lint docs verified-source clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-16s %s\n", $$1, $$2 }' Makefile

demo: $(BASE) ## sync a made-up company from a local sandbox into gong_demo.duckdb, show what came, write demo_report.html
	@$(RUN) pipelines.demo $(ARGS)

test: $(DEV) ## run every test that needs no account (ARGS="-k calls -x" goes to pytest)
	@$(RUN) pytest $(ARGS)

test-fast: $(DEV) ## the inner loop, in less than a minute: unit tests but the slow ones, with fewer examples, and one sync
	@$(RUN) pytest $(FAST) $(ARGS)

soak: $(DEV) ## try laws with new examples, make 500 syncs in a row, play thousands of sequences of what an owner may do
	@$(RUN) pytest --hypothesis-profile=random tests/unit
	@GONG_SOAK_SYNCS="$${GONG_SOAK_SYNCS:-500}" $(RUN) pytest -o faulthandler_timeout=0 tests/pipeline/test_soak.py
	@GONG_SEQUENCES="$${GONG_SEQUENCES:-2000}" $(RUN) pytest -o faulthandler_timeout=0 tests/pipeline/test_machine.py -n "$$(getconf _NPROCESSORS_ONLN)"

bench: $(DEV) ## measure speed, quota use and memory against the sandbox
	@$(RUN) benchmarks $(ARGS)

lint: $(DEV) ## check style, format and types
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy

audit: ## look up known vulnerabilities of the pinned dependencies (asks PyPI)
	@"$(PYTHON)" -m venv "$(VENV)-audit"
	@"$(VENV)-audit/bin/python" -m pip install -qq --disable-pip-version-check "pip-audit>=2.10,<3"
	@"$(VENV)-audit/bin/pip-audit" --requirement constraints.txt --no-deps --disable-pip --strict

docs: $(BASE) ## write docs/tables.md and the tables of docs/configuration.md anew from the code
	@$(RUN) gong_source.streams.doc
	@$(RUN) gong_source.cli.settings_page

verified-source: $(BASE) ## write the source into build/verified-source, for `dlt init gong duckdb --location`
	@$(RUN) verified_source build/verified-source

clean: ## remove the environment and caches (never a database)
	@rm -rf "$(VENV)" "$(VENV)-audit" .venv-emulators build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	@find . -type d -name __pycache__ -prune -exec rm -rf {} +

$(BASE): pyproject.toml constraints.txt
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null || { \
	  echo 'Python 3.10 or newer is needed and "$(PYTHON)" is not one: make PYTHON=/path/to/python3 $(MAKECMDGOALS)' >&2; exit 1; }
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo '"$(PYTHON)" lacks venv or ensurepip: install its venv package (on Debian and Ubuntu: python3-venv)' >&2; exit 1; }
	@echo "Making the environment in $(VENV) (a minute or so, once)" >&2
	@"$(PYTHON)" -m venv "$(VENV)"
	@$(INSTALL) -e '.[report]'
	@touch "$@"

$(DEV): $(BASE)
	@echo "Adding the development tools to $(VENV)" >&2
	@$(INSTALL) -e '.[dev]'
	@touch "$@"
