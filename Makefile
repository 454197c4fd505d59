# Two commands do everything on a fresh machine: `make demo` and `make test`.

CARGO ?= cargo
export CARGO_TERM_COLOR ?= auto

# Examples bring the features of dev-dependencies, as tests do: built like this, the dependencies compile once for all of
# `make demo`, `make test` and `make generate`. A plain `cargo build` or `cargo run` would compile a part of them again.
BUILD = $(CARGO) build --quiet --locked --bins --example demo
OFFHOURS = $(or $(CARGO_TARGET_DIR),target)/debug/offhours

.PHONY: help demo test check generate bench bench-scan mutants rig toolchain

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: toolchain ## Run the main job on a real control plane; KEEP=1 keeps it running
	@tests/rig/install --demo
	@$(BUILD)
	@$(CARGO) run --quiet --locked --example demo

test: toolchain rig ## Run all tests, on a real control plane
	$(CARGO) test --locked

check: toolchain ## Check format, lints and dependencies
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	@if ! $(CARGO) deny --version >/dev/null 2>&1; then \
	  echo "skipped: licences, bans and advisories: no cargo deny (cargo install --locked cargo-deny)"; \
	else \
	  $(CARGO) deny --locked check bans licenses sources && \
	  if $(CARGO) deny --locked fetch db >/dev/null 2>&1; then $(CARGO) deny --locked check --disable-fetch advisories; \
	  else echo "skipped: security advisories: their database on github.com cannot be reached"; fi; \
	fi

generate: toolchain rig ## Write the generated files: data/holidays, crds/, deploy/, the chart's copies, the output of examples/
	@eval "$$(tests/rig/install --paths)" && "$$HOLIDAYS_BIN/python" data/holidays/generate.py
	$(BUILD)
	$(OFFHOURS) crds --output-dir crds
	cp crds/*.yaml charts/offhours/files/crds/
	OFFHOURS_UPDATE_MANIFESTS=1 $(CARGO) test --quiet --locked --test chart manifests::
	OFFHOURS_UPDATE_EXAMPLES=1 $(CARGO) test --quiet --locked --test cli examples::

# Two more parts take 17 minutes each: cargo bench --bench performance -- waiting, and waiting-findings.
bench: toolchain rig ## Measure the figures of docs/performance.md; takes half an hour, and a release build before that
	$(CARGO) bench --locked --bench performance

bench-scan: toolchain ## Measure scan beside DuckDB and others; takes minutes, and a release build before that
	$(CARGO) bench --locked --bench scan

mutants: toolchain ## Break the ledger on purpose, which its tests must notice; takes minutes
	@tests/mutants/run

rig: ## Build what the tests and the demo run against, outside of the checkout
	@tests/rig/install

toolchain:
	@command -v $(CARGO) >/dev/null || { echo "missing: cargo (install Rust, see https://rustup.rs)" >&2; exit 1; }
