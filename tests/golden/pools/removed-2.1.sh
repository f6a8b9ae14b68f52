# SPDX-License-Identifier: BSD-2-Clause
# openzfs: 2.1
# as: removed
# disk: 704M
