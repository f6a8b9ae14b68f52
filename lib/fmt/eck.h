/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZF_ECK_H
#define ZF_ECK_H

#include "base/span.h"
#include "fmt/label.h"

/*
 * zio_eck_t: the last 40 bytes of a block that holds its own checksum (label nvlist, boot
 * environment, uberblock, gang header). Source: OpenZFS include/sys/zio.h.
 *
 *	0 magic   8 checksum, four words
 *
 * The checksum, SHA-256, is over the whole block with a verifier in the place of the checksum:
 * the offset on the device for labels; vdev, offset and birth for gang headers.
 */
#define ZF_ECK_CKSUM_OFFSET 8	/* from the start of the zio_eck_t */
#define ZF_GANG_HEADER_SIZE 512 /* or, with a feature, the smallest block of the vdev */

struct zf_eck {
	enum zb_endian endian; /* of the block's writer, as the magic shows */
	uint64_t cksum[4];
};

/* The zio_eck_t at the end of block. ZB_ENOENT if there is no magic: no such block here. */
ZB_MUST_CHECK int zf_eck_decode(struct zb_span block, struct zf_eck *ret_eck);

#endif
