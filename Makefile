# `make demo` and `make test` are all a newcomer needs: each makes .venv on its first run.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: demo test lint bench clean

demo: $(VENV)/.installed
	$(BIN)/python examples/demo.py

# pytest last: its closing line is the result.
test: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

# Fetches node on its first run, so it is no part of `make test`, which works offline.
lint: $(VENV)/.installed-dev
	$(BIN)/pyright --pythonpath $(BIN)/python

# Prints speed and memory use. CORPUS: documents; QUESTIONS: a question set; ARTICLES: two counts; ENCODER: a model.
bench: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/speed.py \
	  $(if $(CORPUS),--corpus "$(CORPUS)") \
	  $(if $(QUESTIONS),--questions "$(QUESTIONS)") \
	  $(if $(ARTICLES),--articles $(ARTICLES)) \
	  $(if $(ENCODER),--encoder "$(ENCODER)")

$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.installed: pyproject.toml | $(VENV)/.made
	$(BIN)/python -m pip install -e .
	touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/.made
	$(BIN)/python -m pip install -e '.[dev]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
