/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "cmd/scan/scan.h"

static void add_text(struct json_object *obj, const char *key, const char *text)
{
	if (text && text[0])
		look_json_name(obj, key, text);
}

static struct json_object *json_copies(const struct scan *scan,
				       const struct scan_vdev *vdev)
{
	struct json_object *copies = json_object_new_array();

	for (unsigned int i = 0; i < scan->n; i++) {
		const struct scan_dev *d = &scan->at[i];

		if (d != vdev->dev && !d->error && d->label.info.vdev_guid == vdev->guid)
			json_object_array_add(copies,
					      json_object_new_string(d->dev->dev.name));
	}
	return copies;
}

static struct json_object *json_vdev(const struct scan *scan,
				     const struct scan_vdev *vdev)
{
	static const char *const classes[SCAN_CLASSES] = { "normal", "special", "dedup",
							   "log" };
	struct json_object *obj = json_object_new_object(), *children;

	look_json_name(obj, "name", vdev->name);
	look_json_name(obj, "type", vdev->type);
	look_json_u64(obj, "guid", vdev->guid);
	look_json_name(obj, "state", scan_state_name(vdev->state));
	look_json_name(obj, "class", classes[vdev->class]);
	add_text(obj, "reason", vdev->reason);
	add_text(obj, "was", vdev->was);
	if (vdev->dev) {
		look_json_name(obj, "device", vdev->dev->dev->dev.name);
		json_object_object_add(obj, "copies", json_copies(scan, vdev));
	}
	if (vdev->n == 0)
		return obj;
	children = json_object_new_array();
	for (unsigned int i = 0; i < vdev->n; i++)
		if (!vdev->children[i].is_hidden)
			json_object_array_add(children,
					      json_vdev(scan, &vdev->children[i]));
	json_object_object_add(obj, "children", children);
	return obj;
}

static struct json_object *json_vdevs(const struct scan *scan,
				      const struct scan_vdev *vdevs, unsigned int n)
{
	struct json_object *list = json_object_new_array();

	for (unsigned int i = 0; i < n; i++)
		if (!vdevs[i].is_hidden)
			json_object_array_add(list, json_vdev(scan, &vdevs[i]));
	return list;
}

struct json_object *scan_json_pool(const struct scan *scan, const struct scan_pool *pool)
{
	const struct zr_label *l = &pool->newest->label.info;
	struct json_object *obj = json_object_new_object();

	look_json_name(obj, "pool", l->pool_name);
	look_json_u64(obj, "pool_guid", pool->guid);
	look_json_name(obj, "health", scan_state_name(pool->state));
	add_text(obj, "status", pool->reason);
	add_text(obj, "error", pool->why);
	look_json_name(obj, "state", scan_label_state(l->state));
	look_json_u64(obj, "version", l->version);
	look_json_u64(obj, "txg", pool->txg);
	look_json_u64(obj, "timestamp", pool->timestamp);
	look_json_name(obj, "hostname", l->hostname);
	look_json_u64(obj, "hostid", l->hostid);
	json_object_object_add(obj, "vdevs",
			       json_vdevs(scan, pool->root.children, pool->root.n));
	json_object_object_add(obj, "spares",
			       json_vdevs(scan, pool->spares, pool->n_spares));
	json_object_object_add(obj, "cache",
			       json_vdevs(scan, pool->caches, pool->n_caches));
	look_json_u64(obj, "unknown_vdevs", pool->n_unknown);
	return obj;
}
