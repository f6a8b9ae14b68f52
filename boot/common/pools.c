/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/common/pools.h"
#include "boot/common/text.h"
#include "fmt/enums.h"

void bt_log_diag(struct bt_log *log, const struct zb_diag *what)
{
	char *line = log->lines[log->n];

	if (log->n == BT_LOG_LINES)
		return;
	zb_diag_text(what, line, BT_LOG_BYTES);
	for (unsigned int i = 0; i < log->n; i++)
		if (bt_equal(log->lines[i], line))
			return;
	log->n++;
}

void bt_log_text(const struct bt_log *log, char *buf, size_t size)
{
	buf[0] = '\0';
	for (unsigned int i = 0; i < log->n; i++)
		if (!bt_append(buf, size, log->lines[i]) || !bt_append(buf, size, "\n"))
			return;
}

/* A device with a label, while pools are being put together. */
struct member {
	struct bt_device *device;
	struct bt_keeper *keeper;
	struct zr_label label;
	bool shadowed; /* by another device that claims the same vdev */
};

struct search {
	const struct bt_platform *p;
	const struct zr_host *host;
	struct bt_pools *pools;
	struct bt_log *log;
	struct member *members;
	unsigned int n;
};

static bool holds_data(const struct zr_label *label)
{
	return label->state == ZF_POOL_STATE_ACTIVE ||
	       label->state == ZF_POOL_STATE_EXPORTED;
}

static void read_labels(struct search *s, struct bt_device *devices, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		struct bt_keeper *keeper = &s->pools->keepers[i];
		struct member *m = &s->members[s->n];
		struct zb_diag why = { 0 };
		int error;

		bt_keeper_init(keeper, s->host, &devices[i].dev);
		error = zr_label_read(s->host, &keeper->dev, &m->label, &why);
		if (error < 0 && error != ZB_ENOENT)
			bt_log_diag(s->log, &why);
		if (error < 0 || !holds_data(&m->label)) {
			bt_keeper_drop(keeper);
			continue;
		}
		m->device = &devices[i];
		m->keeper = keeper;
		m->shadowed = false;
		s->n++;
	}
	s->pools->n_devices = n;
	s->pools->n_labels = s->n;
}

static bool is_better_copy(const struct member *a, const struct member *b)
{
	if (a->device->on_boot_disk != b->device->on_boot_disk)
		return a->device->on_boot_disk;
	return a->label.uberblock_txg > b->label.uberblock_txg;
}

static void shadow_copies(struct search *s)
{
	for (unsigned int i = 0; i < s->n; i++)
		for (unsigned int j = i + 1; j < s->n; j++) {
			struct member *a = &s->members[i], *b = &s->members[j];

			if (a->shadowed || b->shadowed ||
			    a->label.pool_guid != b->label.pool_guid ||
			    a->label.vdev_guid != b->label.vdev_guid)
				continue;
			if (is_better_copy(b, a))
				a->shadowed = true;
			else
				b->shadowed = true;
		}
}

static bool is_open(const struct bt_pools *pools, uint64_t guid)
{
	for (unsigned int i = 0; i < pools->n; i++)
		if (pools->pools[i]->info.guid == guid)
			return true;
	return false;
}

static int open_pool(struct search *s, const struct member *first, struct bt_pool *pool,
		     const struct zr_dev **devs, struct zb_diag *diag)
{
	unsigned int n = 0;
	int error;

	for (unsigned int i = 0; i < s->n; i++)
		if (!s->members[i].shadowed &&
		    s->members[i].label.pool_guid == first->label.pool_guid)
			devs[n++] = &s->members[i].keeper->dev;
	error = zr_pool_open(s->host, devs, n, first->label.pool_guid, &pool->pool, diag);
	if (error < 0) {
		pool->pool = NULL;
		return error;
	}
	zr_pool_info(pool->pool, &pool->info);
	pool->vdev_guid = first->label.vdev_guid;
	pool->txg = first->label.uberblock_txg;
	pool->hostid = pool->info.hostid ? pool->info.hostid : first->label.hostid;
	bt_copy(pool->part, sizeof(pool->part), first->device->part);
	pool->traits = first->device->traits;
	bt_copy(pool->where, sizeof(pool->where), first->device->dev.name);
	bt_source_pool_init(&pool->source, pool->pool);
	return 0;
}

static void note_env(void *ctx, const struct zb_diag *what)
{
	bt_log_diag(ctx, what);
}

static void close_pool(const struct zr_host *host, struct bt_pool *pool)
{
	if (pool->pool) {
		bt_envs_done(host, &pool->envs);
		bt_source_pool_done(&pool->source);
		zr_pool_close(pool->pool);
	}
	host->free(host->ctx, pool);
}

static int add_pool(struct search *s, const struct member *first,
		    const struct zr_dev **devs, struct zb_diag *diag)
{
	struct bt_pool *pool = s->host->alloc(s->host->ctx, sizeof(*pool));
	int error;

	if (!pool)
		return zb_fail(diag, ZB_ENOMEM, first->label.pool_name, ZB_DIAG_NO_OFFSET,
			       "no memory for the pool");
	__builtin_memset(pool, 0, sizeof(*pool));
	error = open_pool(s, first, pool, devs, diag);
	if (error == 0)
		error = bt_envs_find(&pool->source.source, s->host, pool->info.name,
				     pool->info.bootfs_name, &pool->envs, note_env,
				     s->log, diag);
	if (error < 0) {
		close_pool(s->host, pool);
		return error;
	}
	if (pool->envs.n == 0)
		zb_fail(diag, 0, pool->info.name, ZB_DIAG_NO_OFFSET,
			"the pool has no boot environment");
	s->pools->n_envs += pool->envs.n;
	s->pools->pools[s->pools->n++] = pool;
	return 0;
}

static void open_pools(struct search *s, const struct zr_dev **devs)
{
	for (unsigned int i = 0; i < s->n && s->pools->n < BT_POOLS_MAX; i++) {
		const struct member *m = &s->members[i];
		struct zb_diag why = { 0 };

		if (m->shadowed || is_open(s->pools, m->label.pool_guid))
			continue;
		if (add_pool(s, m, devs, &why) < 0 || why.reason[0])
			bt_log_diag(s->log, &why);
	}
}

void bt_pools_find(const struct bt_platform *p, const struct zr_host *host,
		   enum bt_reach reach, struct bt_pools *ret_pools, struct bt_log *log)
{
	struct search s = { .p = p, .host = host, .pools = ret_pools, .log = log };
	const struct zr_dev **devs = NULL;
	struct zb_diag why = { 0 };
	struct bt_device *devices;
	unsigned int n;

	*ret_pools = (struct bt_pools){ 0 };
	if (p->devices(p->ctx, reach, &devices, &n, &why) < 0) {
		bt_log_diag(log, &why);
		return;
	}
	if (n == 0)
		return;
	ret_pools->keepers = host->alloc(host->ctx, n * sizeof(ret_pools->keepers[0]));
	s.members = host->alloc(host->ctx, n * sizeof(s.members[0]));
	devs = host->alloc(host->ctx, n * sizeof(devs[0]));
	if (ret_pools->keepers && s.members && devs) {
		read_labels(&s, devices, n);
		shadow_copies(&s);
		open_pools(&s, devs);
		for (unsigned int i = 0; i < s.n; i++)
			bt_keeper_drop(s.members[i].keeper);
	} else {
		zb_fail(&why, ZB_ENOMEM, "disks", ZB_DIAG_NO_OFFSET,
			"no memory for the labels of %u of them", n);
		bt_log_diag(log, &why);
	}
	host->free(host->ctx, devs);
	host->free(host->ctx, s.members);
}

void bt_pools_done(const struct zr_host *host, struct bt_pools *pools)
{
	for (unsigned int i = 0; i < pools->n; i++)
		close_pool(host, pools->pools[i]);
	host->free(host->ctx, pools->keepers);
	*pools = (struct bt_pools){ 0 };
}
