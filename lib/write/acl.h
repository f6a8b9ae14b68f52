/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_ACL_H
#define ZW_ACL_H

#include "base/span.h"

#define ZW_ACE_SIZE 8 /* of an entry for owner@, group@ or everyone@ */

/* The NFSv4 ACL that says no more than a mode does; ZFS stores one for every object. */
struct zw_acl {
	unsigned int count;
	size_t len;
	uint8_t aces[6 * ZW_ACE_SIZE];
};

void zw_acl_trivial(uint32_t mode, struct zw_acl *ret_acl);

#endif
