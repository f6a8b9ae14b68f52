/* SPDX-License-Identifier: BSD-2-Clause */
#include "fmt/uberblock.h"

enum {
	OFF_MAGIC = 0,
	OFF_VERSION = 8,
	OFF_TXG = 16,
	OFF_GUID_SUM = 24,
	OFF_TIMESTAMP = 32,
	OFF_ROOTBP = 40,
	OFF_SOFTWARE_VERSION = 168,
	OFF_MMP_MAGIC = 176,
	OFF_MMP_DELAY = 184,
	OFF_MMP_CONFIG = 192,
	OFF_CHECKPOINT_TXG = 200,
	OFF_REFLOW = 208,
	OFF_END = 216,
	REFLOW_BITS = 55,
};

int zf_uberblock_decode(struct zb_span s, struct zf_uberblock *ret_ub)
{
	struct zf_uberblock ub = { .endian = ZB_LE };
	struct zb_span root;
	uint64_t reflow;
	int error;

	if (s.len < OFF_END)
		return ZB_ECORRUPT;
	if (zb_load64(s.ptr + OFF_MAGIC, ZB_LE) != ZF_UBERBLOCK_MAGIC) {
		if (zb_load64(s.ptr + OFF_MAGIC, ZB_BE) != ZF_UBERBLOCK_MAGIC)
			return ZB_ENOENT;
		ub.endian = ZB_BE;
	}
	ub.version = zb_load64(s.ptr + OFF_VERSION, ub.endian);
	ub.txg = zb_load64(s.ptr + OFF_TXG, ub.endian);
	ub.guid_sum = zb_load64(s.ptr + OFF_GUID_SUM, ub.endian);
	ub.timestamp = zb_load64(s.ptr + OFF_TIMESTAMP, ub.endian);
	ub.software_version = zb_load64(s.ptr + OFF_SOFTWARE_VERSION, ub.endian);
	if (zb_load64(s.ptr + OFF_MMP_MAGIC, ub.endian) == ZF_MMP_MAGIC) {
		ub.mmp_delay = zb_load64(s.ptr + OFF_MMP_DELAY, ub.endian);
		ub.mmp_config = zb_load64(s.ptr + OFF_MMP_CONFIG, ub.endian);
	}
	ub.checkpoint_txg = zb_load64(s.ptr + OFF_CHECKPOINT_TXG, ub.endian);
	reflow = zb_load64(s.ptr + OFF_REFLOW, ub.endian);
	ub.reflow_offset = (reflow & ((1ULL << REFLOW_BITS) - 1)) << ZF_SECTOR_SHIFT;
	ub.reflow_state = (unsigned int)(reflow >> REFLOW_BITS);
	error = zb_span_sub(s, OFF_ROOTBP, ZF_BLKPTR_SIZE, &root);
	if (!error)
		error = zf_blkptr_decode(root, ub.endian, &ub.rootbp);
	if (error)
		return error;
	if (ub.rootbp.embedded || zf_blkptr_is_hole(&ub.rootbp) || ub.rootbp.level != 0 ||
	    ub.rootbp.type != ZF_OT_OBJSET)
		return ZB_ECORRUPT;
	*ret_ub = ub;
	return 0;
}
