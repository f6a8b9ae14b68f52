/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef BT_KERNELS_H
#define BT_KERNELS_H

#include <stdbool.h>
#include "boot/common/source.h"

#define BT_PATH_MAX	256
#define BT_RAMDISKS_MAX 4
#define BT_KERNELS_MAX	32
#define BT_OPTIONS_MAX	2048

/* A kernel of a boot environment and what it is started with. */
struct bt_kernel {
	char title[128]; /* what the menu shows */
	char version[128];
	char sort_key[64];	 /* BLS only */
	char image[BT_PATH_MAX]; /* paths in the dataset */
	char ramdisk[BT_RAMDISKS_MAX][BT_PATH_MAX];
	unsigned int n_ramdisks;
	bool has_options; /* BLS only: options replaces the environment's command line */
	char options[BT_OPTIONS_MAX];
};

struct bt_kernel_list {
	struct bt_kernel *kernels; /* room for BT_KERNELS_MAX, the caller's */
	unsigned int n;
};

/*
 * The pairs of kernel and ramdisk in a list of the names in /boot, newest first: vmlinuz-V,
 * vmlinux-V, linux-V or kernel-V with initrd.img-V, initramfs-V.img, initrd-V.img,
 * initrd-V and the like; Arch's vmlinuz-linux with initramfs-linux.img is one of these.
 * Kernels beyond BT_KERNELS_MAX and those without a ramdisk are left out; *ret_unpaired
 * counts the latter.
 */
void bt_kernels_pair(const char *const *names, unsigned int n_names,
		     struct bt_kernel_list *list, unsigned int *ret_unpaired);

/*
 * Which kernel of the list is the default one: wanted (org.zfsbootmenu:kernel) is a file name,
 * a version, or a part of one; the newest that matches, else the first of the list.
 */
unsigned int bt_kernels_default(const struct bt_kernel_list *list, const char *wanted);

/*
 * Fills list from a dataset: Boot Loader Specification entries where there are any, else the
 * pairs of /boot. ZB_ENOENT, with the reason in diag, if there is none.
 */
ZB_MUST_CHECK int bt_kernels_find(const struct bt_source *source, const char *dataset,
				  struct bt_kernel_list *list, struct zb_diag *diag);

/* Internal to boot/common: bls.c. Entries that name no kernel that exists are left out. */
ZB_MUST_CHECK int bt_bls_find(const struct bt_source *source, const char *dataset,
			      struct bt_kernel_list *list, struct zb_diag *diag);
/* Parses one entry; ZB_EINVAL if it is not for us (no linux line, other architecture). */
ZB_MUST_CHECK int bt_bls_parse(const char *text, size_t len,
			       struct bt_kernel *ret_kernel);

#endif
