# Two commands matter: `make demo` shows a gym working, `make test` proves it.
.DEFAULT_GOAL := help
.PHONY: help demo test lint format fuzz soak bench screenshots docs footage lock sbom image-test clean
SHELL := /bin/bash
# Where it is set, as in many images, each of the processes that tests start compiles everything anew.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PACKAGES := gateway devices vision recommender sync provisioning
# Tests that wait for brokers, cameras and kills leave a third of a processor idle.
WORKERS ?= $(shell echo $$(( ($$(nproc) * 3 + 1) / 2 )))
SAY := @printf '\033[1m%s\033[0m\n'

help: ## list these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

demo: .make/demo ## a whole gym on this machine; Ctrl-C ends it (ARGS="--seconds 30" passes options)
	@$(BIN)/gymbox demo $(ARGS)

test: .make/system .make/dev lint ## everything CI checks: lint, types, house rules, unit, integration and fault tests
	$(SAY) "Pose model"
	@$(BIN)/gymbox models pull blazepose
	$(SAY) "Tests"
	@$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder \
	  --reruns 1 --max-suite-reruns 10 --rerun-show-tracebacks $(ARGS)
	$(SAY) "make test: all green"

lint: .make/dev ## style, types, import contracts
	$(SAY) "Lint"
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy && $(BIN)/lint-imports

format: .make/dev ## rewrite the code in house style
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

fuzz: .make/dev ## a million arbitrary frames and a million arbitrary messages through the decoders (minutes)
	@GYMBOX_FUZZ=1000000 $(BIN)/python -m pytest tests/unit/devices/test_fuzz.py $(ARGS)

soak: .make/system .make/dev ## two hundred kills of box and cloud, a thousand power cuts, a whole retraining (an hour)
	@GYMBOX_KILLS=200 GYMBOX_POWER_CUTS=500 GYMBOX_RETRAINING=1 $(BIN)/python -m pytest --timeout 7200 \
	  tests/faults/test_upload_kill.py tests/faults/test_cloud_kill.py tests/faults/power_cut \
	  tests/integration/test_retraining.py $(ARGS)

bench: .make/system .make/dev ## every figure in the docs, each beside a peer (FOOTAGE=DIR counts your clips)
	@for benchmark in benchmarks/*.py; do printf '\033[1m%s\033[0m\n' "$$benchmark"; $(BIN)/python "$$benchmark" $(if $(FOOTAGE),--footage $(FOOTAGE)) || exit 1; done
	$(SAY) "make bench: done"

screenshots: .make/system .make/dev ## pictures in the docs, taken from the running demo
	@$(BIN)/python -m docs.screenshots
	$(SAY) "make screenshots: docs/images is fresh"

docs: .make/dev ## write docs/reference anew from the code
	@$(BIN)/python docs/reference.py
	$(SAY) "make docs: docs/reference is fresh"

footage: .make/system .make/dev ## render the demo athlete anew (minutes)
	@$(BIN)/python -m vision.footage.render

lock: .make/dev ## resolve the dependencies anew
	@.ci/lock

sbom: .make/dev ## what box and cloud are made of, as CycloneDX documents in build/
	@mkdir -p build
	@for part in box cloud; do $(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible \
	  --output-format JSON --output-file build/sbom-$$part.json requirements/$$part.txt || exit 1; done
	$(SAY) "make sbom: build/sbom-box.json, build/sbom-cloud.json"

image-test: .make/system ## build the container image without a container engine and ask it /readyz
	@.ci/image-test

clean: ## forget the environment and every cache
	rm -rf $(VENV) .make .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist

# --- set-up: each stamp is made once, so that everything works offline afterwards

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Gymbox needs Python 3.11 or newer; name one: make PYTHON=python3.12 …"; exit 2; }
	$(SAY) "Virtual environment"
	@$(PYTHON) -m venv $(VENV) 2>/dev/null || { .ci/system-packages python3-venv && $(PYTHON) -m venv --clear $(VENV); }

.make/demo: requirements/cloud.txt pyproject.toml | $(BIN)/python
	$(SAY) "Dependencies of box and cloud (once; a minute or two)"
	@$(PIP) install --quiet --progress-bar on --require-hashes -r requirements/cloud.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@mkdir -p .make && touch $@

.make/dev: requirements/dev.txt pyproject.toml | $(BIN)/python
	$(SAY) "Dependencies for development (once; a minute or two)"
	@$(PIP) install --quiet --progress-bar on --require-hashes -r requirements/dev.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@mkdir -p .make && touch .make/demo $@

.make/system: .ci/system-packages
	$(SAY) "System packages for the tests (once)"
	@.ci/system-packages $$(cat .ci/system-packages.txt)
	@mkdir -p .make && touch $@
