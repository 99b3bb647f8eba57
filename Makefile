# Wakeful. `make` lists what there is; the two that matter are `make demo` and `make test`.

SHELL := /bin/bash
PY := .venv/bin/python
PYTEST := $(PY) -m pytest
# For runs beside each other: they would write into one.
OWN_CACHE := -o cache_dir=.pytest_cache

# What an active environment left behind must not reach ours.
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV

# Folders join as they come into being.
PYTHON_ROOTS := $(wildcard client_core web/compiler demo_server tests e2e bench spec/conformance scripts)
# Both tests/ and e2e/ have a conftest.py, and to mypy two modules of one name are an error: two runs.
MYPY_RUNS := "$(filter-out e2e,$(PYTHON_ROOTS))" "$(wildcard e2e)"

# What is compiled: folders of the core, and the scenario runner, so that the tests travel with it.
CORE_FOLDERS := $(patsubst %/,%,$(wildcard client_core/wakeful/ $(addprefix client_core/wakeful/,payload/ adapters/ server/))) \
  tests/portable
CORE_SOURCES := $(foreach folder,$(CORE_FOLDERS),$(wildcard $(folder)/*.py))
BUNDLE_SOURCES := $(shell find client_core/wakeful web/pyodide -type f -not -name '*.pyc')
COMPILER_SOURCES := $(shell find web/compiler -type f -not -name '*.pyc' 2>/dev/null)
WEB_SOURCES := $(shell find web/src web/unchecked -type f 2>/dev/null) $(wildcard web/*.mjs) web/package-lock.json

.NOTPARALLEL:
.PHONY: help setup setup-build demo test check static format format-check lint types types-web build bench bench-python spec conformance bundle bundle-pages lock clean

help:
	@echo "make demo     set up what is needed, build, serve the demo page and print its address (ARGS=--help: options)"
	@echo "make test     set up everything, browsers included, and run every check and every lane, side by side (logs/)"
	@echo "make check    format, lint, types and quick tests; no browsers"
	@echo "make format   put the sources into the form that check wants"
	@echo "make build    compile the core to JavaScript and bundle what pages load"
	@echo "make bench    measure against peers"
	@echo "make bench-python  measure how long Python takes to start in a page"
	@echo "make spec     render the specification as text and as a page, into spec/"
	@echo "make conformance  score our clients, payload and servers, and the peers, clause by clause"
	@echo "make bundle   wheel, source archive and npm package, into dist/"
	@echo "make bundle-pages  the folder for Python pages, into web/build/python/, with the sizes of its parts"
	@echo "make setup    only set up;   make clean   remove what was built"
	@echo "PYTHON=…      the interpreter to use (3.11 or newer); NEWEST_PYTHON=… that of the second lane"

# --- Setting up: silent and quick when there is nothing to do --------------------------------------

setup:
	@scripts/setup.sh python newest node browsers
	@echo "Everything is in place."

setup-build:
	@scripts/setup.sh python node

# --- The two commands of the README ----------------------------------------------------------------

demo: build web/build/python/.stamp
	@exec $(PY) -m wakeful_demo $(ARGS)

# The longest first. Each waits for its servers and pages half of the time, or keeps one core busy: so side by side.
test: setup build web/build/python/.stamp
	@newest=(); if [ -d .venv-newest ]; then \
	  newest=(newest '.venv-newest/bin/python -m pytest tests -m "not node" $(OWN_CACHE)/newest'); fi; \
	exec $(PY) scripts/side_by_side.py --logs logs \
	  static 'make --no-print-directory static' \
	  slow '$(PYTEST) tests -m slow $(OWN_CACHE)/slow' \
	  firefox '$(PYTEST) e2e --browser firefox $(OWN_CACHE)/firefox' \
	  chromium '$(PYTEST) e2e --browser chromium $(OWN_CACHE)/chromium' \
	  tests '$(PYTEST) tests -m "not slow" $(OWN_CACHE)/tests' \
	  "$${newest[@]}"

# --- Checks ----------------------------------------------------------------------------------------

check: static
	$(PYTEST) tests -q -m "not slow"

static: format-check lint types types-web

format-check: setup-build
	$(PY) -m ruff format --check $(PYTHON_ROOTS)

lint: setup-build
	$(PY) -m ruff check $(PYTHON_ROOTS)

types: setup-build
	@for roots in $(MYPY_RUNS); do echo "$(PY) -m mypy $$roots"; $(PY) -m mypy $$roots || exit 1; done

types-web: web/build/core/.stamp
	npm --prefix web run --silent types

format: setup-build
	$(PY) -m ruff check --fix --select I $(PYTHON_ROOTS)
	$(PY) -m ruff format $(PYTHON_ROOTS)

# --- Building --------------------------------------------------------------------------------------

build: web/dist/.stamp

web/build/core/.stamp: $(CORE_SOURCES) $(COMPILER_SOURCES) | setup-build
	@echo "== compiling the core to JavaScript"
	@rm -rf web/build/core
	PYTHONPATH=web $(PY) -m compiler $(CORE_FOLDERS) --out web/build/core
	@touch $@

web/dist/.stamp: web/build/core/.stamp $(WEB_SOURCES)
	@echo "== bundling for pages"
	npm --prefix web run --silent build
	@touch $@

web/build/python/.stamp: $(BUNDLE_SOURCES) web/package-lock.json | setup-build
	@echo "== bundling for Python pages"
	$(PY) web/pyodide/build.py
	@touch $@

bundle-pages: setup-build
	$(PY) web/pyodide/build.py --sizes
	@touch web/build/python/.stamp

bundle: build
	@rm -rf dist && mkdir dist
	$(PY) -m hatchling build
	@cp LICENSE web/LICENSE
	cd web && npm pack --silent --ignore-scripts --pack-destination ../dist
	@ls -l dist

# --- The specification -----------------------------------------------------------------------------

# The text is kept, for people to read; the page is not.
DRAFT := draft-wakeful-event-stream-profile-00
XML2RFC := .venv/bin/xml2rfc --no-network --skip-config-files --quiet --no-pagination --path spec

spec: setup-build
	$(XML2RFC) --text spec/$(DRAFT).xml
	$(XML2RFC) --html spec/$(DRAFT).xml

conformance: build
	$(PY) -m wakeful_demo.conformance --parallel 16 --clients spec/conformance/clients.txt --write spec/conformance/results.md

# --- The rest --------------------------------------------------------------------------------------

bench: build
	$(PY) bench/run.py --write parse.md
	@if [ -d .venv-newest ]; then .venv-newest/bin/python bench/run.py --write parse-newest.md; fi

bench-python: build web/build/python/.stamp
	$(PY) bench/python_start.py --write

# Needs uv (https://docs.astral.sh/uv/): the only tool that resolves for every Python and system at once.
lock:
	uv pip compile --group pyproject.toml:dev --universal --python-version 3.11 --generate-hashes \
	  --no-emit-index-url --no-header --quiet --upgrade --output-file requirements/dev.txt

clean:
	rm -rf dist logs web/build web/dist web/LICENSE e2e/artifacts htmlcov .coverage .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find $(PYTHON_ROOTS) -name __pycache__ -type d -prune -exec rm -rf {} +
