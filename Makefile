# Two commands for people, each with all of its set-up: make chat, make test.
# PYTHON chooses the interpreter (3.11 or newer); everything is installed into ./.venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check

.PHONY: chat test lint bench clean

chat: $(VENV)/runtime  ## chat with the bundled brief in the browser
	$(BIN)/qa chat

test: $(VENV)/develop  ## run all tests
	$(BIN)/python -m pytest

lint: $(VENV)/develop  ## what .ci/run checks besides the tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/develop  ## quality and speed, as quoted in README
	$(BIN)/python -m tests.benchmarks.quality
	$(BIN)/python -m tests.benchmarks.speed

$(VENV)/python:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/runtime: $(VENV)/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV); the first time this takes a minute or two."
	$(PIP) install --constraint constraints.txt --editable .
	touch $@

$(VENV)/develop: $(VENV)/python pyproject.toml constraints.txt
	@echo "Installing into $(VENV); the first time this takes a minute or two."
	$(PIP) install --constraint constraints.txt --editable ".[test]"
	touch $@ $(VENV)/runtime

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
