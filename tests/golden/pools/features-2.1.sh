# SPDX-License-Identifier: BSD-2-Clause
# openzfs: 2.1
# as: features
# All that 2.1 has of them.
