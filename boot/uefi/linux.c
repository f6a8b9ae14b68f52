/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/span.h"
#include "boot/common/text.h"
#include "boot/uefi/uefi.h"

/*
 * Hands over to the kernel's EFI stub: the kernel through LoadImage from memory, which checks
 * its signature under Secure Boot, the ramdisk through the LoadFile2 protocol on a handle
 * with the device path that the stub looks for. See Documentation/arch/x86/boot.rst and
 * drivers/firmware/efi/libstub of Linux.
 */

struct initrd_path {
	struct efi_device_path header;
	struct efi_guid vendor;
	struct efi_device_path end;
};

struct memory_path {
	struct efi_device_path header;
	uint32_t memory_type;
	uint64_t start;
	uint64_t end_address;
	struct efi_device_path end;
} __attribute__((packed));

#define PATH_END                                                                         \
	{                                                                                \
		EFI_DP_END, EFI_DP_END_ENTIRE,                                           \
		{                                                                        \
			sizeof(struct efi_device_path), 0                                \
		}                                                                        \
	}

/* What the stub gets as LoadFile2; the protocol comes first so that self is also this. */
struct ramdisk_source {
	struct efi_load_file2 protocol;
	const void *data;
	uint64_t size;
};

static efi_status load_ramdisk(struct efi_load_file2 *self, struct efi_device_path *path,
			       bool boot_policy, uint64_t *size, void *buf)
{
	const struct ramdisk_source *s = (const struct ramdisk_source *)self;

	if (!size)
		return EFI_INVALID_PARAMETER;
	if (boot_policy)
		return EFI_UNSUPPORTED;
	if (!buf || *size < s->size) {
		*size = s->size;
		return EFI_BUFFER_TOO_SMALL;
	}
	__builtin_memcpy(buf, s->data, s->size);
	*size = s->size;
	return EFI_SUCCESS;
}

/*
 * Refuses what LoadImage would refuse less clearly: no PE image, or a stub from before Linux
 * 5.8 (major image version 0), which does not ask for the ramdisk in this way.
 */
static int check_kernel(const struct bt_image *image, struct zb_diag *diag)
{
	struct zb_span k = zb_span(image->kernel, image->kernel_size);
	uint16_t mz, major, machine;
	uint32_t pe, signature;

	if (zb_span_u16(k, 0, ZB_LE, &mz) || mz != 0x5a4d ||
	    zb_span_u32(k, 0x3c, ZB_LE, &pe) || zb_span_u32(k, pe, ZB_LE, &signature) ||
	    signature != 0x4550)
		return zb_fail(diag, ZB_ENOTSUP, "kernel", ZB_DIAG_NO_OFFSET,
			       "it has no EFI stub (CONFIG_EFI_STUB)");
	if (zb_span_u16(k, (uint64_t)pe + 4, ZB_LE, &machine) || machine != 0x8664)
		return zb_fail(diag, ZB_ENOTSUP, "kernel", ZB_DIAG_NO_OFFSET,
			       "it is for another architecture");
	if (zb_span_u16(k, (uint64_t)pe + 24 + 44, ZB_LE, &major) || major < 1)
		return zb_fail(diag, ZB_ENOTSUP, "kernel", ZB_DIAG_NO_OFFSET,
			       "it is too old to take its ramdisk from an EFI loader "
			       "(Linux 5.8 or newer is needed)");
	return 0;
}

static int fail_load(efi_status status, struct zb_diag *diag)
{
	if (status == EFI_SECURITY_VIOLATION || status == EFI_ACCESS_DENIED)
		return zb_fail(diag, ZB_EACCES, "kernel", ZB_DIAG_NO_OFFSET,
			       "Secure Boot refuses it: no key of this firmware has "
			       "signed it. Turn Secure Boot off in the firmware's "
			       "setup, or enrol a key that has.");
	if (status == EFI_OUT_OF_RESOURCES)
		return zb_fail(diag, ZB_ENOMEM, "kernel", ZB_DIAG_NO_OFFSET,
			       "the firmware has no memory to load it");
	return zb_fail(diag, ZB_ENOTSUP, "kernel", ZB_DIAG_NO_OFFSET,
		       "the firmware cannot load it (LoadImage: status %llx)",
		       (unsigned long long)(status & ~EFI_ERROR_BIT));
}

static int set_options(struct ue_context *c, efi_handle kernel, const char *cmdline,
		       struct zb_diag *diag)
{
	size_t n = bt_len(cmdline) + 1;
	struct efi_loaded_image *loaded;
	efi_char *options = ue_alloc(c, n * sizeof(*options));
	void *interface;

	if (!options ||
	    efi_failed(c->bs->handle_protocol(kernel, &ue_guid_loaded_image, &interface)))
		return zb_fail(diag, ZB_ENOMEM, "kernel", ZB_DIAG_NO_OFFSET,
			       "its command line cannot be set");
	for (size_t i = 0; i < n; i++)
		options[i] = (efi_char)(unsigned char)cmdline[i];
	loaded = interface;
	loaded->load_options = options;
	loaded->load_options_size = (uint32_t)(n * sizeof(*options));
	return 0;
}

static int run_kernel(struct ue_context *c, const struct bt_image *image,
		      struct zb_diag *diag)
{
	struct memory_path path = {
		.header = { EFI_DP_HARDWARE,
			    EFI_DP_HW_MEMMAP,
			    { sizeof(path) - sizeof(path.end), 0 } },
		.memory_type = EFI_LOADER_DATA,
		.start = (uint64_t)(uintptr_t)image->kernel,
		.end_address = (uint64_t)(uintptr_t)image->kernel + image->kernel_size,
		.end = PATH_END,
	};
	efi_handle kernel = NULL;
	efi_status status;
	int error;

	status = c->bs->load_image(false, c->image, &path.header, image->kernel,
				   image->kernel_size, &kernel);
	if (efi_failed(status)) {
		/* After a security violation the image is there, but must not run. */
		if (status == EFI_SECURITY_VIOLATION && kernel)
			c->bs->unload_image(kernel);
		return fail_load(status, diag);
	}
	error = set_options(c, kernel, image->cmdline, diag);
	if (error < 0) {
		c->bs->unload_image(kernel);
		return error;
	}
	status = c->bs->start_image(kernel, NULL, NULL);
	return zb_fail(diag, ZB_EIO, "kernel", ZB_DIAG_NO_OFFSET,
		       "it gave up and returned to the loader (status %llx)",
		       (unsigned long long)(status & ~EFI_ERROR_BIT));
}

int ue_start(void *ctx, const struct bt_image *image, struct zb_diag *diag)
{
	struct ue_context *c = ctx;
	struct initrd_path path = {
		.header = { EFI_DP_MEDIA,
			    EFI_DP_MEDIA_VENDOR,
			    { sizeof(path) - sizeof(path.end), 0 } },
		.vendor = ue_guid_linux_initrd,
		.end = PATH_END,
	};
	struct ramdisk_source source = {
		.protocol = { load_ramdisk },
		.data = image->ramdisk,
		.size = image->ramdisk_size,
	};
	efi_handle handle = NULL;
	int error = check_kernel(image, diag);

	if (error < 0)
		return error;
	if (image->ramdisk && efi_failed(c->bs->install_multiple_protocol_interfaces(
				      &handle, &ue_guid_device_path, &path,
				      &ue_guid_load_file2, &source.protocol, NULL)))
		return zb_fail(diag, ZB_EBUSY, "ramdisk", ZB_DIAG_NO_OFFSET,
			       "the firmware does not take it (is another loader's "
			       "ramdisk still installed?)");
	error = run_kernel(c, image, diag);
	if (handle)
		c->bs->uninstall_multiple_protocol_interfaces(
			handle, &ue_guid_device_path, &path, &ue_guid_load_file2,
			&source.protocol, NULL);
	return error;
}
