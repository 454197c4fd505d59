# Two commands do everything on a fresh machine: `make demo` and `make test`.

CARGO ?= cargo
export CARGO_TERM_COLOR ?= auto

.PHONY: help demo test check generate rig bench clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: toolchain rig ## Run the main job on a real control plane; KEEP=1 leaves it up
	@$(CARGO) build --quiet
	@$(CARGO) run --quiet --example demo

test: toolchain rig ## Run all tests, on a real control plane
	$(CARGO) test --locked

check: toolchain ## Check format, lints and dependencies
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets -- -D warnings
	@if $(CARGO) deny --version >/dev/null 2>&1; then $(CARGO) deny --locked check; \
	else echo "skipped: cargo deny is not installed (cargo install --locked cargo-deny)"; fi

generate: toolchain ## Write the generated files: crds/ and the chart's copies
	$(CARGO) run --quiet -- crds --output-dir crds
	cp crds/*.yaml charts/offhours/files/crds/

rig: ## Build what the tests and the demo run against, outside of the checkout
	@tests/rig/install

toolchain:
	@command -v $(CARGO) >/dev/null || { echo "missing: cargo (install Rust, see https://rustup.rs)" >&2; exit 1; }

.PHONY: toolchain
