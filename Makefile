# Everything a person does with this repository. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
export UV_PYTHON_DOWNLOADS := never
# Compiled modules are kept whatever the caller's shell says: without them each worker of each level compiles all of it again.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
RUN := .venv/bin/python
PYTEST := $(RUN) -m pytest -q
ENV ?= dev
MODULES ?= tenant keys cursors boundary table transaction repositories.tenants

help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^## / {printf "\n%s\n", substr($$0, 4)} /^[a-z][a-z0-9-]*:.*## / {printf "  %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

## Develop
setup: ## Install everything, pinned and hashed (every other target does this first; quick when nothing changed)
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or newer is missing: apt-get install python3 python3-venv"; exit 1; }
	@$(PYTHON) -m scripts.bootstrap.toolchain
dev: setup ## Start the whole platform on this machine (DETACH=1 returns when it is ready)
	@$(RUN) -m scripts.local_platform.dev $(if $(filter 1,$(DETACH)),--detach)
dev-down: setup ## Stop what `make dev` started
	@$(RUN) -m scripts.local_platform.down
dev-logs: setup ## Follow the logs of all parts
	@$(RUN) -m scripts.local_platform.logs
format: setup ## Format and repair what can be repaired by itself
	@$(RUN) -m ruff format . && $(RUN) -m ruff check --fix .
openapi: setup ## Write openapi/ambit.openapi.json, the API reference and the web app's types from the routes
	@$(RUN) -m scripts.openapi

events: setup ## Write the catalogue of events and its schemas
	@$(RUN) -m scripts.event_catalogue
	@$(RUN) -m scripts.frontend types

## Test
lint: setup ## Format, lint, types, import arrows
	@$(RUN) -m ruff format --check . && $(RUN) -m ruff check .
	@$(RUN) -m mypy layers data_access_lib lambdas infra scripts agents bench
	@.venv/bin/lint-imports
check: lint ## The inner loop: lint, types, unit and contract tests (under 90 s)
	@$(PYTEST) -n $(or $(WORKERS),auto) --dist worksteal -p no:schemathesis -m "not proof" tests/unit tests/contract
test: setup ## Every level of test but those that need AWS
	@$(RUN) -m scripts.bootstrap.browser
	@$(RUN) -m scripts.levels
long-job: setup ## A real job of half an hour on the running local platform, whose agent is killed twice on the way
	@$(PYTEST) -s --timeout 3000 tests/long/test_half_an_hour.py
security-tests: setup ## Run the security proof, family by family, print its table and write docs/security-tests.md
	@$(PYTEST) -m family tests/isolation
	@$(PYTEST) -m family --ignore tests/isolation
	@$(RUN) -m scripts.proofs security
chaos: setup ## Run the reliability proof, family by family, print its table and write docs/chaos.md (about five minutes, starts the platform)
	@$(RUN) -m scripts.chaos
soak: setup ## A steady rate on the local platform, whose processes must not grow: make soak MINUTES=20
	@AMBIT_SOAK_MINUTES=$(or $(MINUTES),20) $(PYTEST) -s --timeout 7200 tests/long/test_soak.py
mutants-security: setup ## Break the code in the ways an attacker would like, one at a time, and show that the suite goes red each time
	@$(RUN) -m scripts.mutants_security
mutation: setup ## Mutation score of the data access library's core, below 85 % it fails (MODULES="…" for others; MODULES= for all: an hour)
	@$(RUN) -m scripts.mutation $(MODULES)
bench: setup ## Print the numbers as ratios and write bench/results/latest.json
	@$(RUN) -m bench
bench-hop: setup ## Requests a second of the models' door beside LiteLLM's proxy, which is installed for it; writes bench/results/hop.json
	@PYTHONPATH=layers $(RUN) -m bench.hop
agentdojo: setup ## Replay AgentDojo's attacks against policy and taint, print the whole curve (docs/agentdojo.md)
	@$(RUN) -m bench.apart agentdojo
	@.ambit/agentdojo/bin/python -m bench.agentdojo.record .ambit/agentdojo/traces.json
	@PYTHONPATH=layers $(RUN) -m bench.agentdojo .ambit/agentdojo/traces.json

## Agents
agent-push: setup ## Package, deploy and register an agent: make agent-push AGENT=echo-agent ENV=local
	@test -n "$(AGENT)" || { echo "name the agent: make agent-push AGENT=echo-agent ENV=local"; exit 2; }
	@$(RUN) -m scripts.agent_push --agent $(AGENT) --env $(ENV)

## Infrastructure
synth: setup ## Synthesise the CDK app for every stage
	@$(RUN) -m scripts.synth
guard: setup ## Check every synthesised template against the Control Tower rules and ours
	@$(RUN) -m scripts.guard
infra-diff: setup ## What a deployment would change: make infra-diff ENV=dev
	@$(RUN) -m scripts.infra diff --env $(ENV)
infra-deploy: setup ## Deploy a stage: make infra-deploy ENV=dev
	@$(RUN) -m scripts.infra deploy --env $(ENV)
smoke: setup ## Check on AWS what only AWS can show: make smoke ENV=dev
	@AMBIT_SMOKE_ENV=$(ENV) $(PYTEST) -m aws tests/smoke

## Operate (the same commands as `ambit`, for those who remember make)
ops-health: setup ## Is everything there and answering?
	@.venv/bin/ambit doctor
ops-tenants: setup ## List the tenants
	@.venv/bin/ambit tenants list
ops-tenant: setup ## Create a tenant: make ops-tenant TENANT=initech TIER=basic
	@test -n "$(TENANT)" || { echo "name the tenant: make ops-tenant TENANT=initech TIER=basic"; exit 2; }
	@.venv/bin/ambit tenants create $(TENANT) --tier $(or $(TIER),basic)
ops-suspend: setup ## Suspend a tenant within 60 s: make ops-suspend TENANT=acme REASON="…"
	@test -n "$(TENANT)" -a -n "$(REASON)" || { echo 'say who and why: make ops-suspend TENANT=acme REASON="unpaid"'; exit 2; }
	@.venv/bin/ambit tenants suspend $(TENANT) --reason "$(REASON)"
ops-reinstate: setup ## Reinstate a suspended tenant: make ops-reinstate TENANT=acme
	@test -n "$(TENANT)" || { echo "name the tenant: make ops-reinstate TENANT=acme"; exit 2; }
	@.venv/bin/ambit tenants reinstate $(TENANT)

ops-flags: setup ## List the capability flags
	@.venv/bin/ambit flags list
ops-failover: setup ## Where do agents run, and how do the regions answer?
	@.venv/bin/ambit failover status
failover-drill: setup ## Take a region away in the middle of traffic and give it back; wants `make dev` up
	@.venv/bin/ambit failover drill
ops-kill: setup ## Stop a tenant, an agent, a tool or the platform: make ops-kill SCOPE=tenant TARGET=acme REASON="…"
	@test -n "$(SCOPE)" -a -n "$(REASON)" || { echo 'say what and why: make ops-kill SCOPE=tenant TARGET=acme REASON="runs away"'; exit 2; }
	@.venv/bin/ambit kill-switches set $(SCOPE) $(TARGET) --reason "$(REASON)"

.PHONY: $(shell awk -F: '/^[a-z][a-z0-9-]*:/ {print $$1}' $(firstword $(MAKEFILE_LIST)))
