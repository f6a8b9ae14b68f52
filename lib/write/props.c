/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdlib.h>
#include <string.h>

#include "write/dataset.h"

/* Properties whose values are words: how OpenZFS numbers them (zfs_prop.c, sys/fs/zfs.h). */
struct word {
	const char *property;
	const char *value;
	uint64_t number;
};

static const struct word words[] = {
	{ "aclinherit", "discard", 0 },
	{ "aclinherit", "noallow", 1 },
	{ "aclinherit", "passthrough", 3 },
	{ "aclinherit", "passthrough-x", 5 },
	{ "aclinherit", "restricted", 4 },
	{ "aclmode", "discard", 0 },
	{ "aclmode", "groupmask", 2 },
	{ "aclmode", "passthrough", 3 },
	{ "aclmode", "restricted", 4 },
	{ "acltype", "nfsv4", 2 },
	{ "acltype", "noacl", 0 },
	{ "acltype", "off", 0 },
	{ "acltype", "posix", 1 },
	{ "acltype", "posixacl", 1 },
	{ "atime", "off", 0 },
	{ "atime", "on", 1 },
	{ "canmount", "noauto", 2 },
	{ "canmount", "off", 0 },
	{ "canmount", "on", 1 },
	{ "checksum", "fletcher4", ZF_CHECKSUM_FLETCHER_4 },
	{ "checksum", "on", ZF_CHECKSUM_ON },
	{ "copies", "1", 1 },
	{ "copies", "2", 2 },
	{ "copies", "3", 3 },
	{ "devices", "off", 0 },
	{ "devices", "on", 1 },
	{ "dnodesize", "16k", 16384 },
	{ "dnodesize", "1k", 1024 },
	{ "dnodesize", "2k", 2048 },
	{ "dnodesize", "4k", 4096 },
	{ "dnodesize", "8k", 8192 },
	{ "dnodesize", "auto", 1 },
	{ "dnodesize", "legacy", 0 },
	{ "exec", "off", 0 },
	{ "exec", "on", 1 },
	{ "logbias", "latency", 0 },
	{ "logbias", "throughput", 1 },
	{ "nbmand", "off", 0 },
	{ "nbmand", "on", 1 },
	{ "overlay", "off", 0 },
	{ "overlay", "on", 1 },
	{ "primarycache", "all", 2 },
	{ "primarycache", "metadata", 1 },
	{ "primarycache", "none", 0 },
	{ "readonly", "off", 0 },
	{ "readonly", "on", 1 },
	{ "redundant_metadata", "all", 0 },
	{ "relatime", "off", 0 },
	{ "relatime", "on", 1 },
	{ "secondarycache", "all", 2 },
	{ "secondarycache", "metadata", 1 },
	{ "secondarycache", "none", 0 },
	{ "setuid", "off", 0 },
	{ "setuid", "on", 1 },
	{ "snapdir", "hidden", 0 },
	{ "snapdir", "visible", 1 },
	{ "sync", "always", 1 },
	{ "sync", "disabled", 2 },
	{ "sync", "standard", 0 },
	{ "vscan", "off", 0 },
	{ "vscan", "on", 1 },
	{ "xattr", "dir", 1 },
	{ "xattr", "off", 0 },
	{ "xattr", "on", 1 },
	{ "xattr", "sa", 2 },
};

/* Fixed when a file system is made, kept in its master node; we make only the default. */
static const struct word fixed[] = {
	{ "casesensitivity", "sensitive", 0 },
	{ "normalization", "none", 0 },
	{ "utf8only", "off", 0 },
	{ "version", "5", 0 },
};

/* Texts of OpenZFS's own; every name with a colon in it is a user's. */
static const char *const texts[] = { "mountpoint", "sharenfs", "sharesmb", "mlslabel" };

#define COUNT(a)	  (sizeof(a) / sizeof((a)[0]))

#define COMPRESS_BITS	  7 /* the level stands above the algorithm */
#define RECORD_MIN	  512
#define RECORD_MAX	  (1U << 20)
#define USER_PROPERTY_MAX 256
#define USER_VALUE_MAX	  8192

static int bad(const struct zw_property *p, struct zb_diag *diag)
{
	return zb_fail(diag, ZB_EINVAL, p->name, ZB_DIAG_NO_OFFSET,
		       "%s is not a value of this property that can be written",
		       p->value);
}

static bool parse_level(const char *text, unsigned long max, unsigned long *ret_level)
{
	char *end;

	if (text[0] < '1' || text[0] > '9')
		return false;
	*ret_level = strtoul(text, &end, 10);
	return *end == '\0' && *ret_level <= max;
}

/* compression: the codec that we use, and the number that stands for it in the pool. */
static int apply_compression(struct zw_dataset *ds, const struct zw_property *p,
			     struct zb_diag *diag)
{
	struct zw_codec *codec = &ds->policy.codec;
	const char *v = p->value;
	unsigned long level = 0;
	uint64_t number = ZF_COMPRESS_ZSTD;

	*codec = (struct zw_codec){ 0 };
	if (strcmp(v, "off") == 0) {
		codec->compress = number = ZF_COMPRESS_OFF;
	} else if (strcmp(v, "on") == 0) {
		codec->compress = ZF_COMPRESS_LZ4;
		number = ZF_COMPRESS_ON;
	} else if (strcmp(v, "lz4") == 0) {
		codec->compress = number = ZF_COMPRESS_LZ4;
	} else if (strcmp(v, "gzip") == 0 ||
		   (strncmp(v, "gzip-", 5) == 0 && parse_level(v + 5, 9, &level))) {
		codec->compress = number = ZF_COMPRESS_GZIP_1 + (level ? level : 6) - 1;
	} else if (strcmp(v, "zstd") == 0) {
		codec->compress = number = ZF_COMPRESS_ZSTD;
		codec->level = zw_zstd_level_number(3);
	} else if (strncmp(v, "zstd-fast-", 10) == 0 &&
		   parse_level(v + 10, 1000, &level)) {
		codec->compress = ZF_COMPRESS_ZSTD;
		codec->level = zw_zstd_level_number(-(int)level);
	} else if (strcmp(v, "zstd-fast") == 0) {
		codec->compress = ZF_COMPRESS_ZSTD;
		codec->level = zw_zstd_level_number(-1);
	} else if (strncmp(v, "zstd-", 5) == 0 && parse_level(v + 5, 19, &level)) {
		codec->compress = ZF_COMPRESS_ZSTD;
		codec->level = zw_zstd_level_number((int)level);
	} else {
		return bad(p, diag);
	}
	if (codec->compress == ZF_COMPRESS_ZSTD && codec->level == 0)
		return bad(p, diag);
	if (codec->compress == ZF_COMPRESS_ZSTD && strcmp(v, "zstd") != 0)
		number = ZF_COMPRESS_ZSTD | (uint64_t)codec->level << COMPRESS_BITS;
	zw_map_add64(&ds->props, p->name, number);
	return 0;
}

/* recordsize: "128K", "1M", "131072". */
static int apply_recordsize(struct zw_dataset *ds, const struct zw_property *p,
			    struct zb_diag *diag)
{
	char *end;
	unsigned long long v = strtoull(p->value, &end, 10);

	if (*end == 'K' || *end == 'k') {
		v <<= 10;
		end++;
	} else if (*end == 'M' || *end == 'm') {
		v <<= 20;
		end++;
	}
	if (*end != '\0' || v < RECORD_MIN || v > RECORD_MAX || !zb_is_pow2(v))
		return zb_fail(diag, ZB_EINVAL, p->name, ZB_DIAG_NO_OFFSET,
			       "%s is not a power of two from 512 to 1M", p->value);
	ds->policy.recordsize = v;
	zw_map_add64(&ds->props, p->name, v);
	return 0;
}

static int apply_text(struct zw_dataset *ds, const struct zw_property *p,
		      struct zb_diag *diag)
{
	if (strlen(p->name) >= USER_PROPERTY_MAX || strlen(p->value) >= USER_VALUE_MAX)
		return zb_fail(diag, ZB_ENAMETOOLONG, p->name, ZB_DIAG_NO_OFFSET,
			       "a property name or value beyond OpenZFS's limits");
	zw_map_add_string(&ds->props, p->name, p->value);
	return 0;
}

static void apply_policy(struct zw_dataset *ds, const char *name, uint64_t number)
{
	if (strcmp(name, "copies") == 0)
		ds->policy.copies = number;
	else if (strcmp(name, "dnodesize") == 0)
		ds->policy.dnode_slots = number == 0   ? 1
					 : number == 1 ? 2
						       : number / ZF_DNODE_SIZE;
}

static int apply_word(struct zw_dataset *ds, const struct zw_property *p, bool *ret_known)
{
	*ret_known = false;
	for (size_t i = 0; i < COUNT(words); i++) {
		if (strcmp(words[i].property, p->name) != 0)
			continue;
		*ret_known = true;
		if (strcmp(words[i].value, p->value) == 0) {
			apply_policy(ds, p->name, words[i].number);
			zw_map_add64(&ds->props, p->name, words[i].number);
			return 0;
		}
	}
	return ZB_EINVAL;
}

int zw_property_apply(struct zw_dataset *ds, const struct zw_property *p,
		      struct zb_diag *diag)
{
	bool known;

	if (strcmp(p->name, "compression") == 0)
		return apply_compression(ds, p, diag);
	if (strcmp(p->name, "recordsize") == 0)
		return apply_recordsize(ds, p, diag);
	if (strchr(p->name, ':'))
		return apply_text(ds, p, diag);
	for (size_t i = 0; i < COUNT(texts); i++)
		if (strcmp(texts[i], p->name) == 0)
			return apply_text(ds, p, diag);
	for (size_t i = 0; i < COUNT(fixed); i++)
		if (strcmp(fixed[i].property, p->name) == 0)
			return strcmp(fixed[i].value, p->value) == 0 ? 0 : bad(p, diag);
	if (apply_word(ds, p, &known) == 0)
		return 0;
	if (known)
		return bad(p, diag);
	return zb_fail(diag, ZB_EINVAL, p->name, ZB_DIAG_NO_OFFSET,
		       "not a property of a file system that can be written");
}
