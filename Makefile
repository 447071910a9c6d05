# The commands of this project. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
python := ../.venv/bin/python
# They lie outside backend/ and have no .py at their end, so ruff must be told of them.
scripts := $(addprefix ../bin/,services machine.py lock-check demo-smoke lab) ../lab
script_options := --config pyproject.toml

.PHONY: help setup setup-dev demo run test check lint types format imports templates migrations css vendor lock \
	lock-check leaks deploy-check schema client fuzz bench lab lab-down lab-devices screenshots clean

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | awk -F'\t' '{printf "  make %-20s %s\n", $$1, $$2}'

setup: # the environment that runs the product
	@bin/bootstrap runtime

setup-dev: # the same with the tools for tests and checks
	@bin/bootstrap dev

demo: setup ## set everything up and start with demo customers, devices and a first backup (PORT, WEBNET_DATA, WEBNET_DEMO_PASSWORD)
	@exec .venv/bin/webnet demo

run: setup ## start without demo data
	@exec .venv/bin/webnet up

test: setup-dev ## run the whole suite, on SQLite alone and on PostgreSQL and Redis (ARGS="-k name" narrows)
	@bin/test $(ARGS)

check: lint types imports templates migrations css-check vendor-check deploy-check lock-check leaks scan scan-dependencies test ## everything that CI runs

lint: setup-dev ## style and likely mistakes in Python
	@cd backend && $(python) -m ruff check -q --output-format concise . && $(python) -m ruff format -q --check .
	@cd backend && $(python) -m ruff check -q --output-format concise $(script_options) --ignore S603,T201 $(scripts)
	@cd backend && $(python) -m ruff format -q --check $(script_options) $(scripts)
	@echo 'lint: clean'

types: setup-dev ## type check
	@cd backend && $(python) -m mypy .

imports: setup-dev ## the layers of the house: who may import whom
	@cd backend && ../.venv/bin/lint-imports --no-logo

templates: setup-dev ## lint of the HTML templates
	@cd backend && ../.venv/bin/djlint --lint --quiet ../templates

migrations: setup-dev ## models and migrations agree
	@cd backend && DJANGO_SETTINGS_MODULE=webnet.settings_test $(python) manage.py makemigrations --check --dry-run

css: setup-dev ## rebuild the committed CSS (needs Node)
	@bin/css build

css-check: setup-dev
	@bin/css check

vendor-check: setup-dev
	@bin/vendor check

deploy-check: setup-dev
	@bin/check-deploy

lock: setup-dev ## write the lock files from backend/pyproject.toml
	@bin/lock

lock-check: setup-dev
	@bin/lock check

leaks:
	@bin/leaks

scan: setup-dev ## known mistakes in the code (bandit)
	@cd backend && ../.venv/bin/bandit -q -r . -c pyproject.toml 2> >(grep -v 'nosec encountered' >&2)
	@echo 'scan: nothing found'

audit-dependencies: setup-dev ## known holes in the dependencies; fails when nobody could be asked about them
	@bin/audit-dependencies

scan-dependencies: setup-dev # the same, which lets pass what this machine cannot ask, and says so
	@bin/audit-dependencies --where-possible

format: setup-dev ## format Python and sort imports
	@cd backend && $(python) -m ruff check -q --select I --fix . && $(python) -m ruff format -q .
	@cd backend && $(python) -m ruff format -q $(script_options) $(scripts)

schema: setup-dev ## write backend/docs/openapi.yaml from the code
	@bin/schema write

client: setup-dev ## make a Python client of the API in a directory of yours (DIR=path)
	@bin/schema client "$(DIR)"

fuzz: setup-dev ## try the API with random requests, more and other ones than the suite does (EXAMPLES=100 each)
	@cd backend && WEBNET_FUZZ=$(or $(EXAMPLES),100) $(python) -m pytest api/schema/tests/test_fuzz.py -q -n 2 --timeout 0 $(ARGS)

bench: setup-dev ## measure against peers; one line a figure
	@bin/bench $(ARGS)

lab: ## start N real FRRouting routers on this machine (root; LAB=another for a second one)
	@bin/lab install
	@bin/lab --name $(or $(LAB),default) up $(or $(N),4)

lab-down: ## end them; nothing is left
	@bin/lab --name $(or $(LAB),default) down

lab-devices: setup ## make them devices of a customer "Lab" in the installation of WEBNET_DATA
	@bin/lab --name $(or $(LAB),default) inventory | .venv/bin/webnet lab-devices

screenshots: setup-dev ## take the pictures of the README (needs Chromium)
	@bin/screenshots

clean: ## remove what can be made again; data in ./var stays
	@rm -rf .venv .venv.log backend/*.egg-info backend/staticfiles
	@find . -path ./var -prune -o -type d \( -name __pycache__ -o -name '.*_cache' -o -name node_modules \) -prune -exec rm -rf {} +
