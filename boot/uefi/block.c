/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "base/span.h"
#include "boot/common/text.h"
#include "boot/uefi/uefi.h"

#define DISKS_MAX    256
#define VDEV_MIN     (64ULL << 20) /* OpenZFS makes no smaller one */
#define TRANSFER_MAX (4ULL << 20)  /* some firmware fails beyond a few MiB */
#define TRANSFER_MIN (64ULL << 10)
#define BOUNCE_SIZE  (256ULL << 10)
#define BLOCK_MAX    65536
#define DEVICE_TRIES 2

/* The context of a zr_dev. */
struct ue_disk {
	struct ue_context *c;
	efi_handle handle;
	struct efi_block_io *io;
	const struct efi_device_path *path;
	uint32_t media_id;
	size_t transfer; /* what a request may ask for; shrinks when the firmware fails */
	bool partition;
	bool has_file_system;
	bool on_boot_disk;
	char name[64];
};

static void *protocol_of(struct ue_context *c, efi_handle handle,
			 const struct efi_guid *guid)
{
	void *interface = NULL;

	if (efi_failed(c->bs->handle_protocol(handle, guid, &interface)))
		return NULL;
	return interface;
}

static efi_status read_once(struct ue_disk *d, uint64_t offset, void *buf, size_t len)
{
	struct bt_io_stats *stats = &d->c->io;
	efi_status status = d->io->read_blocks(
		d->io, d->media_id, offset / d->io->media->block_size, len, buf);

	stats->requests++;
	if (!efi_failed(status))
		stats->bytes += len;
	return status;
}

/* A failed large request is tried again in smaller ones, a small one a second time. */
static efi_status read_piece(struct ue_disk *d, uint64_t offset, void *buf, size_t len)
{
	efi_status status = EFI_SUCCESS;
	unsigned int tries = 0;
	size_t done = 0;

	while (done < len) {
		size_t n = len - done < d->transfer ? len - done : d->transfer;

		status = read_once(d, offset + done, (uint8_t *)buf + done, n);
		if (!efi_failed(status)) {
			done += n;
			tries = 0;
			continue;
		}
		if (status == EFI_MEDIA_CHANGED || status == EFI_NO_MEDIA)
			return status;
		if (d->transfer > TRANSFER_MIN && n > TRANSFER_MIN)
			d->transfer /= 2;
		else if (++tries == DEVICE_TRIES)
			return status;
	}
	return status;
}

/* Reads into memory that the device can reach, then copies. */
static efi_status read_bounced(struct ue_disk *d, uint64_t offset, void *buf, size_t len)
{
	void *bounce = ue_image_alloc(d->c, BOUNCE_SIZE);
	efi_status status = bounce ? EFI_SUCCESS : EFI_OUT_OF_RESOURCES;
	size_t done = 0;

	while (done < len && !efi_failed(status)) {
		size_t n = len - done < BOUNCE_SIZE ? len - done : BOUNCE_SIZE;

		status = read_piece(d, offset + done, bounce, n);
		if (!efi_failed(status))
			__builtin_memcpy((uint8_t *)buf + done, bounce, n);
		done += n;
	}
	if (bounce)
		ue_image_free(d->c, bounce, BOUNCE_SIZE);
	return status;
}

/* A stick that was pulled out takes its protocol along; what io points to is then freed. */
static bool is_there(const struct ue_disk *d)
{
	return protocol_of(d->c, d->handle, &ue_guid_block_io) == d->io &&
	       d->io->media->present && d->io->media->media_id == d->media_id;
}

static int disk_read(void *ctx, uint64_t offset, void *buf, size_t len)
{
	struct ue_disk *d = ctx;
	efi_status status = EFI_MEDIA_CHANGED;

	if (is_there(d)) {
		const struct efi_block_media *m = d->io->media;
		bool aligned =
			m->io_align <= 1 || ((uintptr_t)buf & (m->io_align - 1)) == 0;

		status = aligned ? read_piece(d, offset, buf, len)
				 : read_bounced(d, offset, buf, len);
	}
	if (d->c->io.tick)
		d->c->io.tick(d->c->io.tick_ctx);
	return efi_failed(status) ? ZB_EIO : 0;
}

static bool is_usable(const struct efi_block_io *io)
{
	const struct efi_block_media *m = io ? io->media : NULL;
	uint64_t blocks;

	if (!m || !m->present || !zb_is_pow2(m->block_size) || m->block_size < 512 ||
	    m->block_size > BLOCK_MAX || m->last_block >= UINT64_MAX / BLOCK_MAX)
		return false;
	blocks = m->last_block + 1;
	return blocks * m->block_size >= VDEV_MIN;
}

static bool probe(struct ue_context *c, efi_handle handle, struct ue_disk *d)
{
	struct efi_block_io *io = protocol_of(c, handle, &ue_guid_block_io);

	if (!is_usable(io))
		return false;
	*d = (struct ue_disk){
		.c = c,
		.handle = handle,
		.io = io,
		.path = protocol_of(c, handle, &ue_guid_device_path),
		.media_id = io->media->media_id,
		.transfer = TRANSFER_MAX,
		.partition = io->media->logical_partition,
		.has_file_system =
			protocol_of(c, handle, &ue_guid_simple_file_system) != NULL,
	};
	d->on_boot_disk = ue_path_same_disk(d->path, c->boot_path);
	return true;
}

static bool within_reach(const struct ue_disk *d, enum bt_reach reach)
{
	switch (reach) {
	case BT_REACH_BOOT_PARTITIONS:
		return d->on_boot_disk && d->partition && !d->has_file_system;
	case BT_REACH_BOOT_DISK:
		return d->on_boot_disk;
	case BT_REACH_EVERYTHING:
		break;
	}
	return true;
}

/* Boot disk first; partitions before what has a file system and before whole disks. */
static unsigned int rank(const struct ue_disk *d)
{
	return (d->on_boot_disk ? 0 : 4) + (d->partition ? 0 : 2) +
	       (d->has_file_system ? 1 : 0);
}

static void sort_disks(struct ue_disk *disks, unsigned int n)
{
	for (unsigned int i = 1; i < n; i++) {
		struct ue_disk d = disks[i];
		unsigned int j = i;

		for (; j > 0 && rank(&disks[j - 1]) > rank(&d); j--)
			disks[j] = disks[j - 1];
		disks[j] = d;
	}
}

static const struct ue_disk *whole_of(const struct ue_disk *disks, unsigned int n,
				      const struct ue_disk *d)
{
	for (unsigned int i = 0; i < n; i++)
		if (!disks[i].partition && ue_path_same_disk(disks[i].path, d->path))
			return &disks[i];
	return NULL;
}

/* "USB disk 2, partition 1": disks are numbered in the firmware's order, from 1. */
static void name_disks(struct ue_disk *disks, unsigned int n)
{
	unsigned int n_wholes = 0;

	for (unsigned int i = 0; i < n; i++)
		if (!disks[i].partition)
			zb_format(disks[i].name, sizeof(disks[i].name), "%s %u",
				  ue_path_bus(disks[i].path), ++n_wholes);
	for (unsigned int i = 0; i < n; i++) {
		const char *whole = ue_path_bus(disks[i].path);
		char part[BT_PART_MAX];

		if (!disks[i].partition)
			continue;
		if (whole_of(disks, n, &disks[i]))
			whole = whole_of(disks, n, &disks[i])->name;
		zb_format(disks[i].name, sizeof(disks[i].name), "%s, partition %u", whole,
			  ue_path_partition(disks[i].path, part));
	}
}

static uint64_t size_of(const struct ue_disk *d)
{
	const struct efi_block_media *m = d->io->media;

	return (m->last_block + 1) * m->block_size;
}

/* What it is known by; of a disk with more sectors than fit into 32 bits, some tell nonsense. */
static void take_traits(const struct ue_disk *disks, unsigned int n,
			const struct ue_disk *d, struct bt_traits *ret)
{
	const struct ue_disk *whole = whole_of(disks, n, d);

	*ret = (struct bt_traits){ .bus = ue_path_bus_kind(d->path) };
	if (whole && whole->io->media->last_block < UINT32_MAX - 1)
		ret->disk_size = size_of(whole);
}

/*
 * Partitions with the same GUID on disks that are alike otherwise: the firmware has read the
 * tables of those that it knows, so that nothing is read here.
 */
static unsigned int count_copies(const struct ue_disk *disks, unsigned int n,
				 const struct ue_disk *d)
{
	char part[BT_PART_MAX], other[BT_PART_MAX];
	struct bt_traits mine, theirs;
	unsigned int copies = 1;

	ue_path_partition(d->path, part);
	take_traits(disks, n, d, &mine);
	for (unsigned int i = 0; i < n && part[0]; i++) {
		ue_path_partition(disks[i].path, other);
		if (!bt_equal(part, other) || ue_path_same_disk(d->path, disks[i].path))
			continue;
		take_traits(disks, n, &disks[i], &theirs);
		copies += mine.bus == theirs.bus && mine.disk_size == theirs.disk_size;
	}
	return copies;
}

/* The firmware starts drivers only for what it boots from; ask it for all the others. */
static void connect_all(struct ue_context *c)
{
	efi_handle *handles = NULL;
	uint64_t n = 0;

	if (efi_failed(c->bs->locate_handle_buffer(EFI_LOCATE_ALL_HANDLES, NULL, NULL, &n,
						   &handles)))
		return;
	for (uint64_t i = 0; i < n; i++)
		c->bs->connect_controller(handles[i], NULL, NULL, true);
	c->bs->free_pool(handles);
}

static void publish(struct ue_context *c, enum bt_reach reach, unsigned int n)
{
	unsigned int kept = 0;

	name_disks(c->disks, n);
	sort_disks(c->disks, n);
	for (unsigned int i = 0; i < n; i++) {
		struct ue_disk *d = &c->disks[i];
		struct bt_device *out = &c->devices[kept];

		if (!within_reach(d, reach))
			continue;
		*out = (struct bt_device){
			.dev = {
				.ctx = d,
				.name = d->name,
				.size = size_of(d),
				.block_size = d->io->media->block_size,
				.read = disk_read,
			},
			.on_boot_disk = d->on_boot_disk,
		};
		ue_path_partition(d->path, out->part);
		take_traits(c->disks, n, d, &out->traits);
		out->traits.copies = count_copies(c->disks, n, d);
		kept++;
	}
	c->n_disks = kept;
}

int ue_devices(void *ctx, enum bt_reach reach, struct bt_device **ret_devices,
	       unsigned int *ret_n, struct zb_diag *diag)
{
	struct ue_context *c = ctx;
	efi_handle *handles = NULL;
	unsigned int kept = 0;
	uint64_t n = 0;

	if (reach == BT_REACH_EVERYTHING)
		connect_all(c);
	ue_free(c, c->disks);
	ue_free(c, c->devices);
	c->disks = ue_alloc(c, DISKS_MAX * sizeof(c->disks[0]));
	c->devices = ue_alloc(c, DISKS_MAX * sizeof(c->devices[0]));
	if (!c->disks || !c->devices)
		return zb_fail(diag, ZB_ENOMEM, "block devices", ZB_DIAG_NO_OFFSET,
			       "no memory for their list");
	if (efi_failed(c->bs->locate_handle_buffer(
		    EFI_LOCATE_BY_PROTOCOL, &ue_guid_block_io, NULL, &n, &handles)))
		n = 0;
	for (uint64_t i = 0; i < n && kept < DISKS_MAX; i++)
		kept += probe(c, handles[i], &c->disks[kept]);
	if (handles)
		c->bs->free_pool(handles);
	publish(c, reach, kept);
	*ret_devices = c->devices;
	*ret_n = c->n_disks;
	return 0;
}
