# Needs nothing beforehand but make and Python 3.11 or newer: make PYTHON=python3.12 test

PYTHON ?= python3
SPEC ?= c3d
WORKERS ?= 2
MINUTES ?= 10
ENDED ?= 300
MUTANTS ?= 100
MUTATED ?= archcalc/core archcalc/ops archcalc/analysis
NETWORKS ?= 2000
SEED ?= 0
DEVICE ?= cpu
KIT ?= build/gpu-kit
KIT_PYTHON ?= 3.12
REPORT_cpu ?= --largest 120G --seconds 4
REPORT_cuda ?= --dtype bf16,tf32 --batch 8,1 --mode inference,training --seconds 1
LAST_cuda ?= --dtype bf16 --batch 8 --channels-last --seconds 1
# A folder for each: thop and the fork of it that Ultralytics uses install packages of one name.
COUNTERS ?= ptflops:ptflops==0.7.5 thop:thop==0.1.1.post2209072238 ultralytics:ultralytics-thop==2.2.3

VENV := .venv
BIN := $(VENV)/bin
# One file under two names: pip from 25.3 on takes the second for the environment it builds in, older ones the first.
PINNED := PIP_CONSTRAINT=constraints.txt PIP_BUILD_CONSTRAINT=constraints.txt
PIP := $(PINNED) $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help install table test check limits fuzz interrupt survey mutate page stress verification audit lint-report conventions reports fits gpu-kit format clean docs gallery catalog site

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

install: $(VENV)/base ## install archcalc into .venv, without the tools of its tests

table: $(VENV)/base ## print the table of a network: make table SPEC=c3d
	@$(BIN)/archcalc table $(SPEC)

test: $(VENV)/test ## format, lint, types, imports and tests: what has to pass
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -n $(WORKERS) --dist worksteal --durations 10

check: test ## the same as test

stress: $(VENV)/test ## verify random networks: make stress NETWORKS=2000 SEED=0
	NETWORKS=$(NETWORKS) SEED=$(SEED) $(BIN)/pytest -n $(WORKERS) tests/measure/test_random_specs.py

audit: $(VENV)/base ## hold all bundled networks against what was published: reports/audit.md
	$(BIN)/archcalc audit --all --format markdown --output reports/audit.md

lint-report: $(VENV)/base ## check the designs of all bundled networks: reports/lint.md
	$(BIN)/archcalc lint --all --exit-zero --format markdown --output reports/lint.md

conventions: $(VENV)/test ## count with the tools whose conventions archcalc has: tests/conventions/figures
	for tool in $(COUNTERS); do \
		$(PIP) install --no-deps --upgrade --target "build/conventions/$${tool%%:*}" "$${tool#*:}" || exit 1; \
		$(BIN)/python -m tests.conventions "$${tool%%:*}" "build/conventions/$${tool%%:*}" || exit 1; \
	done

bench: $(VENV)/bench ## compare speed and memory with other counters: reports/benchmarks.md
	$(BIN)/python -m tests.benchmarks.report reports

limits: $(VENV)/test ## run long and hostile inputs, each a process, and print what they cost: make limits WORDS="WaveNet inputs"
	$(BIN)/python -m tests.benchmarks.limits $(WORDS)

page: $(VENV)/base ## write the page in the browser as static files: build/page, for any host; needs Node for Pyodide
	npm ci --prefix web --ignore-scripts --no-audit --no-fund
	$(BIN)/archcalc serve --export build/page

docs: $(VENV)/test ## write the reference pages of operators and commands
	$(BIN)/python -m docs.generate docs

gallery: $(VENV)/test ## draw the gallery of bundled networks: docs/gallery.md
	$(BIN)/python -m docs.pictures docs

catalog: $(VENV)/test ## draw and list the bundled networks: docs/catalog.md
	$(BIN)/python -m docs.write_catalog docs

site: $(VENV)/site ## write the documentation as a site, with the live page if build/page is there: build/site
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

verification: $(VENV)/test ## verify all bundled networks: reports/verification.md
	$(BIN)/archcalc verify --all --format markdown --output reports/verification.md

reports: $(VENV)/test ## profile bundled networks: make reports DEVICE=cpu, or cuda; run again to continue
	$(BIN)/archcalc report --device $(DEVICE) $(REPORT_$(DEVICE)) --output 'reports/{device}'
	$(if $(filter cuda,$(DEVICE)),$(BIN)/archcalc report --device cuda $(LAST_cuda) --output 'reports/{device}')
	@$(MAKE) --no-print-directory fits

fits: ## take the fits of all reports into archcalc: archcalc/analysis/fits/DEVICE.json
	for fit in reports/*/latency.json; do cp "$$fit" "archcalc/analysis/fits/$$(basename "$$(dirname "$$fit")").json"; done

gpu-kit: $(VENV)/made ## fill build/gpu-kit with what profiling needs on a machine that reaches no registry: docs/profiling.md
	PYTHON=$(BIN)/python bash tools/gpu/prepare.sh $(KIT) $(KIT_PYTHON)

fuzz: $(VENV)/fuzz ## look for mistakes from bytes to drawings, and in command lines: make fuzz MINUTES=10, of CPU
	$(BIN)/python -m tests.fuzz --minutes $(MINUTES)

interrupt: $(VENV)/test ## end every command by Ctrl-C and kill -9 at random moments: make interrupt ENDED=300 SEED=1
	$(BIN)/python -m tests.fuzz.interrupted --commands $(ENDED) --seed $(SEED)

survey: $(VENV)/survey ## import published models and compare counts with PyTorch: make survey SAMPLE=100; run again to continue
	$(BIN)/python -m tests.survey $(if $(SAMPLE),--sample $(SAMPLE)) --report reports/import.md

mutate: $(VENV)/mutate ## the share of mistakes that the quick tests notice: make mutate MUTANTS=100 MUTATED=archcalc/core/window.py
	$(BIN)/python -m tests.mutation --mutants $(MUTANTS) $(MUTATED)

format: $(VENV)/test ## rewrite the code in the house style
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

clean: ## remove what make and the tools made
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .cache
	find archcalc tests -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps say that a step was finished, so one that broke off half-way is done again.
$(VENV)/made:
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; \
	sys.version_info >= (3, 11) or sys.exit("archcalc needs Python 3.11 or newer, $(PYTHON) is " + v + ": make PYTHON=...")'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/base: pyproject.toml constraints.txt | $(VENV)/made
	@echo "installing archcalc into $(VENV)" >&2
	@$(PIP) install --editable .
	@touch $@

$(VENV)/bench: $(VENV)/test
	@$(PIP) install '.[bench]'
	@$(PIP) install --editable .
	@touch $@

$(VENV)/test: pyproject.toml constraints.txt | $(VENV)/made
	@echo "installing archcalc and the tools of its tests into $(VENV)" >&2
	@$(PIP) install --editable '.[test]'
	@touch $@

$(VENV)/site: $(VENV)/base
	@$(PIP) install --editable '.[site]'
	@touch $@

$(VENV)/survey: $(VENV)/test
	@$(PIP) install --editable '.[test,survey]'
	@touch $@

$(VENV)/fuzz: $(VENV)/test
	@$(PIP) install --editable '.[test,fuzz]'
	@touch $@

$(VENV)/mutate: $(VENV)/test
	@$(PIP) install --editable '.[test,mutate]'
	@touch $@
