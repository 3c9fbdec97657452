# Everything runs in .venv, which pipeline/env.py makes and keeps up to date.

PORT ?= 8000
PY := .venv/bin/python
STAGES := lint unit check validate book browser bare
JOBS ?= 2
# What a stage prints stays together, where make can do that.
TOGETHER := $(if $(filter output-sync,$(.FEATURES)),--output-sync=recurse)

.DEFAULT_GOAL := help
.PHONY: help env site test $(STAGES) peers bench notebooks format constraints clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

# Any Python 3 can start env.py, which then looks for one that the book supports.
# The Python is tried rather than looked up: version managers leave names behind that do not run.
env: ## make .venv ready; every other target does this first
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11; do \
	    if $$python -c '' >/dev/null 2>&1; then exec $$python pipeline/env.py; fi; \
	done; \
	echo 'python3 is missing. The book needs Python 3.11, 3.12 or 3.13:' >&2; \
	echo '    Debian, Ubuntu   sudo apt install python3 python3-venv' >&2; \
	echo '    macOS            brew install python@3.12' >&2; \
	echo '    Others           https://www.python.org/downloads/' >&2; \
	exit 1

site: book ## build the website and serve it on this machine (PORT=8000)
	@$(PY) -m pipeline serve --port $(PORT)

test: env ## run every check, with its time; the long ones two at a time (JOBS=2)
	@$(MAKE) --no-print-directory tested-lint tested-check
	@$(MAKE) --no-print-directory -j$(JOBS) $(TOGETHER) \
	    tested-browser tested-unit tested-bare tested-validate

# The browser needs the book and takes longest, so the two go in one piece, and first.
BEFORE_browser := book
tested-%:
	@for stage in $(BEFORE_$*) $*; do \
	    echo "== $$stage"; start=$$(date +%s); \
	    $(MAKE) --no-print-directory -j1 $$stage || { echo "== $$stage failed"; exit 1; }; \
	    echo "== $$stage passed in $$(( $$(date +%s) - start )) s"; \
	done

lint: env ## code style and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

unit: env ## the library's tests and the examples in its documentation
	$(PY) -m pytest -m "not browser and not bare"

check: env ## chapters against notebooks, claims, exercises and pictures' descriptions
	$(PY) -m pipeline check

# strict: figures are compared too, and a notebook without outputs fails.
validate: env ## run every notebook and compare all its outputs
	OMP_NUM_THREADS=1 $(PY) -m pytest --nbval --nbval-current-env -p pipeline.strict \
	    --nbval-cell-timeout 300 -p no:cacheprovider notebooks

book: env ## build the website into _build/html
	$(PY) -m pipeline book

browser: env ## the built website in Chromium
	$(PY) -m pytest -m browser

bare: env ## the notebooks with nothing but the package, and as on Binder
	$(PY) -m pytest -m bare

peers: env ## the libraries that slopes is compared with: torch, optax, keras (large)
	$(PY) -m pip install --quiet -r requirements-peers.txt -c constraints.txt

bench: peers book ## measure slopes against its peers into benchmarks/RESULTS.md (BENCH=--quick: sooner)
	@echo '# Results' >benchmarks/RESULTS.md
	@for name in imports steps paths batches figures; do \
	    echo >>benchmarks/RESULTS.md; \
	    $(PY) -m benchmarks.$$name $(BENCH) >>benchmarks/RESULTS.md || exit 1; \
	done
	@cat benchmarks/RESULTS.md

notebooks: env ## make all notebooks again from the chapters
	$(PY) -m pipeline notebooks

format: env ## put the code into the style that lint asks for
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

# uv solves for all Pythons and systems at once. Versions that are pinned stay where they are;
# UPGRADE=--upgrade moves all of them, UPGRADE="-P numpy" one.
# From Binder's list come only the packages; hatchling and editables build this one.
constraints: env ## pin what the requirements need (UPGRADE=--upgrade: newer versions)
	$(PY) -m pip install --quiet uv
	(echo hatchling; echo editables; sed '/^-c/d; /^\.$$/d' binder/requirements.txt) | \
	    $(PY) -m uv pip compile requirements.txt pyproject.toml - --output-file constraints.txt \
	    --universal --fork-strategy fewest --python-version 3.11 --no-annotate --quiet $(UPGRADE) \
	    --custom-compile-command "make constraints"

clean: ## remove what was built; .venv and node_modules stay
	rm -rf _build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .jupyterlite.doit.db
