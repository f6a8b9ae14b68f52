/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include <time.h>
#include "cmd/scan/scan.h"

const char *scan_label_state(uint64_t state)
{
	static const char *const names[] = { "in use", "exported", "destroyed", "spare",
					     "cache" };

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

const char *scan_state_name(enum scan_state state)
{
	static const char *const names[] = { "OFFLINE", "REMOVED",  "UNAVAIL",
					     "FAULTED", "DEGRADED", "ONLINE" };

	return names[state];
}

#define NAME_WIDTH 40

static void print_vdev(const struct scan *scan, const struct scan_vdev *vdev, int indent,
		       const char *state)
{
	int width = NAME_WIDTH - indent;
	const struct scan_dev *copy;

	if (vdev->is_hidden)
		return;
	printf("\t%*s", indent, "");
	look_print_name(stdout, vdev->name);
	printf("%*s  %s",
	       width - (int)strlen(vdev->name) > 0 ? width - (int)strlen(vdev->name) : 0,
	       "", state);
	if (vdev->reason)
		printf("  %s", vdev->reason);
	if (vdev->n == 0 && !vdev->dev && vdev->was[0] &&
	    strcmp(vdev->was, vdev->name) != 0) {
		printf(", was ");
		look_print_name(stdout, vdev->was);
	}
	putchar('\n');
	for (unsigned int i = 0; vdev->dev && i < scan->n; i++) {
		copy = &scan->at[i];
		if (copy == vdev->dev || copy->error ||
		    copy->label.info.vdev_guid != vdev->guid)
			continue;
		printf("\t%*s  also ", indent, "");
		look_print_name(stdout, copy->dev->dev.name);
		printf(", a copy of it\n");
	}
	for (unsigned int i = 0; i < vdev->n; i++)
		print_vdev(scan, &vdev->children[i], indent + 2,
			   scan_state_name(vdev->children[i].state));
}

static void print_class(const struct scan *scan, const struct scan_pool *pool,
			enum scan_class class, const char *title)
{
	bool first = true;

	for (unsigned int i = 0; i < pool->root.n; i++) {
		const struct scan_vdev *vdev = &pool->root.children[i];

		if (vdev->class != class || vdev->is_hidden)
			continue;
		if (first && title)
			printf("\t%s\n", title);
		first = false;
		print_vdev(scan, vdev, 2, scan_state_name(vdev->state));
	}
}

static void print_extra(const struct scan *scan, const char *title,
			const struct scan_vdev *vdevs, unsigned int n)
{
	if (n)
		printf("\t%s\n", title);
	for (unsigned int i = 0; i < n; i++)
		print_vdev(scan, &vdevs[i], 2, vdevs[i].dev ? "AVAIL" : "UNAVAIL");
}

static void print_use(const struct scan_pool *pool)
{
	const struct zr_label *l = &pool->newest->label.info;
	time_t t = (time_t)pool->timestamp;
	char when[32] = "?";
	struct tm tm;

	if (localtime_r(&t, &tm))
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	printf("   use: %s, last written at %s, txg %llu\n", scan_label_state(l->state),
	       when, (unsigned long long)pool->txg);
	printf("  host: ");
	look_print_name(stdout, l->hostname[0] ? l->hostname : "-");
	printf(", hostid 0x%08llx\n", (unsigned long long)l->hostid);
}

void scan_print_pool(const struct scan *scan, const struct scan_pool *pool)
{
	const char *name = pool->newest->label.info.pool_name;

	printf("  pool: ");
	look_print_name(stdout, name[0] ? name : "-");
	printf("\n    id: %llu\n state: %s\n", (unsigned long long)pool->guid,
	       scan_state_name(pool->state));
	if (pool->reason)
		printf("status: %s\n", pool->reason);
	if (pool->why[0]) {
		printf("reason: ");
		look_print_name(stdout, pool->why);
		putchar('\n');
	}
	print_use(pool);
	printf("config:\n\n\t");
	look_print_name(stdout, name[0] ? name : "-");
	printf("%*s  %s%s%s\n", NAME_WIDTH - (int)strnlen(name, NAME_WIDTH), "",
	       scan_state_name(pool->state), pool->root.reason ? "  " : "",
	       pool->root.reason ? pool->root.reason : "");
	print_class(scan, pool, SCAN_NORMAL, NULL);
	print_class(scan, pool, SCAN_SPECIAL, "special");
	print_class(scan, pool, SCAN_DEDUP, "dedup");
	print_class(scan, pool, SCAN_LOG, "logs");
	print_extra(scan, "cache", pool->caches, pool->n_caches);
	print_extra(scan, "spares", pool->spares, pool->n_spares);
	if (pool->n_unknown)
		printf("\n\t%u more of its vdevs %s known by number only.\n",
		       pool->n_unknown, pool->n_unknown == 1 ? "is" : "are");
	putchar('\n');
}
