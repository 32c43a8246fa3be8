# What a person does with this checkout. Everything it makes stays in .venv, .cache and dist; `make clean` removes them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-gitops test-faults check bench compare golden judges docs clean

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
RUN := .venv/runtime.stamp
DEV := .venv/dev.stamp
PROGRAMS := .venv/programs.stamp
REDIS := .venv/redis.stamp
DEMO := demo
TESTS ?= tests
EXAMPLES ?= 20000
EVERY ?= 1
FIRST ?= 1

help: ## Show what there is
	@sed -nE 's/^([a-z-]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: $(DEV) $(PROGRAMS) ## Make .venv with everything that development needs

demo: $(RUN) ## Install the platform on a throwaway control plane, and leave it running to look at
	@began=$$SECONDS; \
	$(BIN)/kfinstall local status $(DEMO) >/dev/null 2>&1 || $(BIN)/kfinstall local up --name $(DEMO) --shape gke >/dev/null; \
	export KUBECONFIG=$$($(BIN)/kfinstall local kubeconfig $(DEMO)); \
	$(BIN)/kfinstall apply --platform gke --with spartakus --yes; \
	printf '%s\n' "" \
	  "That took $$((SECONDS - began)) s. It is a throwaway cluster on this machine; to look around:" \
	  "  export PATH=$$PWD/.venv/bin:\$$PATH" \
	  "  export KUBECONFIG=\$$(kfinstall local kubeconfig $(DEMO))" \
	  "  kubectl get pods -A" \
	  "To undo it: 'make clean', or 'kfinstall local down $(DEMO)' to keep .venv."

test: $(DEV) $(PROGRAMS) ## Run every test, end-to-end tests on the local control plane included
	@$(BIN)/python -m pytest -m "not controllers" $(TESTS)

test-gitops: $(DEV) $(PROGRAMS) $(REDIS) ## Have Argo CD's own controllers sync what we print for them; takes Go, and minutes to build
	@$(BIN)/python -m pytest -m controllers tests/gitops

test-faults: $(DEV) ## Kill an installer of the catalogue after each of its requests; takes hours, or less: EVERY=20 FIRST=7
	@KFINSTALL_KILL_EVERY=$(EVERY) KFINSTALL_KILL_FIRST=$(FIRST) $(BIN)/python -m pytest -s tests/faults/test_catalogue.py

check: $(DEV) ## Run the linters: ruff, mypy --strict, import-linter
	$(BIN)/ruff check kfinstall tests benchmarks docs
	$(BIN)/ruff format --check kfinstall tests benchmarks docs
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(DEV) ## Measure, and print every figure the README quotes
	@$(BIN)/python -m benchmarks

compare: $(DEV) ## Compare many made-up trees with kubectl kustomize: make compare EXAMPLES=20000
	@KFINSTALL_DIFFERENTIAL=$(EXAMPLES) $(BIN)/python -m pytest -q tests/build/test_differential.py

golden: $(DEV) ## Write the golden files in tests/ anew; review what changed
	@KFINSTALL_GOLDEN=write $(BIN)/python -m pytest -q tests/golden tests/build/test_golden.py tests/build/test_differences.py

judges: $(DEV) ## Ask kubectl, Argo CD and kstatus anew what they say of each live state in tests/health (takes Go)
	@$(BIN)/python -m tests.health.record

docs: $(DEV) ## Write the generated parts of docs/ anew
	@$(BIN)/python docs/generate.py

clean: ## Stop the demo, and remove everything that make has made
	@if [ -x $(BIN)/kfinstall ]; then $(BIN)/kfinstall local down $(DEMO) 2>/dev/null || true; fi
	rm -rf .venv .cache dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(REDIS): .venv/bin/python
	@command -v redis-server >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get -qq update && RUNLEVEL=1 apt-get -qq install -y --no-install-recommends redis-server >/dev/null; } \
	  || { echo "error: redis-server is not in PATH"; echo "  hint: on Debian and Ubuntu: apt-get install redis-server"; exit 2; }
	@touch $@

.venv/bin/python:
	@command -v $(PYTHON) >/dev/null || { echo "error: $(PYTHON) is not in PATH"; \
	  echo "  hint: install Python 3.11 or newer, or say which: make PYTHON=/path/to/python3"; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "error: $$($(PYTHON) --version) is too old"; \
	  echo "  hint: Python 3.11 or newer is needed; say which: make PYTHON=/path/to/python3"; exit 2; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "error: $(PYTHON) cannot make a virtual environment"; \
	  echo "  hint: on Debian and Ubuntu: apt-get install python3-venv"; exit 2; }

$(RUN): .venv/bin/python pyproject.toml requirements/build.txt requirements/runtime.txt
	@echo "installing locked dependencies into .venv"
	@$(PIP) install -q --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	@$(PIP) install -q --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q kfinstall
	@touch $@

$(DEV): $(RUN) requirements/dev.txt
	@echo "installing locked development dependencies into .venv"
	@$(PIP) install -q --require-hashes -r requirements/dev.txt
	@touch $@

$(PROGRAMS): .venv/bin/python requirements/programs.txt tests/programs/proxy/package-lock.json
	@echo "installing the locked programs that tests run into .venv/programs"
	@rm -rf .venv/programs
	@$(BIN)/python -m venv .venv/programs
	@.venv/programs/bin/python -m pip --disable-pip-version-check install -q --require-hashes -r requirements/programs.txt
	@mkdir .venv/programs/proxy && cp tests/programs/proxy/package*.json .venv/programs/proxy
	@PATH="$$PWD/.venv/programs/bin:$$PATH" npm ci --prefix .venv/programs/proxy --ignore-scripts --no-fund --no-audit --loglevel=error
	@touch $@
