# What people do here, from a bare checkout with Python 3.11 or newer and nothing else.
.DEFAULT_GOAL := help
SHELL := /bin/bash
VENV := .venv
PY := $(VENV)/bin/python
# What is never imported is never compiled: a third of the time.
INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --no-compile
# The pip that comes with Python 3.11 looks at every file of every version of a package: most of the time of a start.
PIP := pip==26.3 --hash=sha256:f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13
# More than there are processors: tests that talk to processes of their own mostly wait.
JOBS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 2)
FIND := for name in "$$PYTHON" python3.11 python3.12 python3.13 python3.14 python3 python; do \
	[ -n "$$name" ] && "$$name" -c 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& { command -v "$$name"; exit; }; done; \
	echo 'Besa needs Python 3.11 or newer with its venv module (Debian: apt-get install python3-venv).' >&2; exit 1

.PHONY: help
help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	@python="$$($(FIND))" && "$$python" -m venv $(VENV)
	@$(INSTALL) -r <(echo '$(PIP)') 2>/dev/null || true # it goes without, too

# A stamp for each lock: what is installed is looked at again only when its lock changes.
$(VENV)/.runs: requirements.lock | $(VENV)/bin/python
	@echo 'Fetching what Besa needs (once) …' >&2
	@$(INSTALL) -r requirements.lock
	@touch $@

$(VENV)/.tests: requirements-test.lock | $(VENV)/bin/python
	@echo 'Fetching what the tests need (once) …' >&2
	@$(INSTALL) -r requirements-test.lock
	@touch $@ $(VENV)/.runs

.PHONY: demo
demo: $(VENV)/.runs ## the helpline on this machine, with its page on http://127.0.0.1:8000 (PORT=… for another)
	@exec $(PY) -m bot demo

.PHONY: test
test: $(VENV)/.tests ## every test, as many files at a time as JOBS says
	@$(PY) -m pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder $(ARGS)

.PHONY: long
long: $(VENV)/.tests ## the tests that take minutes
	@$(PY) -m pytest -m long $(ARGS)

.PHONY: faults
faults: $(VENV)/.tests ## processes killed, stopped and slowed under load, and what it did (SEED=… MINUTES=…)
	@$(PY) -m tests.faults $(if $(SEED),--seed $(SEED)) --seconds $$(( $(or $(MINUTES),1) * 60 ))

.PHONY: scale
scale: $(VENV)/.tests ## the store as a Sentinel set and as a cluster, with a master killed under load
	@$(PY) -m tests.scale

.PHONY: understand
understand: $(VENV)/.tests ## how well messages are understood: the measures of the dev set and the pairs, with their intervals
	@$(PY) -m tests.understanding_score $(ARGS)

.PHONY: check
check: $(VENV)/.runs ## every problem of flows, phrases and directory
	@$(PY) -m bot check

.PHONY: bench
bench: $(VENV)/.runs ## turns per second, beside what is the least possible; what a reading costs
	@$(PY) -m bot bench
	@$(PY) -m tests.bench_understanding

.PHONY: lint
lint: $(VENV)/.tests ## style and types
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy

.PHONY: pictures
pictures: $(VENV)/.tests ## the pictures of the README, made anew from the page itself
	@$(PY) docs/pictures.py

.PHONY: wheel
wheel: $(VENV)/.tests ## the wheel, into dist/
	@$(PY) -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

.PHONY: ci
ci: ## what has to pass before anything is taken in
	@bash .ci/run

.PHONY: lock
lock: | $(VENV)/bin/python ## both locks anew, with the newest of everything
	@$(PY) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install --quiet uv
	@for extra in '--extra test -o requirements-test.lock' '-c requirements-test.lock -o requirements.lock'; do \
		$(VENV)/lock/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-build \
		--no-header --no-annotate --no-emit-index-url --upgrade --quiet $$extra; done
