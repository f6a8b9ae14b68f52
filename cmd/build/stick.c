/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include "cmd/build/file.h"
#include "cmd/build/stick.h"
#include "cmd/embed.h"
#include "host/fat.h"

#define MIB	   (1ULL << 20)
#define LOADER_MAX (32U << 20)

int stick_wipe(struct zh_target *t, const struct zh_gpt_plan *plan, struct zb_diag *diag)
{
	/* Old partition tables, and the labels of a pool that had the whole disk. */
	int r = zh_target_zero(t, 0, plan->esp_start, diag);

	if (r >= 0)
		r = zh_target_zero(t, plan->size - 2 * MIB, 2 * MIB, diag);
	/* The vdev's labels are all written; its boot region is not. */
	if (r >= 0)
		r = zh_target_zero(t, plan->vdev_start, 4 * MIB, diag);
	return r;
}

static int write_esp(struct zh_target *t, const struct zh_gpt_plan *plan,
		     const struct zh_seed *seed, uint64_t time, struct zb_span loader,
		     struct zb_diag *diag)
{
	const struct zh_fat_file file = { "BOOTX64.EFI", loader };
	struct zh_fat_options o = {
		.size = plan->esp_size,
		.start = plan->esp_start,
		.sector_size = plan->sector_size,
		.label = "ZLIVE",
		.time = time,
	};
	uint8_t *image;
	size_t len;
	int r;

	zh_seed_bytes(seed, "esp volume id", &o.volume_id, sizeof(o.volume_id));
	r = zh_fat_build(&o, &file, 1, &image, &len, diag);
	if (r < 0)
		return r;
	r = zh_target_write(t, plan->esp_start, image, len, diag);
	free(image);
	return r;
}

int stick_write_boot(struct zh_target *t, const struct zh_gpt_plan *plan,
		     const struct zh_seed *seed, uint64_t time, const char *loader,
		     struct zb_diag *diag)
{
	struct zb_span data = embed_loader();
	void *own = NULL;
	int r = 0;

	if (loader) {
		r = file_load(loader, LOADER_MAX, &own, &data.len, diag);
		data.ptr = own;
	}
	if (r >= 0)
		r = write_esp(t, plan, seed, time, data, diag);
	free(own);
	if (r < 0)
		return r;
	return zh_gpt_write(zh_target_fd(t), zh_target_name(t), plan, seed, diag);
}
