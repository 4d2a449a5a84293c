# Every command a developer types. `make` alone lists them.
# Everything runs on the Node that package-lock.json pins: node_modules/.bin comes first on PATH.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

EXAMPLE ?= tutor-performance
FILE ?= examples/$(EXAMPLE).yaml
DEMO ?=
BENCH ?=
TESTS ?=
export EXAMPLE DEMO BENCH
# Empty means the command's own default: Make would hand on an empty value otherwise.
$(foreach option,RATE WORKERS SCHEDULES SEED MINUTES,$(if $($(option)),$(eval export $(option))))

INSTALLED := node_modules/.installed
RATE ?=
WORKERS ?=
SCHEDULES ?=
SEED ?=
MINUTES ?=
IMAGE ?=
NAMESPACE ?=
KUBECONFIG ?=
VERSION = $(shell awk -F '"' '/^  "version":/ { print $$4 }' package.json)
SOURCES := $(wildcard core adapters operator worker aggregator exporter cli index.ts)

.PHONY: help setup demo up test e2e check fmt generate bench simulate mutants scaling-lab rescale chaos composite-bounds build image manifest pack clean

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## install the pinned packages, Node 24 included; quick when nothing changed
	@echo "setup: ready, Node $$(node --version)"

$(INSTALLED): package-lock.json
	@echo "setup: installing the packages of package-lock.json (about a minute the first time)"
	@npm ci --no-audit --loglevel=error
	@# npm 10 drops the link of a package whose siblings for other platforms have the same command
	@for binary in node_modules/node-*/bin/node; do \
	  if [ -x "$$binary" ]; then ln -sf "../$${binary#node_modules/}" node_modules/.bin/node; fi; \
	done
	@node -e 'const [major] = process.versions.node.split("."); if (+major < 24) { console.error(`setup: Node 24 or newer is needed, this is $${process.version}: install it from https://nodejs.org`); process.exit(1) }'
	@touch $@

demo: $(INSTALLED) ## a pipeline with generated events on this machine (EXAMPLE=name, DEMO=options)
	@node cli/main.ts demo

up: $(INSTALLED) ## run a pipeline on this machine (EXAMPLE=name, or FILE=pipeline.yaml)
	@node cli/main.ts up -f $(FILE)

test: $(INSTALLED) ## every test, on real servers (TESTS=path picks some)
	@vitest run $(TESTS)

e2e: $(INSTALLED) ## pipelines end to end in a cluster (KUBECONFIG=file, IMAGE=name:tag, TEST_DATABASE_URL=, TEST_REDIS_URL=; ours without)
	@E2E_KUBECONFIG="$(abspath $(KUBECONFIG))" E2E_IMAGE="$(IMAGE)" vitest run tests/e2e/cluster

check: $(INSTALLED) ## types, lint, format, import rules, dead code, and what no tool knows
	tsc
	biome check --error-on-warnings
	depcruise $(SOURCES)
	knip
	node tools/generate.ts --check
	@for check in tests/support/checks/*.ts; do echo "node $$check"; node "$$check"; done

fmt: $(INSTALLED) ## format and fix what can be fixed safely
	@biome check --write

generate: $(INSTALLED) ## write what follows from the code: the CRD, its copy in the chart, reference pages
	@node tools/generate.ts

bench: $(INSTALLED) ## measure throughput and delay on this machine (BENCH=name picks one)
	@node bench/main.ts

simulate: $(INSTALLED) ## many workers on modelled servers through every fault (SCHEDULES=n, SEED=s; one alone is told line by line)
	@node tests/simulation/simulate.ts

mutants: $(INSTALLED) ## show that the simulation finds mistakes that are made on purpose, each within a minute
	@node tests/simulation/mutants.ts

scaling-lab: $(INSTALLED) ## the autoscaler beside others under simulated loads; writes the tables and plots of docs/autoscaling.md (SEED=s: only prints)
	@node tests/scaling-lab/scaling-lab.ts

rescale: $(INSTALLED) ## worker processes on real servers from 1 to 8, 1, 0 and 3 under load, again and again (MINUTES=n)
	@node tests/rescale/main.ts

chaos: $(INSTALLED) ## faults at random over worker processes on real servers (MINUTES=n, SEED=s)
	@node tests/chaos/main.ts

composite-bounds: $(INSTALLED) ## how close composites come and how old they get, in counted and in real time (MINUTES=n, SEED=s)
	@node tests/composite-bounds/main.ts

build: $(INSTALLED) ## what ships to npm, in dist/: processes, the library, mp
	@node tools/build.ts

image: ## the image of all processes, by Docker (IMAGE=name:tag)
	@docker build --tag $(or $(IMAGE),metrics-pipeline-operator:$(VERSION)) .

manifest: $(INSTALLED) ## one manifest that installs the operator, dist/install.yaml (IMAGE=name:tag, NAMESPACE=name)
	@node tools/render-install.ts $(if $(IMAGE),--image $(IMAGE)) $(if $(NAMESPACE),--namespace $(NAMESPACE))

pack: $(INSTALLED) ## build, and pack what npm would publish, in dist/
	@npm pack --ignore-scripts=false --loglevel=error --pack-destination dist

clean: ## remove what was built or installed here; databases in .mp stay
	rm -rf node_modules dist coverage bench/out
