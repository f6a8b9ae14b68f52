# SPDX-License-Identifier: BSD-2-Clause
# openzfs: 2.1
# as: removed
# part_size: 300M
