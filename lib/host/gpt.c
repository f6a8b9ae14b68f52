/* SPDX-License-Identifier: BSD-2-Clause */
#include <libfdisk.h>
#include <string.h>
#include "host/fat.h"
#include "host/gpt.h"

#define MIB	  (1ULL << 20)
#define MIN_DISK  (1024 * MIB)
#define TYPE_ESP  "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"
#define TYPE_VDEV "6A898CC3-1DD2-11B2-99A6-080020736631"

int zh_gpt_plan(uint64_t size, uint32_t sector_size, struct zh_gpt_plan *ret_plan,
		struct zb_diag *diag)
{
	struct zh_gpt_plan p = { .size = size, .sector_size = sector_size };
	uint64_t end = (size & ~(MIB - 1)) - MIB;

	if (size < MIN_DISK)
		return zb_fail(diag, ZB_ENOSPC, NULL, ZB_DIAG_NO_OFFSET,
			       "%llu MiB are too few for a stick, 1024 is the least",
			       (unsigned long long)(size / MIB));
	p.esp_start = MIB;
	p.esp_size = zh_fat_min_size(sector_size);
	p.vdev_start = p.esp_start + p.esp_size;
	p.vdev_size = end - p.vdev_start;
	*ret_plan = p;
	return 0;
}

static int add_partition(struct fdisk_context *cxt, const struct zh_seed *seed,
			 const char *name, const char *type, uint64_t start,
			 uint64_t size)
{
	struct fdisk_label *label = fdisk_get_label(cxt, "gpt");
	struct fdisk_partition *pa = fdisk_new_partition();
	struct fdisk_parttype *t = fdisk_label_get_parttype_from_string(label, type);
	uint64_t sector = fdisk_get_sector_size(cxt);
	char guid[ZH_GUID_TEXT];
	int r = -12;

	if (!pa || !t)
		goto out;
	zh_seed_guid(seed, name, guid);
	if ((r = fdisk_partition_set_start(pa, start / sector)) < 0 ||
	    (r = fdisk_partition_set_size(pa, size / sector)) < 0 ||
	    (r = fdisk_partition_set_type(pa, t)) < 0 ||
	    (r = fdisk_partition_partno_follow_default(pa, 1)) < 0 ||
	    (r = fdisk_partition_set_name(pa, name)) < 0 ||
	    (r = fdisk_partition_set_uuid(pa, guid)) < 0)
		goto out;
	r = fdisk_add_partition(cxt, pa, NULL);
out:
	fdisk_unref_parttype(t);
	fdisk_unref_partition(pa);
	return r;
}

int zh_gpt_write(int fd, const char *name, const struct zh_gpt_plan *plan,
		 const struct zh_seed *seed, struct zb_diag *diag)
{
	struct fdisk_context *cxt = fdisk_new_context();
	char guid[ZH_GUID_TEXT];
	const char *what = "no memory";
	int r = ZB_ENOMEM;

	if (!cxt)
		goto out;
	zh_seed_guid(seed, "gpt disk", guid);
	what = "partition table";
	/* Errors come back as values; nothing may be asked on the terminal. */
	fdisk_disable_dialogs(cxt, 1);
	if ((r = fdisk_save_user_sector_size(cxt, plan->sector_size, plan->sector_size)) <
		    0 ||
	    (r = fdisk_save_user_grain(cxt, MIB)) < 0 ||
	    (r = fdisk_assign_device_by_fd(cxt, fd, name, 0)) < 0 ||
	    (r = fdisk_create_disklabel(cxt, "gpt")) < 0 ||
	    (r = fdisk_set_disklabel_id_from_string(cxt, guid)) < 0 ||
	    (r = add_partition(cxt, seed, "EFI system partition", TYPE_ESP,
			       plan->esp_start, plan->esp_size)) < 0 ||
	    (r = add_partition(cxt, seed, "zlive", TYPE_VDEV, plan->vdev_start,
			       plan->vdev_size)) < 0)
		goto out;
	r = fdisk_write_disklabel(cxt);
out:
	fdisk_unref_context(cxt);
	if (r < 0)
		return zb_fail(diag, r, name, ZB_DIAG_NO_OFFSET, "%s: %s", what,
			       strerror(-r));
	return 0;
}
