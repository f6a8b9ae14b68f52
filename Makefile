# SPDX-License-Identifier: BSD-2-Clause
# A thin front of Meson: the two commands of the README and what developers type.
BUILD ?= build

.PHONY: all deps test test-full demo bench format clean

all: $(BUILD)/build.ninja
	ninja -C $(BUILD)

$(BUILD)/build.ninja:
	tools/install-deps build
	meson setup $(BUILD)

clean:
	rm -rf $(BUILD)
