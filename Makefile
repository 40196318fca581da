# Commonweal. Each target builds .venv from the lock first; it takes Python 3.11 or later and its venv module.
HOME_DIR ?= commonweal-home
PORT ?= 8400
NOT_ROOMS := */adapters/*,*/node/*,*/web/*,*/cli/*
MADE := .venv/made-from-lock
RUN := .venv/bin
export UV_HTTP_TIMEOUT ?= 180

.PHONY: help demo test check fix docs nightly

help: ## say what there is to make
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1: \2/p' Makefile

demo: $(MADE) ## tell the whole story on real input and leave the node serving (ONCE=1 ends; HOME_DIR=…, PORT=…)
	@$(RUN)/commonweal demo --home "$(HOME_DIR)" --port $(PORT) $(if $(ONCE),--once)

test: check ## check, then every test, with the branches of the rooms counted
	@$(RUN)/pytest -m "not nightly" --cov=commonweal --cov-branch --cov-report= --cov-fail-under=90
	@$(RUN)/coverage report --skip-covered --omit="$(NOT_ROOMS)" --fail-under=99

check: $(MADE) ## lint, format, types, and the one-way street
	@$(RUN)/ruff check && $(RUN)/ruff format --check && $(RUN)/mypy && $(RUN)/lint-imports

fix: $(MADE) ## mend what ruff can mend
	@$(RUN)/ruff check --fix && $(RUN)/ruff format

docs: $(MADE) ## run every fence of the documents
	@$(RUN)/pytest tests/docs -m "not nightly"

nightly: $(MADE) ## every test, the slow ones too, with fresh random examples
	@$(RUN)/pytest --hypothesis-profile=random

$(MADE): uv.lock pyproject.toml
	@{ python3 -m venv .venv && $(RUN)/pip install --quiet uv==0.13.9 && $(RUN)/uv sync --frozen --all-extras && touch $@; } >&2
