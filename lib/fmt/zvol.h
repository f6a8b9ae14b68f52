/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_ZVOL_H
#define ZF_ZVOL_H

/*
 * A volume's objset: object 1 is its bytes, object 2 a ZAP whose "size" says how many there are.
 * Source: OpenZFS include/sys/zvol.h, module/zfs/zvol.c.
 */
#define ZF_ZVOL_OBJ	1ULL
#define ZF_ZVOL_ZAP_OBJ 2ULL

#endif
