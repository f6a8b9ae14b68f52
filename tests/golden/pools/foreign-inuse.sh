# SPDX-License-Identifier: BSD-2-Clause
# as: foreign-exported
# leave: inuse
