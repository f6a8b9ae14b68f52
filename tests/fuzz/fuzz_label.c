/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "fmt/label.h"
#include "read/verify.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/small_pool.h"

/*
 * Labels: what is read of a device, and the vdevs that are made of it. Checksums are off: the
 * linker leads their check to the function __wrap_ below.
 *
 * Input: a byte whose bits 0 to 3 say which labels are there and of which bits 4 and 5 give the
 * length of the name-value list that follows, in units of 2 KiB from 1; what is behind it goes
 * into the ring of uberblocks.
 */
#define DEVICE (64ULL << 20)
#define UNIT   2048

static uint8_t label[ZF_LABEL_SIZE];

int __wrap_zr_verify_eck(const struct zr_accel *accel, struct zb_span block,
			 const uint64_t verifier[4], enum zb_endian *ret_endian);

int __wrap_zr_verify_eck(const struct zr_accel *accel, struct zb_span block,
			 const uint64_t verifier[4], enum zb_endian *ret_endian)
{
	*ret_endian = ZB_LE;
	return 0;
}

static int read_label(void *ctx, uint64_t offset, void *buf, size_t len)
{
	const uint8_t *present = ctx;

	FUZZ_ASSERT(offset <= DEVICE && len <= DEVICE - offset);
	memset(buf, 0, len);
	for (unsigned int n = 0; n < ZF_LABEL_COUNT; n++) {
		uint64_t at = zf_label_offset(n, DEVICE);

		if (*present >> n & 1 && offset >= at &&
		    offset + len <= at + ZF_LABEL_SIZE)
			memcpy(buf, label + (offset - at), len);
	}
	return 0;
}

static void put(size_t at, size_t room, const uint8_t *data, size_t len)
{
	memcpy(label + at, data, len < room ? len : room);
}

static void terminated(const char *text, size_t size)
{
	FUZZ_ASSERT(memchr(text, '\0', size));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct small_host host;
	struct zr_dev dev = { .ctx = (void *)data,
			      .name = "input",
			      .size = DEVICE,
			      .block_size = 512,
			      .read = read_label };
	const struct zr_dev *devs[] = { &dev };
	struct zr_pool *pool = NULL;
	struct zb_diag diag;
	struct zr_label l;
	size_t list;

	if (size < 1)
		return 0;
	list = ((data[0] >> 4 & 3) + 1) * (size_t)UNIT;
	list = list < size - 1 ? list : size - 1;
	memset(label, 0, sizeof(label));
	put(ZF_LABEL_NVLIST, ZF_LABEL_NVLIST_SIZE, data + 1, list);
	put(ZF_LABEL_UBERBLOCKS, ZF_LABEL_UBERBLOCKS_SZ, data + 1 + list,
	    size - 1 - list);
	small_host_init(&host);
	if (zr_label_read(&host.host, &dev, &l, &diag) == 0) {
		FUZZ_ASSERT(l.valid > 0 && l.valid < 16);
		terminated(l.pool_name, sizeof(l.pool_name));
		terminated(l.hostname, sizeof(l.hostname));
		terminated(l.path, sizeof(l.path));
		terminated(l.devid, sizeof(l.devid));
		terminated(l.phys_path, sizeof(l.phys_path));
	}
	FUZZ_ASSERT(host.held == 0);
	if (zr_pool_open(&host.host, devs, 1, 0, &pool, &diag) == 0)
		zr_pool_close(pool);
	FUZZ_ASSERT(host.held == 0);
	return 0;
}
