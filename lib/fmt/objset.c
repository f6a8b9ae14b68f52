/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/dnode.h"

int zf_objset_decode(struct zb_span s, enum zb_endian e, struct zf_objset *ret_os)
{
	struct zf_objset os = { 0 };
	int error;

	if (s.len < ZF_OBJSET_V1_SIZE)
		return ZB_ECORRUPT;
	error = zf_dnode_decode(s, e, &os.meta);
	if (error)
		return error;
	if (os.meta.type != ZF_OT_DNODE || os.meta.slots != 1 ||
	    os.meta.datablksz < ZF_DNODE_SIZE || !zb_is_pow2(os.meta.datablksz))
		return ZB_ECORRUPT;
	os.type = zb_load64(s.ptr + ZF_OBJSET_TYPE_OFFSET, e);
	os.flags = zb_load64(s.ptr + ZF_OBJSET_FLAGS_OFFSET, e);
	*ret_os = os;
	return 0;
}
