# SPDX-License-Identifier: BSD-2-Clause
# A thin front of Meson: the two commands of the README and what developers type.
BUILD ?= build
export BUILD

# SUITES="unit checks interop e2e" chooses among the tests, ARGS goes to tests/run.py.
SUITES ?= unit checks interop e2e

.PHONY: all deps test test-quick test-full demo bench golden format fuzz fuzz-all clean

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	tools/install-deps build
	meson setup $(BUILD)

# All that `make test` and `make demo` need, from Debian's archive.
deps:
	tools/install-deps test

test: deps all
	tests/run.py $(ARGS) $(SUITES)

# Seconds, not minutes: no emulated machine.
test-quick: deps all
	tests/run.py $(ARGS) unit checks

# What `make test` runs, and what takes too long for every change.
test-full: deps all
	ZLIVE_TEST_FULL=1 tests/run.py $(ARGS) $(SUITES)

demo:
	tools/install-deps demo
	$(MAKE) all
	tools/demo

bench: deps all
	bench/run $(ARGS)

golden: deps all
	tests/golden/make $(ARGS)

format:
	git ls-files '*.c' '*.h' | xargs clang-format -i

# One fuzz target for SECONDS; what it learns stays in build-fuzz/corpus. See docs/HACKING.md.
SECONDS ?= 300
FUZZ_RUN = build-fuzz/tests/fuzz/fuzz_$(TARGET)

fuzz:
	@test -f tests/fuzz/fuzz_$(TARGET).c || \
		{ echo "usage: make fuzz TARGET=name [SECONDS=n], name of tests/fuzz/fuzz_name.c" >&2; exit 2; }
	[ -f build-fuzz/build.ninja ] || meson setup --native-file tools/fuzz.ini build-fuzz
	ninja -C build-fuzz tests/fuzz/fuzz_$(TARGET)
	mkdir -p build-fuzz/corpus/$(TARGET)
	$(FUZZ_RUN) -max_len=65536 -max_total_time=$(SECONDS) -artifact_prefix=build-fuzz/$(TARGET)- \
		build-fuzz/corpus/$(TARGET) tests/fuzz/corpus/$(TARGET)

# Each target until it has had MINUTES of CPU time; says what they ran. Goes on where it stopped.
MINUTES ?= 20

fuzz-all:
	tools/fuzz-all --minutes $(MINUTES) $(ARGS)

clean:
	rm -rf $(BUILD)
