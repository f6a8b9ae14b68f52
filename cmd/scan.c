/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/look.h"
#include "fmt/enums.h"

static const char help[] =
	"Usage: zlive scan [-d DEVICE|IMAGE|DIRECTORY]... [--json]\n"
	"Show which ZFS pools are on which devices, and where their labels claim they are.\n"
	"\n" LOOK_HELP_DEVICE "      --json         print a JSON array\n" LOOK_HELP_HELP;

static const char *state_name(uint64_t state)
{
	static const char *const names[] = { "in use", "exported", "destroyed", "spare",
					     "cache" };

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

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
	       state_name(l->state), (unsigned long long)l->txg,
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
	look_json_name(obj, "state", state_name(l->state));
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

struct scan {
	const struct zr_host *host;
	struct json_object *json; /* NULL: text */
	unsigned int found, bad;
};

static void scan_device(struct scan *s, const struct zh_dev *d)
{
	struct json_object *obj;
	struct zr_label label;
	struct zb_diag why;
	int error = zr_label_read(s->host, &d->dev, &label, &why);

	if (error == ZB_ENOENT)
		return;
	if (error) {
		s->bad++;
		cmd_fail(&why);
	} else {
		s->found++;
	}
	if (s->json) {
		obj = error ? json_device(d) : json_label(d, &label);
		if (error)
			look_json_name(obj, "error", why.reason);
		json_object_array_add(s->json, obj);
	} else if (!error) {
		print_label(d, &label);
	}
}

static int scan_all(const struct look_options *options)
{
	struct zh_reader *reader = zh_reader_create(1, NULL, NULL);
	struct scan s = { 0 };
	struct zh_devs devs;
	struct zb_diag diag;

	if (!reader) {
		zb_fail(&diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "out of memory");
		return cmd_fail(&diag);
	}
	if (zh_devs_open(options->paths.at, options->paths.n, &devs, &diag)) {
		zh_reader_destroy(reader);
		return cmd_fail(&diag);
	}
	s.host = zh_reader_host(reader);
	s.json = options->json ? json_object_new_array() : NULL;
	for (unsigned int i = 0; i < devs.n; i++)
		scan_device(&s, devs.at[i]);
	if (options->json) {
		look_json_print(s.json);
		putchar('\n');
		json_object_put(s.json);
	} else if (s.found == 0 && s.bad == 0) {
		printf("no ZFS label on %u device%s\n", devs.n, devs.n == 1 ? "" : "s");
	}
	if (look_output_done(&diag)) {
		cmd_fail(&diag);
		s.bad++;
	}
	zh_devs_close(&devs);
	zh_reader_destroy(reader);
	return s.bad ? CMD_FAILED : CMD_DONE;
}

int cmd_scan(int argc, char **argv)
{
	static const struct look_getopt spec = { "scan", help, NULL, NULL,
						 LOOK_OPT_JSON };
	struct look_options options = { 0 };

	if (look_getopt(&spec, argc, argv, &options) == LOOK_GETOPT_EXIT)
		return options.status;
	if (optind < argc)
		return cmd_usage_error("scan",
				       "no argument is expected, but '%s' is given",
				       argv[optind]);
	return scan_all(&options);
}
