/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_SCAN_H
#define ZLIVE_SCAN_H

#include "cmd/look.h"
#include "fmt/nvlist.h"
#include "read/label.h"

/*
 * zlive scan: which pools are there, in the state that `zpool import` would see. What a pool is
 * made of stands in its own config, which an open pool gives; of one that cannot be opened the
 * labels of its devices say what they know.
 */

/* A device with a label, or with damaged ones. */
struct scan_dev {
	const struct zh_dev *dev;
	int error; /* of reading its labels; `why` then tells */
	struct zb_diag why;
	struct zr_label_data label;
};

/* In the order from bad to good, as OpenZFS has them. */
enum scan_state {
	SCAN_OFFLINE, /* somebody took it out of service */
	SCAN_REMOVED,
	SCAN_UNAVAIL, /* cannot be opened */
	SCAN_FAULTED,
	SCAN_DEGRADED,
	SCAN_ONLINE,
};

enum scan_class {
	SCAN_NORMAL,
	SCAN_SPECIAL,
	SCAN_DEDUP,
	SCAN_LOG,
	SCAN_CLASSES,
};

#define SCAN_DEPTH	  8 /* vdevs below each other; OpenZFS makes no more than four */
#define SCAN_CHILDREN_MAX 4096

struct scan_vdev {
	char name[128]; /* "raidz1-0"; of a leaf the device's or its GUID */
	char type[32];
	char was[1024]; /* of a leaf: the path in the config */
	uint64_t guid, id, parity;
	enum scan_class class;
	enum scan_state state;
	const char *reason;	    /* for its state, or NULL */
	const struct scan_dev *dev; /* of a leaf, NULL: not found */
	bool is_hidden; /* holes, indirect ones: nothing that a person could see */
	struct scan_vdev *children;
	unsigned int n;
};

struct scan_pool {
	uint64_t guid;
	const struct scan_dev *newest; /* with the label of the highest txg */
	uint64_t txg, timestamp;       /* of its newest uberblock */
	enum scan_state state;
	const char *reason; /* for its state, in the words of people; NULL: all is well */
	char why[320];	    /* why it cannot be read; empty if it can */
	struct scan_vdev root;
	struct scan_vdev *spares, *caches;
	unsigned int n_spares, n_caches;
	unsigned int n_unknown; /* top-level vdevs that no label tells of */
};

struct scan {
	const struct zr_host *host;
	struct zh_devs devs;
	struct scan_dev *at; /* those with labels */
	unsigned int n;
	struct scan_pool *pools;
	unsigned int n_pools;
	bool only_pools;
};

/* "in use", "exported": what a label says of its pool. */
const char *scan_label_state(uint64_t state);
const char *scan_state_name(enum scan_state state);

/* ---- vdevs (vdevs.c) ---- */

/* Where a config comes from and what its devices are looked for among. */
struct scan_source {
	const struct scan *scan;
	uint64_t pool_guid;   /* of the labels that count */
	struct zr_pool *pool; /* NULL if it cannot be opened */
};

/*
 * Makes a vdev and all below it from a config's tree, with the devices that are there and the
 * states that follow.
 */
ZB_MUST_CHECK int scan_vdev_init(struct scan_vdev *vdev, const struct scan_source *from,
				 struct zf_nvlist tree, unsigned int depth);
void scan_vdev_done(struct scan_vdev *vdev);

/* The state that a vdev has by its children's. */
void scan_vdev_judge(struct scan_vdev *vdev);

/* ---- pools (pools.c) ---- */

/* Finds the pools on scan->at. ZB_ENOMEM with diag. */
ZB_MUST_CHECK int scan_pools_find(struct scan *scan, struct zb_diag *diag);
void scan_pools_done(struct scan *scan);

/* Another device with the label of dev, before it in the list; NULL if there is none. */
const struct scan_dev *scan_copy_of(const struct scan *scan, const struct scan_dev *dev);

/* ---- output (text.c, json.c) ---- */

void scan_print_pool(const struct scan *scan, const struct scan_pool *pool);
struct json_object *scan_json_pool(const struct scan *scan, const struct scan_pool *pool);

#endif
