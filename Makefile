# What a user does, one target each. Settings: the environment or .env (see .env.example).
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= $(shell for v in 3.11 3.12 3.13 3; do command -v python$$v && break; done)
# Relative: the project's own path may hold spaces.
BIN := .venv/bin
# Compiled at once: where Python may not write beside the packages, each process would do it anew.
INSTALL := $(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -c constraints.txt
export DBT_PROJECT_DIR := $(CURDIR)/dbt_project
export DBT_PROFILES_DIR := $(CURDIR)/dbt_project
ORDERS ?= 90000
SEED ?= 42
STEPS ?= 60
EXAMPLES ?= 20
CHANGES ?= 8
DAYS ?= 14
ITEMS ?= 100000
ROUNDS ?= 5

.PHONY: help
help: ## Show this list.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 22

.venv/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check uv==0.13.9
	$(INSTALL) -e '.[dashboards]'
	touch $@

.venv/.installed-dev: .venv/.installed
	$(INSTALL) -e '.[dev]'
	touch $@

.venv/.installed-observability: .venv/.installed
	$(INSTALL) -e '.[observability]'
	touch $@

# Does not resolve beside ours, and needs DuckDB 1.5 (benchmarks/sqlmesh.py).
.venv/.installed-sqlmesh: .venv/.installed
	$(PYTHON) -m venv .venv/sqlmesh
	$(BIN)/uv pip install --quiet --python .venv/sqlmesh/bin/python \
		'sqlmesh[dbt]==0.236.4' dbt-core==1.11.16 dbt-duckdb==1.11.1 duckdb==1.5.6
	touch $@

.PHONY: setup
setup: .venv/.installed ## Install the pinned packages into .venv.

.PHONY: setup-dev
setup-dev: .venv/.installed-dev ## The same, and the tools that check the code.

.PHONY: demo
demo: setup ## The sample company, from its database to published marts.
	@started=$$(date +%s) \
	&& $(BIN)/seeds-oltp seed --orders=$(ORDERS) --seed=$(SEED) --replace \
	&& $(BIN)/dw run \
	&& $(BIN)/dw summary --seconds=$$(($$(date +%s) - started))

.PHONY: demo-adventureworks
demo-adventureworks: setup ## A real bicycle company's database, through its mapping.
	@$(MAKE) --no-print-directory demo-foreign NAME=adventureworks

.PHONY: demo-olist
demo-olist: setup ## A real Brazilian marketplace's database, through its mapping.
	@$(MAKE) --no-print-directory demo-foreign NAME=olist

.PHONY: demo-shop
demo-shop: export DW_DATA_DIR := $(CURDIR)/.data/$(or $(PLATFORM),woocommerce)
demo-shop: setup ## The sample company as a platform's shop on MariaDB, to published marts (PLATFORM=woocommerce).
	@started=$$(date +%s) && . ./env.sh \
	&& python -m seeds_oltp.shops --orders=$(if $(filter command line environment,$(origin ORDERS)),$(ORDERS),3000) \
		--seed=$(SEED) $(or $(PLATFORM),woocommerce) dw run \
	&& $(BIN)/dw summary --seconds=$$(($$(date +%s) - started))

.PHONY: demo-spark
demo-spark: setup ## A small company on Spark and Iceberg, every row compared with DuckDB's (ORDERS=1000).
	$(INSTALL) -e '.[spark]'
	ci/spark.sh $(if $(filter command line environment,$(origin ORDERS)),$(ORDERS))

.PHONY: demo-foreign
demo-foreign: export DW_DATA_DIR := $(CURDIR)/.data/$(NAME)
demo-foreign: export DW_SOURCE := $(NAME)
# Empty: the database in that folder, whatever .env says.
demo-foreign: export DW_OLTP_URL :=
demo-foreign:
	@started=$$(date +%s) && . ./env.sh && mkdir -p "$$DW_DATA_DIR" \
	&& python -m seeds_oltp.csv_database "$${DW_SHARED_DATA:-../shared/data}/$(NAME)" "$$DW_DATA_DIR/oltp.sqlite" \
	&& $(BIN)/dw run \
	&& $(BIN)/dw summary --seconds=$$(($$(date +%s) - started))

.PHONY: seed
seed: setup ## Create the sample OLTP (ORDERS=90000 SEED=42).
	$(BIN)/seeds-oltp seed --orders=$(ORDERS) --seed=$(SEED)

.PHONY: load
load: setup ## Load what changed at the source into staging.
	$(BIN)/dw load

.PHONY: build
build: setup ## Build and test the warehouse.
	. ./env.sh && dbt build

.PHONY: run
run: setup ## The daily run: load, build, reconcile, publish.
	$(BIN)/dw run

.PHONY: spark-compact
spark-compact: setup ## Superseded rows and snapshots of more than a week away, small files into few.
	@export DW_TARGET=spark && . ./env.sh && python -m loader.landing \
	&& dbt run-operation compactar

.PHONY: smoke
smoke: setup ## Test what readers have after a load: fresh, whole, and answered.
	$(BIN)/dw smoke

.PHONY: api
api: setup ## The JSON API on http://127.0.0.1:8502/api/health.
	$(BIN)/python -m dashboards.api_server

.PHONY: dashboards
dashboards: setup ## The dashboards on what was published: http://127.0.0.1:8501.
	@$(BIN)/streamlit run dashboards/server.py

.PHONY: docs
docs: setup ## The dictionary, its lineage, and the settings in .env.example and README.
	. ./env.sh && dbt docs generate --vars '{offline: full}'
	$(BIN)/python -m dashboards.dictionary.documents
	$(BIN)/python -m core.settings_docs
	$(BIN)/python -m ci.architecture

.PHONY: lint
# The SQL is compiled against a warehouse of its own: an empty one.
lint: export DW_DATA_DIR := $(CURDIR)/.data/lint
lint: setup-dev ## Check style and types.
	@mkdir -p "$(DW_DATA_DIR)"
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 dbt_project/models dbt_project/tests dbt_project/analyses

.PHONY: check-tsql
check-tsql: setup-dev ## Check all SQL against SQL Server's grammar, with no server.
	PATH="$(CURDIR)/$(BIN):$$PATH" ci/check_tsql.sh

.PHONY: test
test: setup-dev ## All tests, the fast ones first.
	$(BIN)/pytest -q -m 'not slow and not long' -n 2 --dist loadfile
	$(BIN)/pytest -q -m 'slow and not long' -n 2 --dist loadfile

.PHONY: check
check: setup-dev ## Before each commit: lint, and the tests that need neither dbt nor dlt; a minute.
	ci/check.sh

.PHONY: t
t: setup-dev ## Some tests, as pytest chooses them (ARGS="-k backfill tests/loader").
	$(BIN)/pytest -q $(ARGS)

LOCK := docker/requirements.lock

.PHONY: lock
lock: setup ## Renew docker/requirements.lock: the image's packages, as constraints.txt pins them, by hash.
	$(BIN)/python docker/requirements.py dashboards odbc | $(BIN)/uv pip compile --quiet --upgrade \
		--generate-hashes --no-header --no-annotate --no-emit-index-url -c constraints.txt \
		--python-version 3.11 --python-platform x86_64-manylinux_2_28 -o $(LOCK) -

.PHONY: sbom
sbom: setup ## The image's packages as a bill of materials (CycloneDX): .data/sbom.json.
	@mkdir -p .data
	$(BIN)/uv tool run --from cyclonedx-bom==7.5.0 cyclonedx-py requirements --output-reproducible \
		--pyproject pyproject.toml --spec-version 1.6 --output-file .data/sbom.json $(LOCK)

.PHONY: audit
audit: setup ## Compare the image's packages with the database of known vulnerabilities.
	$(BIN)/uv tool run pip-audit==2.10.1 --strict --disable-pip --require-hashes -r $(LOCK)

.PHONY: hooks
hooks: setup-dev ## Have git check what is committed, by pre-commit.
	$(BIN)/pre-commit install

.PHONY: test-long
test-long: setup-dev ## The tests that take minutes each, for every night.
	$(BIN)/pytest -q -m long -n 2 --dist loadfile

# The stack of docker/compose.yml.
COMPOSE := docker compose -f docker/compose.yml

.PHONY: up
up: ## Start SQL Server, the pipeline, dashboards and API behind http://127.0.0.1:8080.
	docker/env.sh
	$(COMPOSE) up --build --detach
	$(COMPOSE) logs --no-log-prefix bootstrap

.PHONY: down
down: ## Stop the stack; its data stays.
	$(COMPOSE) down

.PHONY: logs
logs: ## Follow what the stack says.
	$(COMPOSE) logs --follow --tail=100

.PHONY: backup
backup: ## Back the stack's warehouse up into .data/backups.
	docker/backup.sh

.PHONY: restore
restore: ## Put the stack's warehouse back as it is in a backup (FILE=...).
	docker/restore.sh "$(FILE)"

.PHONY: bench
bench: setup-dev .venv/.installed-sqlmesh ## Load, build, days and readers beside other ways (ITEMS=100000 ROUNDS=5).
	$(BIN)/python -m benchmarks --items=$(ITEMS) --rounds=$(ROUNDS)
	. ./env.sh && python -m benchmarks.adventureworks "$${DW_SHARED_DATA:-../shared/data}"
	$(BIN)/python -m benchmarks.report

.PHONY: bench-fresh
bench-fresh: setup-dev ## Measure how long a newcomer takes from a clone to the first page.
	$(BIN)/python -m benchmarks.fresh
	$(BIN)/python -m benchmarks.report

.PHONY: soak
soak: setup-dev ## Random lives of a company against a model of the truth (STEPS=60 EXAMPLES=20 CHANGES=8).
	$(BIN)/python -m tests.soak --steps=$(STEPS) --examples=$(EXAMPLES) --changes=$(CHANGES)

.PHONY: simulate
simulate: setup-dev ## Business days with faults and no hands, and the evidence (DAYS=14).
	$(BIN)/python -m simulation --days=$(DAYS)

.PHONY: elementary
elementary: .venv/.installed-observability ## Elementary: anomalies, alerts to Slack, a report.
	$(BIN)/python dbt_elementary/run.py

.PHONY: clean
clean: ## Remove what was built; .data stays.
	rm -rf .venv dbt_project/target dbt_project/logs dbt_elementary/dbt_packages \
		dbt_elementary/target logs .pytest_cache .ruff_cache .mypy_cache
