# SPDX-License-Identifier: BSD-2-Clause
# as: log
# disk: 144M
# parts: 2
# The same with a device for logs.
