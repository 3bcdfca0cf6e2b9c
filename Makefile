# What people type. The work is done by the scripts in .make; each says at its top what it does.

.DEFAULT_GOAL := help
.PHONY: help demo run build dev bench test e2e e2e-report fmt lint \
	test-rust test-sqlite test-mariadb test-wasm test-e2e \
	setup setup-rust setup-wasm setup-node setup-chromium setup-mariadb setup-glewlwyd

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: ## Run the console with an identity provider, people and rules; Ctrl-C stops all
	@.make/setup.sh rust wasm node
	@.make/build.sh debug
	@node end2end/demo/demo.mjs

run: ## Run the console alone, with its data in data/
	@.make/setup.sh rust wasm
	@.make/build.sh debug
	@target/debug/latchkey serve

build: ## Build the release: one program, target/release/latchkey
	@.make/setup.sh rust wasm node
	@.make/build.sh release

dev: ## Run the console, and build and restart it on every change
	@.make/setup.sh rust wasm
	@.make/dev.sh

test: ## Run every check and test; the last line is the count
	@.make/setup.sh rust lint wasm node chromium mariadb glewlwyd
	@.make/test.sh fmt site lint rust server browser

e2e: ## Run the browser tests: SPEC=file HEADED=1 GREP=name BASE_URL=https://…
	@.make/setup.sh node chromium glewlwyd
	@$(if $(BASE_URL),true,.make/setup.sh rust wasm && .make/build.sh debug)
	@SPEC='$(SPEC)' HEADED='$(HEADED)' GREP='$(GREP)' BASE_URL='$(BASE_URL)' .make/e2e.sh

e2e-report: ## Open the report of the last browser tests
	@cd end2end && node_modules/.bin/playwright show-report report

bench: ## Measure, and print the table of the README
	@.make/setup.sh rust wasm node
	@.make/bench.sh

test-rust: ## Run the Rust tests, on SQLite and on a MariaDB of their own
	@.make/setup.sh rust wasm mariadb
	@.make/test.sh site rust

test-sqlite: ## Run the Rust tests on SQLite only
	@.make/setup.sh rust wasm
	@.make/test.sh site rust-sqlite

test-mariadb: ## Run the tests of the store on SQLite and MariaDB
	@.make/setup.sh rust mariadb
	@.make/test.sh store

test-wasm: ## Build and lint the browser half
	@.make/setup.sh rust lint wasm
	@.make/test.sh site lint-browser

test-e2e: ## Run the browser tests and count them
	@.make/setup.sh rust wasm node chromium
	@.make/test.sh server browser

fmt: ## Format the Rust code
	@.make/setup.sh rust lint
	@cargo fmt --all

lint: ## Check formatting, clippy and types
	@.make/setup.sh rust lint wasm node
	@.make/test.sh fmt site lint

setup: ## Install everything that is missing
	@.make/setup.sh

setup-rust: ## Check Rust, rustfmt and clippy
	@.make/setup.sh rust lint

setup-wasm: ## Install the compiler's browser target
	@.make/setup.sh rust wasm

setup-node: ## Install the npm packages of end2end
	@.make/setup.sh node

setup-chromium: ## Install Chromium
	@.make/setup.sh chromium

setup-mariadb: ## Install the MariaDB server program (no service)
	@.make/setup.sh mariadb

setup-glewlwyd: ## Fetch a second identity provider for the browser tests (no service)
	@.make/setup.sh glewlwyd
