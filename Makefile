# `make demo` and `make test` are all a newcomer needs: each makes .venv on its first run.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Processes that run the tests.
WORKERS ?= 2

PEERS := runs/peers
LOWEST := runs/lowest
ADAPTERS := runs/adapters
RAY := runs/ray

.PHONY: demo test coverage lowest lint bench peers adapters ray standing clean

demo: $(VENV)/.installed
	$(BIN)/python examples/demo.py

# pytest last: its closing line is the result. Threads that wait must not keep the cores busy, of which
# the processes beside them have need.
test: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	OMP_WAIT_POLICY=passive $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal

# The same tests, with the lines and branches that they reach counted: that takes up to half as long again.
coverage: $(VENV)/.installed-dev
	OMP_WAIT_POLICY=passive $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --cov

# The quick tests with the lowest versions that pyproject.toml allows, in an environment of its own.
# TORCH: such as torch==2.13.0, where the lowest would come with gigabytes of libraries for GPUs.
lowest: $(LOWEST)/.installed
	OMP_WAIT_POLICY=passive $(LOWEST)/bin/python -m pytest -p no:cacheprovider -n $(WORKERS) --dist worksteal

$(LOWEST)/.installed: pyproject.toml setup.py
	$(PYTHON) -m venv --clear $(LOWEST)
	$(LOWEST)/bin/python -m pip install uv
	echo "$(TORCH)" > $(LOWEST)/override.txt
	$(LOWEST)/bin/uv pip install --python $(LOWEST)/bin/python --resolution lowest-direct \
	  --override $(LOWEST)/override.txt -e '.[dev]'
	touch $@

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

# SpanMem beside its peers, each in an environment of its own below runs/; see docs/benchmarks.md.
peers: $(VENV)/.installed-dev $(foreach peer,haystack transformers txtai,$(PEERS)/$(peer)/.installed)
	$(BIN)/python -m benchmarks.peers.compare --corpus "$(CORPUS)" --questions "$(QUESTIONS)" \
	  $(if $(PASSAGES),--passages $(PASSAGES)) \
	  $(if $(LIMIT),--limit $(LIMIT)) \
	  $(if $(ROUNDS),--rounds $(ROUNDS)) \
	  $(if $(JSON),--json "$(JSON)")

$(PEERS)/%/.installed: benchmarks/peers/%.txt
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install -r $<
	touch $@

# What goes into LangChain, LlamaIndex and Haystack, with the suites of these, each in an environment
# of its own: they cannot share one with certainty.
adapters: $(foreach adapter,langchain llama_index haystack,$(ADAPTERS)/$(adapter)/.installed)
	for adapter in langchain llama_index haystack; do \
	  (cd apps/adapters/$$adapter && $(CURDIR)/$(ADAPTERS)/$$adapter/bin/python -m pytest) || exit 1; \
	done

$(ADAPTERS)/%/.installed: apps/adapters/%/pyproject.toml pyproject.toml setup.py
	$(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install -e '.[client]' -e 'apps/adapters/$*[test]'
	touch $@

# A Ray cluster on this machine, in an environment of its own: its 300 MB are for those who use it.
# TORCH as above.
ray: $(RAY)/.installed
	OMP_WAIT_POLICY=passive $(RAY)/bin/python -m pytest -p no:cacheprovider -m slow \
	  tests/indexer/encoders/test_cluster_of_ray.py

$(RAY)/.installed: pyproject.toml setup.py
	$(PYTHON) -m venv $(RAY)
	$(RAY)/bin/python -m pip install $(TORCH) -e '.[ray,postgres]' hypothesis pytest
	touch $@

# All standing benchmarks into report folders below OUT; DATA: where their files lie.
standing: $(VENV)/.installed-dev
	$(BIN)/python benchmarks/standing.py "$(DATA)" "$(OUT)" $(if $(ONLY),--only $(ONLY)) $(if $(LIMIT),--limit $(LIMIT))

$(VENV)/.made:
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.installed: pyproject.toml setup.py | $(VENV)/.made
	$(BIN)/python -m pip install -e .
	touch $@

$(VENV)/.installed-dev: pyproject.toml setup.py | $(VENV)/.made
	$(BIN)/python -m pip install -e '.[dev]'
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
