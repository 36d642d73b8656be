# Everything runs in .venv, made from the hash-locked requirements. `make help` lists what there is.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help demo check unit test lint format bench faults docs lock build clean

help:  ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/run.stamp  ## environment, `sbdk init demo`, `sbdk dev`: from nothing to published, tested marts
	@test -d demo || $(BIN)/sbdk init demo --template saas --yes >/dev/null
	cd demo && ../$(BIN)/sbdk dev
	@echo
	cd demo && ../$(BIN)/sbdk query "select * from user_metrics order by lifetime_value desc limit 5"

check: lint unit  ## before each commit: lint, and the tests that start no process (two minutes)

unit: .venv/dev.stamp
	$(BIN)/python -m pytest -n logical --dist worksteal -m "unit and not faults"

test: .venv/dev.stamp  ## the whole suite, as CI runs it
	-@sh tools/chromium.sh >/dev/null  # tests that need it are skipped without it; likewise octokit
	-@$(BIN)/python tools/octokit.py >/dev/null
	$(BIN)/python tools/suite.py $(PYTEST)

lint: .venv/dev.stamp  ## ruff, mypy --strict, import-linter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: .venv/dev.stamp  ## let ruff fix what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: .venv/dev.stamp  ## speed and memory against named baselines; a table, and JSON in bench/results/
	$(BIN)/python -m bench

faults: .venv/dev.stamp  ## the long fault campaigns (hours); CAMPAIGN=file FROM=0 TO=100 runs a portion
	SBDK_FAULT_TRIALS=300 $(BIN)/python -m pytest -m faults --timeout 0 --record \
		$(if $(FROM),--from $(FROM)) $(if $(TO),--to $(TO)) $(CAMPAIGN)

lock: .venv/dev.stamp  ## resolve the locked requirements again, without index addresses
	$(BIN)/python tools/lock.py

build: .venv/dev.stamp  ## wheel and source distribution in dist/
	$(BIN)/uv build --quiet

clean:  ## remove what was built
	rm -rf .venv build dist demo

.venv/setup.stamp: requirements-setup.lock
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-setup.lock
	touch $@

.venv/run.stamp: .venv/setup.stamp requirements.lock pyproject.toml
	test -e .venv/dev.stamp || $(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --no-deps --editable .
	touch $@

.venv/dev.stamp: .venv/setup.stamp requirements-dev.lock pyproject.toml
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements-dev.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --no-deps --editable .
	touch $@
