# `make demo` and `make test` set everything up themselves; nothing else needs to be installed first but Python 3.11+ with venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test lint docs pictures setup gl browser clean

demo: setup  ## Run the main job on embedded data: three to five minutes on two cores, nothing is downloaded
	$(BIN)/synthbench doctor
	$(BIN)/synthbench run shaders-open
	$(BIN)/synthbench board build --out runs/board
	@echo "The page: file://$(CURDIR)/runs/board/index.html"

test: setup browser lint  ## Lint, type-check and run the tests; the last line says what was skipped for want of what
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

lint: setup  ## mypy sees the generators where the package has them, in synthbench
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@rm -rf build/types && mkdir -p build/types/synthbench && ln -s "$(CURDIR)"/synthbench/* "$(CURDIR)"/generators build/types/synthbench/
	$(BIN)/mypy

docs: $(VENV)/.docs  ## Build the site into build/site, which reads from files without a network
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	$(BIN)/python docs/scripts/links.py build/site
	@echo "The site: file://$(CURDIR)/build/site/index.html"

pictures: setup browser  ## Draw the pictures again that are older than the rows and recipes that they show; the README's table too
	$(BIN)/python docs/scripts/redraw.py

$(VENV)/.docs: $(READY)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[docs]'
	@touch $@

setup: $(READY)

$(READY): pyproject.toml constraints.txt | gl
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

gl:  ## Shaders need EGL: Mesa's software renderer, or a GPU driver's
	@if ldconfig -p 2>/dev/null | grep -q 'libEGL\.so\.1' && ldconfig -p | grep -qE 'libEGL_(mesa|nvidia)\.so'; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends libegl1 libegl-mesa0 libgl1-mesa-dri; \
	else \
		echo "Shaders need OpenGL through EGL, which is missing. Install it, then run make again:"; \
		echo "  Debian, Ubuntu:  sudo apt-get install libegl1 libegl-mesa0 libgl1-mesa-dri"; \
		echo "  Fedora:          sudo dnf install mesa-libEGL mesa-dri-drivers"; \
		exit 1; \
	fi

browser:  ## The tests of the pages use Chromium; without it they are skipped
	@if command -v chromium || command -v chromium-browser || command -v google-chrome; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get && apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium 2>/dev/null; then :; \
	else echo "Chromium is missing and cannot be installed from here: the tests that need it will be skipped." >&2; fi >/dev/null

clean:
	rm -rf $(VENV) build *.egg-info
