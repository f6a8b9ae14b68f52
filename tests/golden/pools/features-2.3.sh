# SPDX-License-Identifier: BSD-2-Clause
# openzfs: 2.3
# as: features
# All that 2.3 has of them.
