PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: reproduce test anywhere env build analyze report check lint clean

reproduce: env            ## environment, dataset, analysis, exhibits
	$(BIN)/breachstudy build --all
	$(BIN)/breachstudy analyze --all
	$(BIN)/breachstudy readme
	$(BIN)/breachstudy check

test: env                 ## linters, types, tests of code and of data
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest

anywhere: env             ## the same outputs under other processors, locales and places
	$(BIN)/breachstudy anywhere --write

env: $(VENV)/.installed

$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -c "import sys; sys.exit('Python 3.11 or later is needed') if sys.version_info < (3, 11) else None"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

build analyze report check: env
	$(BIN)/breachstudy $@

lint: env
	$(BIN)/ruff check . && $(BIN)/mypy

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
