# SPDX-License-Identifier: BSD-2-Clause
# openzfs: 2.4
# as: encryption
