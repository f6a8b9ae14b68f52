/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd/build/bios.h"
#include "cmd/embed.h"
#include "fmt/label.h"

#define MBR_SIZE 512
#define CODE_MAX 440 /* then a signature and the table */
#define ID_SIZE	 4   /* at the end of the code, and no code */

static int write_stage2(struct zh_target *t, const struct zh_gpt_plan *plan,
			struct zb_diag *diag)
{
	struct zb_span stage2 = embed_stage2();
	size_t len = (size_t)zb_align_up(stage2.len, plan->sector_size);
	uint8_t *padded = calloc(1, len);
	int r;

	if (!padded)
		return zb_fail(diag, ZB_ENOMEM, zh_target_name(t), ZB_DIAG_NO_OFFSET,
			       "no memory for the BIOS loader");
	memcpy(padded, stage2.ptr, stage2.len);
	r = zh_target_write(t, plan->vdev_start + ZF_BOOT_REGION, padded, len, diag);
	free(padded);
	return r;
}

/* Table, signature and what else is in the sector stay. */
static int write_mbr(struct zh_target *t, const struct zh_seed *seed,
		     struct zb_diag *diag)
{
	struct zb_span code = embed_mbr();
	uint8_t mbr[MBR_SIZE];
	ssize_t n;

	do
		n = pread(zh_target_fd(t), mbr, sizeof(mbr), 0);
	while (n < 0 && errno == EINTR);
	if (n != sizeof(mbr))
		return zb_fail(diag, n < 0 ? -errno : ZB_EIO, zh_target_name(t), 0,
			       "the partition table cannot be read back");
	assert(code.len == CODE_MAX);
	memcpy(mbr, code.ptr, CODE_MAX);
	/* By its first sector the MBR tells its own disk from other sticks. */
	zh_seed_bytes(seed, "mbr", mbr + CODE_MAX - ID_SIZE, ID_SIZE);
	return zh_target_write(t, 0, mbr, sizeof(mbr), diag);
}

int bios_install(struct zh_target *t, const struct zh_gpt_plan *plan,
		 const struct zh_seed *seed, struct zb_diag *diag)
{
	int r = write_stage2(t, plan, diag);

	return r < 0 ? r : write_mbr(t, seed, diag);
}
