# The commands a person runs; .ci/run runs the same.
PYTHON ?= python3
GOEN = .venv/bin/goen
BIN = .venv/bin
ARGS ?=

.PHONY: help up down status test check sim kills bench scale shots docs lock

help:
	@echo "make up      set up what is needed, start, print the addresses"
	@echo "make down    stop everything"
	@echo "make test    run all tests        make check   formatting, types, layers"
	@echo "make bench   measure              make shots   pictures of every page"
	@echo "make scale   the simulated shop at one size, ARGS='--people N --folder DIR'"
	@echo "make kills   thirty kills under load, then the books are read"
	@echo "make docs    write the generated pages"
	@echo "make lock    pin the dependencies anew"

up:
	@$(PYTHON) tools/setup.py --then up $(ARGS)

down:
	@$(PYTHON) tools/setup.py --then down

status:
	@$(PYTHON) tools/setup.py --then status $(ARGS)

test:
	@$(PYTHON) tools/setup.py --data --test
	@tools/browser.sh
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder $(ARGS)

check:
	@$(PYTHON) tools/setup.py --test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

sim:
	@$(PYTHON) tools/setup.py
	@$(BIN)/python -m sim $(ARGS)

kills:
	@$(PYTHON) tools/setup.py
	@$(BIN)/python -m sim.kills $(ARGS)

bench:
	@$(PYTHON) tools/setup.py --data --test
	@$(BIN)/python -m bench $(ARGS)

scale:
	@$(PYTHON) tools/setup.py --data --test
	@$(BIN)/python -m bench.scale $(ARGS)

shots:
	@$(PYTHON) tools/setup.py --test
	@tools/browser.sh
	@$(BIN)/python tools/shots.py $(ARGS)

docs:
	@$(PYTHON) tools/setup.py --test
	@for page in cli_reference dictionary definitions api_reference asvs; do $(BIN)/python tools/$$page.py || exit 1; done

lock:
	@$(PYTHON) tools/lock.py
