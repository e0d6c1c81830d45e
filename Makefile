# Two commands need nothing but Python 3.11, 3.12 or 3.13 (with venv and pip) and make: `make demo` and `make test`.
# Everything is installed into $(VENV) from the hash-checked locks; a stamp file makes the second run quick.

SHELL := /bin/sh
VENV ?= .venv
PYTHON ?=
JOBS ?= 2
DEMO ?= out/demo

bin := $(VENV)/bin
product := $(VENV)/.product-installed
develop := $(VENV)/.develop-installed
pip := $(bin)/python -m pip --disable-pip-version-check --no-input

# What is published as source only; it is built with the locked setuptools, which is therefore installed first.
wheels_only := --only-binary :all: --no-binary names,google-apitools

find_python = for name in $(PYTHON) python3.11 python3.12 python3.13 python3 python; do \
	"$$name" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& { echo "$$name"; break; }; done

.DEFAULT_GOAL := help
.PHONY: help install demo test test-browser pictures torture soak fuzz test-engines bench bench-check bench-record lint format types layers package docs lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(bin)/python:
	@found=$$($(find_python)); \
	if [ -z "$$found" ]; then \
		echo "No Python 3.11, 3.12 or 3.13 with venv and pip was found." >&2; \
		echo "Install one (Debian, Ubuntu: apt install python3 python3-venv) or name it: make demo PYTHON=/path/to/python3" >&2; \
		exit 1; \
	fi; \
	echo "Making $(VENV) with $$found"; "$$found" -m venv $(VENV)

$(product): requirements.lock pyproject.toml $(wildcard transforms/engine/native/*) | $(bin)/python
	@echo "Installing wirecopy and what it needs into $(VENV) (about 950 MB on disk; only the first time)"
	@awk '/^[^ ]/ { wanted = /^setuptools==/ } wanted' requirements.lock > $(VENV)/setuptools.lock
	@$(pip) install --quiet --require-hashes --only-binary :all: -r $(VENV)/setuptools.lock
	@$(pip) install --quiet --require-hashes --no-build-isolation $(wheels_only) -r requirements.lock
	@$(pip) install --quiet --no-deps --no-build-isolation -e .
	@$(bin)/python -m compileall -q pipeline schemas transforms
	@touch $@

$(develop): requirements-dev.lock $(product)
	@echo "Installing what the tests need into $(VENV) (as much again; only the first time)"
	@$(pip) install --quiet --require-hashes --no-build-isolation $(wheels_only) -r requirements-dev.lock
	@touch $@

install: $(product)  ## install the product alone into .venv

demo: $(product)  ## run the main job on examples/articles and show rows of each table
	@rm -rf $(DEMO)
	$(bin)/wirecopy run --input 'examples/articles/*' --output $(DEMO)
	@$(bin)/python examples/show.py $(DEMO)

test: $(develop)  ## run the tests; those that compare times come last, with nothing beside them
	$(bin)/python -m pytest -n $(JOBS) -m 'not growth'
	$(bin)/python -m pytest -m growth

test-browser: $(develop)  ## the report in a headless chromium (apt install chromium); REPORT=page.html tests that page
	@command -v $${CHROMIUM:-chromium} >/dev/null || { echo "No chromium: apt install chromium, or CHROMIUM=/path/to/it" >&2; exit 1; }
	@$(pip) install --quiet playwright==1.65.2 axe-playwright-python==0.1.8
	$(bin)/python -m pytest tests/browser

soak: $(develop)  ## stream under a steady feed and a burst, with delays and memory; SOAK_MINUTES=5 SOAK_BURST=2000
	$(bin)/python -m pytest tests/soak

pictures: $(develop)  ## take the pictures in the docs anew, of the examples' report (needs chromium)
	@$(pip) install --quiet playwright==1.65.2 axe-playwright-python==0.1.8
	WIRECOPY_RENEW_DOCS=1 $(bin)/python -m pytest -q tests/browser/test_pictures.py

test-engines: $(develop)  ## on Prism, Flink, Spark and Pub/Sub (Go, Java 17, Maven), and the package by itself: minutes
	@$(pip) install --quiet pyspark==4.3.0
	@for tool in go java mvn; do command -v $$tool >/dev/null || echo "WITHOUT $$tool: its engines are NOT tested" >&2; done
	$(bin)/python -m pytest -rs --durations=5 tests/engines $(ENGINES)

TORTURE_KILLS ?= 200
torture: $(develop)  ## kill real processes TORTURE_KILLS=200 times, fail their storage, feed them every hostile input
	TORTURE_KILLS=$(TORTURE_KILLS) $(bin)/python -m pytest -rP tests/faults

FUZZ_SECONDS ?= 600
fuzz: $(develop)  ## fuzz parsing and cleaning, led by coverage where atheris can be installed; FUZZ_SECONDS=600 each
	@$(pip) install --quiet atheris==3.1.0 || echo "atheris is not to be had for this Python: inputs are damaged at random"
	$(bin)/python tests/fuzz/fuzz_parsing.py --what parsing --seconds $(FUZZ_SECONDS)
	$(bin)/python tests/fuzz/fuzz_parsing.py --what cleaning --seconds $(FUZZ_SECONDS)

bench: $(develop)  ## beside a plain script and a naive Beam pipeline; ARTICLES=file.jsonl.gz, BENCH='--largest 30000'
	@$(pip) install --quiet -r benchmarks/requirements.txt
	$(bin)/python benchmarks/compare.py $(ARTICLES) $(BENCH)

bench-check: $(develop)  ## fail where a ratio is more than 15 % worse than the recorded one; minutes
	@$(pip) install --quiet -r benchmarks/requirements.txt
	$(bin)/python benchmarks/compare.py --check

bench-record: $(develop)  ## record the ratios anew, on a machine that does nothing else
	@$(pip) install --quiet -r benchmarks/requirements.txt
	$(bin)/python benchmarks/compare.py --record

lint: $(develop)  ## style and common mistakes
	$(bin)/ruff check .
	$(bin)/ruff format --check .

format: $(develop)  ## put the code into the style that lint wants
	$(bin)/ruff check --fix .
	$(bin)/ruff format .

types: $(develop)  ## type checks: strict on schemas and the pure transforms
	$(bin)/mypy

layers: $(develop)  ## imports go down only: pipeline, transforms, schemas
	$(bin)/lint-imports

package: $(develop)  ## build sdist and wheel and look into them
	rm -rf dist
	$(bin)/python -m build --no-isolation --outdir dist . >/dev/null
	$(bin)/check-wheel-contents dist/*.whl
	$(bin)/validate-pyproject pyproject.toml

docs: $(develop)  ## write the answers in the docs anew
	WIRECOPY_RENEW_DOCS=1 $(bin)/python -m pytest -q -p no:cacheprovider tests/docs
	git --no-pager diff --stat -- README.md docs

lock: $(develop)  ## renew both locks
	printf 'setuptools>=77\n' | $(bin)/uv pip compile pyproject.toml - --quiet --upgrade \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--custom-compile-command 'make lock' --output-file requirements.lock
	printf 'setuptools>=77\n' | $(bin)/uv pip compile pyproject.toml - --quiet --upgrade --extra dev \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
		--constraints requirements.lock \
		--custom-compile-command 'make lock' --output-file requirements-dev.lock

clean:  ## remove what can be made again, .venv included
	rm -rf $(VENV) build dist out *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.git/*' -exec rm -rf {} +
