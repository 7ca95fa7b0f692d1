# Everything rests on `make env`: plain venv and pip, nothing installed by hand.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin

.PHONY: env demo test lint types bench docs clean

env: $(VENV)/.ready

$(VENV)/.ready: pyproject.toml scripts/env.sh
	PYTHON=$(PYTHON) bash scripts/env.sh $(VENV)
	touch $@

demo: env
	$(BIN)/commonweal demo --out demo

test: env
	bash scripts/system.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist loadfile

bench: env
	$(BIN)/python -m benchmarks

docs: env
	$(BIN)/python scripts/brief_json.py
	$(BIN)/python scripts/commands.py
	$(BIN)/python scripts/terms.py
	$(BIN)/python scripts/dialects.py
	$(BIN)/python scripts/models.py
	$(BIN)/python scripts/formats.py
	$(BIN)/python scripts/archive.py

clean:
	rm -rf $(VENV) demo
