# `make` alone lists the targets. Everything that is needed gets set up first; a second run is instant.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup setup-test demo lint test bench torture corpus clean

BIN := .venv/bin
DEMO := build/demo

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' Makefile

setup: ## install what casebinder needs (Debian packages, .venv)
	@scripts/setup.sh

setup-test: ## the same, and what the tests need besides
	@scripts/setup.sh --tests

demo: setup ## run the main job on a fictional caseload, in build/demo
	@rm -rf $(DEMO)
	@$(BIN)/casebinder demo $(DEMO)

lint: setup-test ## ruff, mypy strict and the import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

test: lint ## lint, then every test
	$(BIN)/pytest

bench: setup ## measure, print and write docs/benchmarks.md
	$(BIN)/python -m benchmarks

torture: setup-test ## kill it 500 times, let every system call fail once, feed every parser rubbish; takes hours
	$(BIN)/python -m scripts.torture --kills 500
	$(BIN)/python -m scripts.torture.faults
	CASEBINDER_FUZZ_EXAMPLES=5000 $(BIN)/pytest tests/fuzz

corpus: ## bind files that other programs made; writes docs/corpus-outcomes.md
	@scripts/setup.sh --corpus
	$(BIN)/python -m scripts.corpus

clean: ## remove what was built; keeps .venv and your cases
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
