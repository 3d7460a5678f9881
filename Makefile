# Two commands for a newcomer: `make demo` and `make test`. Both do all set-up by themselves.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO_ARGS ?=
MUTANTS := .venv-mutants
MUTANTS_ARGS ?= # e.g. --again: only those that the last run left alive

.PHONY: demo test test-kafka faults faults-points faults-short check docs setup tools bench mutants clean help

help: ## what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

setup: $(READY) ## the virtual environment, exactly as locked

$(READY): requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --disable-pip-version-check -r requirements-dev.lock
	$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . 2>/dev/null || \
		$(BIN)/pip install -q --disable-pip-version-check --no-deps -e .
	@touch $(READY)

demo: setup ## a simulated city, everything running (DEMO_ARGS="--once --persons 2000 --seed 7" ends with a summary)
	$(BIN)/hub demo $(DEMO_ARGS)

tools: ## programs the tests start: redis-server, promtool
	@command -v redis-server >/dev/null && command -v promtool >/dev/null || $(MAKE) --no-print-directory install-tools

install-tools:
	@if [ "$$(id -u)" = 0 ]; then S=; else S=sudo; fi; \
	  $$S apt-get update -qq && $$S env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	  redis-server prometheus >/dev/null

kafka-tools: # what Apache Kafka needs here: a Java, and Maven to bring its jars (deploy/local/pom.xml)
	@command -v java >/dev/null && command -v mvn >/dev/null || $(MAKE) --no-print-directory install-kafka-tools

install-kafka-tools:
	@if [ "$$(id -u)" = 0 ]; then S=; else S=sudo; fi; \
	  $$S apt-get update -qq && $$S env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
	  default-jre-headless maven >/dev/null

check: setup ## style, types and the structure of the code
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: setup ## the reference pages in docs/, made from the code
	$(BIN)/python -m tools.reference

test: setup tools check ## everything that needs no Kafka, in under ten minutes (then: make test-kafka)
	$(BIN)/pytest

test-kafka: setup tools kafka-tools ## on a real Apache Kafka and Redis, in six minutes; the first run downloads Kafka
	$(BIN)/pytest -m kafka tests/kafka

RUNS ?= 10
SEED ?= 1
JOBS ?= 2
FAULTS_ARGS ?= --answers

# What the laboratory does without, it says aloud: small disks need root, the workers' clock a C compiler.
faults-tools:
	@command -v cc >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get update -qq && \
	  env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gcc libc6-dev >/dev/null; } || true

faults: setup tools kafka-tools faults-tools ## the fault laboratory: real processes, seeded faults, a history checker (RUNS=300 SEED=1); best as root
	$(BIN)/python -m tests.faults --runs $(RUNS) --seed $(SEED) --jobs $(JOBS) $(FAULTS_ARGS)

faults-points: setup tools kafka-tools faults-tools ## kill -9 at every named point of every lane, in twenty minutes
	$(BIN)/python -m tests.faults --points --jobs $(JOBS)

faults-short: setup tools kafka-tools faults-tools ## a handful of fault runs and two planted bugs, in less than eight minutes
	$(BIN)/python -m tests.faults --short --jobs $(JOBS)

bench: setup ## how fast, as ratios taken in one run
	$(BIN)/python -m tests.runtime.bench_throughput

mutants: $(MUTANTS)/.ready ## change the code in thousands of places, and see which change no test notices (ONLY="fold/today life")
	$(MUTANTS)/bin/python -m tools.mutation $(MUTANTS_ARGS) $(ONLY)
	$(MUTANTS)/bin/python -m tools.mutation_page

# Apart from the other: mutmut wants a newer click than faust does, and the tests that are run need only what is here.
$(MUTANTS)/.ready: requirements-dev.lock requirements-mutants.lock
	$(PYTHON) -m venv $(MUTANTS)
	$(MUTANTS)/bin/pip install -q --disable-pip-version-check -r requirements-dev.lock
	$(MUTANTS)/bin/pip install -q --disable-pip-version-check --no-deps -r requirements-mutants.lock
	@touch $@

clean:
	rm -rf $(VENV) $(MUTANTS) .pytest_cache .mypy_cache .ruff_cache .hypothesis var
