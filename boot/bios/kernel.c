/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/bios/kernel.h"

#define SECTOR		512
#define BOOT_FLAG	0xaa55
#define MAGIC		0x53726448 /* "HdrS" */
#define LOADED_HIGH	1
#define XLF_KERNEL_64	1
#define HIGH_ADDRESS	0x100000
#define OLD_RAMDISK_END 0x38000000ULL
#define OLD_CMDLINE_MAX 255
#define PAGE		4096
#define INIT_SIZE_MAX	(2ULL << 30)

static int not_linux(struct zb_diag *diag, const char *why)
{
	return zb_fail(diag, ZB_ENOTSUP, "kernel", ZB_DIAG_NO_OFFSET, "%s", why);
}

static uint32_t get32(struct zb_span file, uint32_t at)
{
	return zb_load32(file.ptr + at, ZB_LE);
}

/* What the protocol's older versions leave to the loader's knowledge. */
static void set_defaults(struct bi_kernel *k)
{
	k->pref_address = HIGH_ADDRESS;
	k->init_size = (uint64_t)k->payload_size * 4;
	k->alignment = PAGE;
	k->ramdisk_end = OLD_RAMDISK_END;
	k->cmdline_max = OLD_CMDLINE_MAX;
}

static void read_fields(struct zb_span file, struct bi_kernel *k)
{
	if (k->version >= 0x0203)
		k->ramdisk_end = (uint64_t)get32(file, BI_HDR_RAMDISK_MAX) + 1;
	if (k->version >= 0x0205) {
		k->alignment = get32(file, BI_HDR_ALIGNMENT);
		k->relocatable = file.ptr[BI_HDR_RELOCATABLE] != 0;
	}
	if (k->version >= 0x0206)
		k->cmdline_max = get32(file, BI_HDR_CMDLINE_SIZE);
	if (k->version >= 0x020a) {
		k->pref_address = zb_load64(file.ptr + BI_HDR_PREF_ADDRESS, ZB_LE);
		k->init_size = get32(file, BI_HDR_INIT_SIZE);
	}
	if (k->version >= 0x020c)
		k->enter64 =
			zb_load16(file.ptr + BI_HDR_XLOADFLAGS, ZB_LE) & XLF_KERNEL_64;
}

static int check_fields(const struct bi_kernel *k, struct zb_diag *diag)
{
	if (!zb_is_pow2(k->alignment) || k->alignment > (1U << 30))
		return not_linux(diag, "its header asks for an alignment that is none");
	if (k->init_size < k->payload_size || k->init_size > INIT_SIZE_MAX)
		return not_linux(diag, "the size in its header makes no sense");
	if (k->pref_address < HIGH_ADDRESS || k->pref_address > UINT32_MAX)
		return not_linux(diag, "the address in its header makes no sense");
	return 0;
}

int bi_kernel_decode(struct zb_span file, struct bi_kernel *ret_kernel,
		     struct zb_diag *diag)
{
	struct bi_kernel k = { 0 };
	uint32_t sects;
	int error;

	if (file.len < BI_HDR_LIMIT ||
	    zb_load16(file.ptr + BI_HDR_BOOT_FLAG, ZB_LE) != BOOT_FLAG ||
	    get32(file, BI_HDR_MAGIC) != MAGIC)
		return not_linux(diag, "it is no Linux kernel for x86 (bzImage)");
	k.version = zb_load16(file.ptr + BI_HDR_VERSION, ZB_LE);
	if (k.version < 0x0202 || !(file.ptr[BI_HDR_LOADFLAGS] & LOADED_HIGH))
		return not_linux(diag, "it is too old: boot protocol below 2.02, or a "
				       "zImage");
	sects = file.ptr[BI_HDR_SETUP_SECTS] ? file.ptr[BI_HDR_SETUP_SECTS] : 4;
	k.payload = (sects + 1) * SECTOR;
	if (k.payload >= file.len || file.len > UINT32_MAX)
		return not_linux(diag, "the file is cut short");
	k.payload_size = (uint32_t)file.len - k.payload;
	k.header_end = BI_HDR_MAGIC + file.ptr[BI_HDR_JUMP];
	if (k.header_end > BI_HDR_LIMIT)
		k.header_end = BI_HDR_LIMIT;
	set_defaults(&k);
	read_fields(file, &k);
	error = check_fields(&k, diag);
	if (error == 0)
		*ret_kernel = k;
	return error;
}
