/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/scan/scan.h"

static const char help[] =
	"Usage: zlive scan [-d DEVICE|IMAGE|DIRECTORY]... [--pools] [--json]\n"
	"Show which ZFS pools there are, in which state, why one cannot be read, which devices they\n"
	"are on, and where their labels claim they are.\n"
	"\n" LOOK_HELP_DEVICE "      --pools        the pools only, not each device\n"
	"      --json         print a JSON array, of devices or, with --pools, of pools\n" LOOK_HELP_HELP;

static void print_claim(const char *what, const char *text)
{
	if (!text[0])
		return;
	printf("    %-10s ", what);
	look_print_name(stdout, text);
	putchar('\n');
}

static void print_label(const struct zh_dev *d, const struct zr_label *l)
{
	printf("%s", d->dev.name);
	if (d->part_guid[0])
		printf("  (partition %s)", d->part_guid);
	printf("\n  pool         ");
	look_print_name(stdout, l->pool_name[0] ? l->pool_name : "-");
	printf("  guid %llu\n", (unsigned long long)l->pool_guid);
	printf("  vdev         guid %llu", (unsigned long long)l->vdev_guid);
	if (l->top_guid != l->vdev_guid)
		printf(", part of %llu", (unsigned long long)l->top_guid);
	printf("; %llu top-level in all\n", (unsigned long long)l->vdev_children);
	printf("  state        %s, txg %llu, newest uberblock %llu\n",
	       scan_label_state(l->state), (unsigned long long)l->txg,
	       (unsigned long long)l->uberblock_txg);
	printf("  last host    ");
	look_print_name(stdout, l->hostname[0] ? l->hostname : "-");
	printf("  hostid 0x%08llx\n", (unsigned long long)l->hostid);
	printf("  labels       %d of 4 whole\n", __builtin_popcount(l->valid));
	printf("  the label claims that it is at\n");
	print_claim("path", l->path);
	print_claim("devid", l->devid);
	print_claim("phys_path", l->phys_path);
}

static struct json_object *json_device(const struct zh_dev *d)
{
	struct json_object *obj = json_object_new_object();

	look_json_name(obj, "device", d->path);
	if (d->part) {
		look_json_u64(obj, "partition", d->part);
		look_json_u64(obj, "offset", d->start);
	}
	look_json_u64(obj, "size", d->dev.size);
	if (d->part_guid[0])
		look_json_name(obj, "partition_guid", d->part_guid);
	return obj;
}

static struct json_object *json_label(const struct zh_dev *d, const struct zr_label *l)
{
	struct json_object *obj = json_device(d), *claims = json_object_new_object();

	look_json_name(obj, "pool", l->pool_name);
	look_json_u64(obj, "pool_guid", l->pool_guid);
	look_json_u64(obj, "vdev_guid", l->vdev_guid);
	look_json_u64(obj, "top_guid", l->top_guid);
	look_json_u64(obj, "vdev_children", l->vdev_children);
	look_json_u64(obj, "ashift", l->ashift);
	look_json_u64(obj, "version", l->version);
	look_json_name(obj, "state", scan_label_state(l->state));
	look_json_u64(obj, "txg", l->txg);
	look_json_u64(obj, "uberblock_txg", l->uberblock_txg);
	look_json_name(obj, "hostname", l->hostname);
	look_json_u64(obj, "hostid", l->hostid);
	look_json_u64(obj, "labels_valid", (uint64_t)__builtin_popcount(l->valid));
	look_json_name(claims, "path", l->path);
	look_json_name(claims, "devid", l->devid);
	look_json_name(claims, "phys_path", l->phys_path);
	json_object_object_add(obj, "claims", claims);
	return obj;
}

/* The labels of all devices; those without any are left out. */
static int read_labels(struct scan *scan, struct zb_diag *diag)
{
	scan->at = calloc(scan->devs.n ? scan->devs.n : 1, sizeof(*scan->at));
	if (!scan->at)
		return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "out of memory");
	for (unsigned int i = 0; i < scan->devs.n; i++) {
		struct scan_dev *d = &scan->at[scan->n];

		d->dev = scan->devs.at[i];
		d->error = zr_label_load(scan->host, &d->dev->dev, ZR_LABEL_FULL,
					 UINT64_MAX, NULL, &d->label, &d->why);
		if (d->error != ZB_ENOENT)
			scan->n++;
	}
	return 0;
}

static void print_devices(const struct scan *scan)
{
	for (unsigned int i = 0; i < scan->n; i++) {
		const struct scan_dev *d = &scan->at[i], *copy;

		if (d->error)
			continue;
		print_label(d->dev, &d->label.info);
		copy = scan_copy_of(scan, d);
		if (!copy)
			continue;
		printf("  a copy of    ");
		look_print_name(stdout, copy->dev->dev.name);
		putchar('\n');
	}
}

static void print_text(const struct scan *scan)
{
	for (unsigned int i = 0; i < scan->n_pools; i++)
		scan_print_pool(scan, &scan->pools[i]);
	if (!scan->only_pools)
		print_devices(scan);
	if (scan->n == 0)
		printf("no ZFS label on %u device%s\n", scan->devs.n,
		       scan->devs.n == 1 ? "" : "s");
}

static void print_json(const struct scan *scan)
{
	struct json_object *list = json_object_new_array(), *obj;

	for (unsigned int i = 0; scan->only_pools && i < scan->n_pools; i++)
		json_object_array_add(list, scan_json_pool(scan, &scan->pools[i]));
	for (unsigned int i = 0; !scan->only_pools && i < scan->n; i++) {
		const struct scan_dev *d = &scan->at[i];

		obj = d->error ? json_device(d->dev) : json_label(d->dev, &d->label.info);
		if (d->error)
			look_json_name(obj, "error", d->why.reason);
		json_object_array_add(list, obj);
	}
	look_json_print(list);
	putchar('\n');
	json_object_put(list);
}

static int run(struct scan *scan, const struct look_options *options)
{
	struct zb_diag diag;
	int status = CMD_DONE;

	if (zh_devs_open(options->paths.at, options->paths.n, &scan->devs, &diag))
		return cmd_fail(&diag);
	if (read_labels(scan, &diag) ||
	    ((scan->only_pools || !options->json) && scan_pools_find(scan, &diag)))
		return cmd_fail(&diag);
	for (unsigned int i = 0; i < scan->n; i++)
		if (scan->at[i].error)
			status = cmd_fail(&scan->at[i].why);
	if (options->json)
		print_json(scan);
	else
		print_text(scan);
	if (look_output_done(&diag))
		status = cmd_fail(&diag);
	return status;
}

int cmd_scan(int argc, char **argv)
{
	static const struct option own[] = {
		{ "pools", no_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	static const struct look_getopt spec = { "scan", help, NULL, own, LOOK_OPT_JSON };
	struct look_options options = { 0 };
	struct zh_reader *reader;
	struct scan scan = { 0 };
	struct zb_diag diag;
	int c, status;

	while ((c = look_getopt(&spec, argc, argv, &options)) >= 0)
		scan.only_pools = true;
	if (c == LOOK_GETOPT_EXIT)
		return options.status;
	if (optind < argc)
		return cmd_usage_error("scan",
				       "no argument is expected, but '%s' is given",
				       argv[optind]);
	reader = zh_reader_create(1, NULL, NULL);
	if (!reader) {
		zb_fail(&diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "out of memory");
		return cmd_fail(&diag);
	}
	scan.host = zh_reader_host(reader);
	status = run(&scan, &options);
	scan_pools_done(&scan);
	for (unsigned int i = 0; i < scan.n; i++)
		if (!scan.at[i].error)
			zr_label_data_done(scan.host, &scan.at[i].label);
	free(scan.at);
	zh_devs_close(&scan.devs);
	zh_reader_destroy(reader);
	return status;
}
