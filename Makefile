# Commonweal. Each target builds .venv from the lock first; it takes Python 3.11 or later and its venv module.
HOME_DIR ?= commonweal-home
PORT ?= 8400
export PATH := $(PATH):/usr/sbin
NOT_ROOMS := */adapters/*,*/node/*,*/web/*,*/cli/*
PROGRAMS := chromium:chromium 7zz:7zip gpg:gnupg sshd:openssh-server initdb:postgresql age:age softhsm2-util:softhsm2 curl:curl jq:jq mariadbd:mariadb-server
MADE := .venv/made-from-lock
ORACLE := .venv-oracle/made-from-lock
SPARK := .venv-spark/made-from-lock
RUN := .venv/bin
export UV_HTTP_TIMEOUT ?= 180

.PHONY: help demo test check fix docs bench screens nightly components

help: ## say what there is to make
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1: \2/p' Makefile

demo: $(MADE) ## tell the whole story on real input and leave the node serving (ONCE=1 ends; HOME_DIR=…, PORT=…)
	@$(RUN)/commonweal demo --home "$(HOME_DIR)" --port $(PORT) $(if $(ONCE),--once)

test: check components $(ORACLE) ## check, then every test, with the branches of the rooms counted
	@$(RUN)/pytest -m "not nightly" --numprocesses=auto --dist=loadfile --no-loadscope-reorder --cov=commonweal --cov-branch --cov-report= --cov-fail-under=90
	@$(RUN)/coverage report --skip-covered --omit="$(NOT_ROOMS)" --fail-under=99

check: $(MADE) ## lint, format, types, and the one-way street
	@$(RUN)/ruff check && $(RUN)/ruff format --check && $(RUN)/mypy && $(RUN)/lint-imports

fix: $(MADE) ## mend what ruff can mend
	@$(RUN)/ruff check --fix && $(RUN)/ruff format

docs: $(MADE) ## write the generated reference, then build the documents in docs/_build/html
	@$(RUN)/python -m tests.reference && $(RUN)/sphinx-build -q -W -n --keep-going -b html docs docs/_build/html

bench: $(MADE) components $(ORACLE) ## measure every claim of benchmarks/ against its rivals, into benchmarks/results (QUICK=1: smaller, ten minutes)
	@$(RUN)/python -m benchmarks $(if $(QUICK),--quick)

screens: $(MADE) components ## take a picture of every page, at two widths, into screens/
	@$(RUN)/python -m tests.browser.screens

nightly: PROGRAMS += java:openjdk-17-jre-headless
nightly: $(MADE) components $(ORACLE) $(SPARK) ## every test, the slow ones too, with fresh random examples
	@$(RUN)/pytest --hypothesis-profile=random

$(MADE): uv.lock pyproject.toml hatch_build.py $(wildcard src/commonweal/web/frontend/*)
	@{ python3 -m venv .venv && $(RUN)/pip install --quiet uv==0.13.9 && \
	  $(RUN)/uv sync --frozen --all-extras --reinstall-package commonweal && touch $@; } >&2

$(ORACLE): tests/oracle/requirements.txt
	@{ python3 -m venv .venv-oracle && .venv-oracle/bin/pip install --quiet --require-hashes --requirement $< && touch $@; } >&2

$(SPARK): tests/oracle/spark.txt
	@{ python3 -m venv .venv-spark && .venv-spark/bin/pip install --quiet --require-hashes --requirement $< && touch $@; } >&2

components: ## install the programs that tests and benchmarks start, or name those that are missing
	@missing=""; for each in $(PROGRAMS); do \
	  command -v "$${each%%:*}" >/dev/null || [ -x "$$(ls /usr/lib/postgresql/*/bin/$${each%%:*} 2>/dev/null | tail -1)" ] || missing="$$missing $${each##*:}"; done; \
	[ -z "$$missing" ] || { [ "$$(id -u)" = 0 ] && apt-get install --yes --quiet --no-install-recommends $$missing >&2; } || \
	{ echo "These programs are missing; on Debian: apt-get install$$missing" >&2; exit 1; }
