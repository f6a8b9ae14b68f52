/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BT_VERSION_H
#define BT_VERSION_H

/*
 * Orders versions as the UAPI group's version format specification does: "6.12.9" before
 * "6.12.10", "6.1~rc1" before "6.1", "6.1" before "6.1-2", letters before numbers.
 * Returns <0, 0, >0.
 */
int bt_version_compare(const char *a, const char *b);

#endif
