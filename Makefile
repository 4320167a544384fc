# Two commands on a fresh machine: `make run` does the main job on a demonstration maildrop,
# `make test` passes the tests. Both set up what they need.

STATE ?= .demo
BIN := .venv/bin

.PHONY: run test audit explore soak fuzz coverage reliability bench lint format tables lock clean

run: .venv/run.stamp
ifdef RULES
	@$(BIN)/fetchrun once '$(RULES)'
else
	@$(BIN)/fetchrun demo --state '$(STATE)'
endif

# Two workers a processor: many tests wait for servers, programs and clocks that go wrong.
test: .venv/dev.stamp
	@scripts/peers
	@$(BIN)/python -m pytest -n $$(($$(nproc) * 2)) $(ARGS)

# Whether a package that we install has a weakness that is known. Needs the network, and says so without it.
audit:
	@scripts/audit

# Property tests with examples that nobody has seen yet.
explore: .venv/dev.stamp
	@HYPOTHESIS_PROFILE=patient $(BIN)/python -m pytest -n auto -m 'not peer' $(ARGS)

# The long ones: minutes each, one after the other.
soak: .venv/dev.stamp
	@scripts/peers
	@$(BIN)/python -m pytest -m soak $(ARGS)

# The fuzz targets, SECONDS each; what it finds stays in .fuzz and is taken up the next time.
SECONDS ?= 1200
fuzz: .venv/dev.stamp
	@FUZZ_SECONDS=$(SECONDS) FUZZ_KEPT=.fuzz $(BIN)/python -m pytest -n auto -m fuzz $(ARGS) tests/fuzz

# Which branches of the rooms that the guarantee stands on no test of theirs takes; fails below all of them.
coverage: .venv/dev.stamp
	@scripts/coverage

# All tests of reliability, and the tables of docs/reliability.md from what they find.
reliability: .venv/dev.stamp
	@scripts/peers
	@rm -rf .reliability
	@RELIABILITY_RESULTS=.reliability $(BIN)/python -m pytest -m 'soak or not soak' $(ARGS) tests/reliability tests/model
	@PYTHONPATH=tests $(BIN)/python -m reliability.page docs/reliability.md .reliability

# Ours and the programs that people use, side by side; the tables in docs/performance.md come of it. ARGS='sorting poll'
# does these parts, ARGS='--scale 0.05 --rounds 1' a little of each.
bench: .venv/dev.stamp
	@scripts/bench-peers
	@PYTHONPATH=tests:bench $(BIN)/python bench $(ARGS)

lint: .venv/dev.stamp
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: .venv/dev.stamp
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

# The tables that Lark makes of the grammar, so that nobody waits for Lark.
tables: .venv/dev.stamp
	@$(BIN)/python -c 'from sortlang.syntax.grammar import *; print(written(made(grammar())), end="")' > grammar/sortlang.new
	@mv grammar/sortlang.new grammar/sortlang.json

# The pinned environments, with hashes: `run` is what `make run` needs, `dev` is that and the tests.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --extra demo --group build -o locks/run.txt pyproject.toml
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --extra dev --group build -o locks/dev.txt pyproject.toml
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --group audit -o locks/audit.txt

clean:
	rm -rf .venv .demo .fuzz .reliability .mypy_cache .ruff_cache .hypothesis build dist

.venv/%.stamp: locks/%.txt pyproject.toml scripts/environment
	@scripts/environment $*
