/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_DRAID_H
#define ZR_DRAID_H

#include "fmt/nvlist.h"
#include "read/dev.h"

/*
 * The layout of a dRAID. Its address space is cut into groups of `groupwidth` columns by 16 MiB
 * each; `ngroups` groups are a slice, for which the children are permuted anew. What a
 * permutation leaves over, its last `nspares` entries, are the distributed spares.
 *
 * With failure domains (OpenZFS after 2.4) the children are `width / children` sets that lie
 * side by side, each with permutations of its own. Source: OpenZFS module/zfs/vdev_draid.c.
 */
#define ZR_DRAID_ROW_SHIFT    24
#define ZR_DRAID_MAX_CHILDREN 255

struct zr_draid {
	unsigned int ndata, nparity, nspares;
	unsigned int ngroups;
	unsigned int width;    /* children of the vdev */
	unsigned int children; /* that a permutation is over */
	unsigned int sets;     /* width / children */
	unsigned int groupwidth;
	unsigned int ndisks; /* width less spares */
	unsigned int nperms;
	uint64_t group_size; /* bytes of address space */
	uint64_t slice_rows; /* of 16 MiB, on each child */
	uint8_t *perms;	     /* nperms rows of `children` */
};

/* Where a group lies: its column i is on slot[i] from offset[i] of that child on. */
struct zr_draid_group {
	uint64_t start, end; /* of the address space */
	uint8_t slot[ZR_DRAID_MAX_CHILDREN];
	uint64_t offset[ZR_DRAID_MAX_CHILDREN];
};

/*
 * From a vdev's tree with `width` children. ZB_ECORRUPT for numbers that no dRAID can have,
 * ZB_ENOMEM. perms is the caller's to free.
 */
ZB_MUST_CHECK int zr_draid_init(const struct zr_host *host, struct zf_nvlist tree,
				unsigned int width, struct zr_draid *ret_draid);

/* The group that holds an offset of the address space. ZB_ECORRUPT far beyond any device. */
ZB_MUST_CHECK int zr_draid_group(const struct zr_draid *d, uint64_t offset,
				 struct zr_draid_group *ret_group);

/* The child that a distributed spare stands for at an offset of its own. */
unsigned int zr_draid_spare_slot(const struct zr_draid *d, unsigned int spare,
				 uint64_t offset);

/* ---- permutations (draid_map.c) ---- */

/* How many there are for that many children; 0 if there is no map for it. */
unsigned int zr_draid_permutations(unsigned int children);

/* Fills perms, permutations * children bytes, for `sets` sets side by side. */
void zr_draid_permute(unsigned int children, unsigned int sets, uint8_t *perms);

#endif
