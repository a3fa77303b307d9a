# Everything from a clean clone with Python 3.11+ and make. `make help` lists the targets.
# PYTHON picks the interpreter (default: the first of these that is 3.11 or newer); ARGS goes to pytest, or to the study.
CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11 python
IS_RECENT := 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for p in $(CANDIDATES); do $$p -c $(IS_RECENT) 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
DEMO := demo
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help venv demo test test-local test-long test-ray install lint format docs site pictures test-docs bench bench-scaling bench-peers torture fuzz audit coverage clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/:/' | awk -F: '{printf "make %-13s%s\n", $$1, $$2}'

# One stamp per set of extras: nothing is installed again until the declarations change.
$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "crossoracle needs Python 3.11 or newer (set PYTHON=...)" >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.stamp-core: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/.stamp-%: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e ".[$*]"
	@touch $@

venv: $(VENV)/.stamp-core  ## the environment with crossoracle in it

install: $(VENV)/.stamp-crosscheck,test,lint,docs,local  ## everything that lint and the tests need, at once
	@cd $(VENV) && touch .stamp-core .stamp-docs .stamp-crosscheck,test .stamp-crosscheck,test,docs \
		.stamp-crosscheck,test,lint .stamp-crosscheck,test,lint,docs .stamp-local,test

demo: $(VENV)/.stamp-core  ## a whole study on generated videos, up to demo/report.html
	$(BIN)/crossoracle demo --out $(DEMO)

test: $(VENV)/.stamp-crosscheck,test  ## all tests but the long studies
	$(BIN)/python -m pytest -n 3 --dist loadfile -m "not slow and not local" $(ARGS)

test-local: $(VENV)/.stamp-local,test  ## the tests of models in this process; installs torch
	$(BIN)/python -m pytest -m "local and not slow" $(ARGS)

test-long: $(VENV)/.stamp-crosscheck,test,docs  ## the tests that take long, of everything but models and clusters
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "slow and not local and not ray" $(ARGS)

test-ray: $(VENV)/.stamp-ray,test  ## the tests of labelling on a Ray cluster; installs ray
	$(BIN)/python -m pytest -m "ray and not slow" $(ARGS)

lint: $(VENV)/.stamp-crosscheck,test,lint,docs  ## style, types, the layers of the house, spelling, the site
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/typos
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet --site-dir build/site

format: $(VENV)/.stamp-crosscheck,test,lint  ## rewrite the code in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.stamp-core  ## write docs/reference/ from the declarations
	$(BIN)/python docs/build.py

site: $(VENV)/.stamp-docs  ## the site of the docs, into site/; open site/index.html
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

pictures: demo  ## the pictures of README and docs, from the demonstration
	$(BIN)/python docs/draw.py $(DEMO)

test-docs: $(VENV)/.stamp-crosscheck,test,docs  ## every command of README and docs, the long ones too
	$(BIN)/python -m pytest tests/docs $(ARGS)

bench: $(VENV)/.stamp-crosscheck,test  ## time and memory of the main jobs, into bench/results/
	$(BIN)/python -m bench

bench-scaling: $(VENV)/.stamp-crosscheck,test  ## from a hundredth of the published corpus to ten times as many videos; an hour
	$(BIN)/python -m bench.scaling

bench-peers: $(VENV)/.stamp-crosscheck,test  ## the closest peers at the same work, each in its environment; needs an index
	$(BIN)/python -m bench.peers

torture: $(VENV)/.stamp-crosscheck,test  ## everything breaks: runs are killed, calls fail, for ten minutes
	$(BIN)/python -m bench.torture

fuzz: $(VENV)/.stamp-crosscheck,test  ## damaged input for every reader, a minute each (ARGS=SECONDS)
	$(BIN)/python -m bench.fuzz $(ARGS)

audit: $(VENV)/.stamp-core  ## compare the pinned dependencies with known advisories; needs a network
	$(BIN)/python -m venv build/audit
	build/audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	build/audit/bin/pip-audit --requirement constraints.txt --no-deps --disable-pip

coverage: $(VENV)/.stamp-crosscheck,test  ## the long simulation of interval coverage
	$(BIN)/python -m bench.coverage --datasets 2000 --out docs/coverage.md $(ARGS)

clean:  ## remove the environment, the demo and every cache
	rm -rf $(VENV) $(DEMO) site build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
