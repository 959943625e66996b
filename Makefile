# The front door. `make help` lists what there is; CMake does the work (see CMakePresets.json).
.DEFAULT_GOAL := help
.PHONY: help deps build demo check test test-long ops bench bench-torch format lint tsan fuzz vectors size install arm64 clean
.NOTPARALLEL:

PREFIX ?= /usr/local
DEPS ?= yes
RELEASE = build/release
DEV = build/dev
ARM64 = build/arm64
FUZZ_SECONDS ?= 30
PYTHON ?= /usr/bin/python3

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

deps: ## install missing Debian packages (root or sudo; DEPS=no skips)
	@[ "$(DEPS)" = no ] || ./tools/install_deps.sh

build: deps ## build the library and the willis command in build/release
	@cmake --preset release >/dev/null
	@cmake --build $(RELEASE)

demo: build ## everything once on phantom heads; ends in demo/report.html
	$(RELEASE)/cli/willis demo --out demo

check: deps ## the tests of what changed, and lint, in a minute (TEST=REGEX: those tests; REV: changed since)
	@cmake --preset release >/dev/null
	@TEST="$(TEST)" REV="$(REV)" ./tools/check.sh $(RELEASE)

# The whole suite on the release build comes last, so that its summary closes the output.
test: deps ## all tests: format, unit tests under sanitizers, then the whole suite
	@./tools/check_format.sh
	@cmake --preset dev >/dev/null
	@cmake --build $(DEV)
	@ctest --test-dir $(DEV) --output-on-failure -j 2 -LE 'slow|long|system|lint'
	@cmake --preset release -DWILLIS_WERROR=ON >/dev/null
	@cmake --build $(RELEASE)
	@ctest --test-dir $(RELEASE) --output-on-failure -j 2 -LE long

test-long: build ## what takes longer than the ten minutes of `make test`
	@ctest --test-dir $(RELEASE) --output-on-failure -L long

tsan: deps ## unit tests under the thread sanitizer (clang, libomp-dev)
	@cmake --preset tsan >/dev/null
	@cmake --build build/tsan
	@ctest --preset tsan -j 2

ops: deps ## one operation: ARGS="test|grad|isa|perf|support -o NAMES -b BACKEND -p REGEX", "--list", "--missing"
	@cmake --preset release >/dev/null
	@cmake --build $(RELEASE) --target ops_runner >/dev/null
	@$(RELEASE)/tests/ops/ops_runner $(ARGS)

bench: build ## time training steps and inferences on this machine (bench/README.md)
	@$(RELEASE)/cli/willis bench list | sed -n '2,$$s/ .*//p' | while read -r name; do \
		$(RELEASE)/cli/willis bench $$name --quiet && echo || exit; done

bench-torch: build ## the same beside PyTorch, if python3-torch is there; rewrites the table of bench/README.md
	@/usr/bin/python3 bench/compare.py --willis $(RELEASE)/cli/willis --write

format: ## lay out all C files by .clang-format
	@find src cli include tests bench -name '*.[ch]' -print0 | xargs -0 clang-format -i

lint: build ## cppcheck, clang-tidy, layers, headers, circles of files
	@ctest --test-dir $(RELEASE) --output-on-failure -L lint
	@./tools/circles.sh $(RELEASE)
	@./tools/lint.sh $(RELEASE)

size: ## lines of C a room, against REV or the last tag
	@./tools/size.sh $(REV)

# Needs python3-numpy, -scipy, -skimage, -mpmath, -torch, -torchvision; tests/data/make_*.py say which, and versions.
vectors: ## make the numbers that tests compare with again, by NumPy, SciPy and PyTorch (PYTHON=...)
	@for maker in tests/data/make_*.py; do \
		echo "vectors: $$maker" && OMP_NUM_THREADS=1 $(PYTHON) $$maker || exit; done
	@git status --short tests/data

fuzz: deps ## feed the file readers broken files for FUZZ_SECONDS each
	@FUZZ_SECONDS=$(FUZZ_SECONDS) ./tests/fuzz/run.sh

install: build ## install to PREFIX (default /usr/local)
	cmake --install $(RELEASE) --prefix "$(PREFIX)"

arm64: ## cross-compile the library for arm64 in build/arm64 (Debian: gcc-aarch64-linux-gnu)
	@cmake -S . -B $(ARM64) -G Ninja --toolchain cmake/aarch64.cmake -DWILLIS_TESTS=OFF -DWILLIS_WERROR=ON >/dev/null
	@cmake --build $(ARM64) --target willis_static

clean: ## remove all builds
	rm -rf build
