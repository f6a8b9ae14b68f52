# SPDX-License-Identifier: BSD-2-Clause
# openzfs: 2.4
# as: features
# All that 2.4 has of them.
