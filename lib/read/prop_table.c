/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/text.h"
#include "fmt/enums.h"
#include "read/prop_table.h"

/* Source: OpenZFS module/zcommon/zfs_prop.c and include/sys/fs/zfs.h. */

static const struct zr_prop_value on_off[] = { { "off", 0 }, { "on", 1 }, { NULL, 0 } };

static const struct zr_prop_value no_limit[] = { { "none", UINT64_MAX }, { NULL, 0 } };

static const struct zr_prop_value checksum[] = {
	{ "on", ZF_CHECKSUM_ON },
	{ "off", ZF_CHECKSUM_OFF },
	{ "fletcher2", ZF_CHECKSUM_FLETCHER_2 },
	{ "fletcher4", ZF_CHECKSUM_FLETCHER_4 },
	{ "sha256", ZF_CHECKSUM_SHA256 },
	{ "noparity", ZF_CHECKSUM_NOPARITY },
	{ "sha512", ZF_CHECKSUM_SHA512 },
	{ "skein", ZF_CHECKSUM_SKEIN },
	{ "edonr", ZF_CHECKSUM_EDONR },
	{ "blake3", ZF_CHECKSUM_BLAKE3 },
	{ NULL, 0 },
};

#define VERIFY 0x100
static const struct zr_prop_value dedup[] = {
	{ "on", ZF_CHECKSUM_ON },
	{ "off", ZF_CHECKSUM_OFF },
	{ "verify", ZF_CHECKSUM_ON | VERIFY },
	{ "sha256", ZF_CHECKSUM_SHA256 },
	{ "sha256,verify", ZF_CHECKSUM_SHA256 | VERIFY },
	{ "sha512", ZF_CHECKSUM_SHA512 },
	{ "sha512,verify", ZF_CHECKSUM_SHA512 | VERIFY },
	{ "skein", ZF_CHECKSUM_SKEIN },
	{ "skein,verify", ZF_CHECKSUM_SKEIN | VERIFY },
	{ "edonr,verify", ZF_CHECKSUM_EDONR | VERIFY },
	{ "blake3", ZF_CHECKSUM_BLAKE3 },
	{ "blake3,verify", ZF_CHECKSUM_BLAKE3 | VERIFY },
	{ NULL, 0 },
};

/* A zstd level stands above the algorithm's 7 bits; the fast ones start at 102. */
#define ZSTD(level) (ZF_COMPRESS_ZSTD | (uint64_t)(level) << 7)
static const struct zr_prop_value compression[] = {
	{ "on", ZF_COMPRESS_ON },
	{ "off", ZF_COMPRESS_OFF },
	{ "lzjb", ZF_COMPRESS_LZJB },
	{ "gzip", ZF_COMPRESS_GZIP_1 + 5 },
	{ "gzip-1", ZF_COMPRESS_GZIP_1 },
	{ "gzip-2", ZF_COMPRESS_GZIP_1 + 1 },
	{ "gzip-3", ZF_COMPRESS_GZIP_1 + 2 },
	{ "gzip-4", ZF_COMPRESS_GZIP_1 + 3 },
	{ "gzip-5", ZF_COMPRESS_GZIP_1 + 4 },
	{ "gzip-7", ZF_COMPRESS_GZIP_1 + 6 },
	{ "gzip-8", ZF_COMPRESS_GZIP_1 + 7 },
	{ "gzip-9", ZF_COMPRESS_GZIP_9 },
	{ "zle", ZF_COMPRESS_ZLE },
	{ "lz4", ZF_COMPRESS_LZ4 },
	{ "zstd", ZF_COMPRESS_ZSTD },
	{ "zstd-1", ZSTD(1) },
	{ "zstd-2", ZSTD(2) },
	{ "zstd-3", ZSTD(3) },
	{ "zstd-4", ZSTD(4) },
	{ "zstd-5", ZSTD(5) },
	{ "zstd-6", ZSTD(6) },
	{ "zstd-7", ZSTD(7) },
	{ "zstd-8", ZSTD(8) },
	{ "zstd-9", ZSTD(9) },
	{ "zstd-10", ZSTD(10) },
	{ "zstd-11", ZSTD(11) },
	{ "zstd-12", ZSTD(12) },
	{ "zstd-13", ZSTD(13) },
	{ "zstd-14", ZSTD(14) },
	{ "zstd-15", ZSTD(15) },
	{ "zstd-16", ZSTD(16) },
	{ "zstd-17", ZSTD(17) },
	{ "zstd-18", ZSTD(18) },
	{ "zstd-19", ZSTD(19) },
	{ "zstd-fast", ZSTD(102) },
	{ "zstd-fast-2", ZSTD(103) },
	{ "zstd-fast-3", ZSTD(104) },
	{ "zstd-fast-4", ZSTD(105) },
	{ "zstd-fast-5", ZSTD(106) },
	{ "zstd-fast-6", ZSTD(107) },
	{ "zstd-fast-7", ZSTD(108) },
	{ "zstd-fast-8", ZSTD(109) },
	{ "zstd-fast-9", ZSTD(110) },
	{ "zstd-fast-10", ZSTD(111) },
	{ "zstd-fast-20", ZSTD(112) },
	{ "zstd-fast-30", ZSTD(113) },
	{ "zstd-fast-40", ZSTD(114) },
	{ "zstd-fast-50", ZSTD(115) },
	{ "zstd-fast-60", ZSTD(116) },
	{ "zstd-fast-70", ZSTD(117) },
	{ "zstd-fast-80", ZSTD(118) },
	{ "zstd-fast-90", ZSTD(119) },
	{ "zstd-fast-100", ZSTD(120) },
	{ "zstd-fast-500", ZSTD(121) },
	{ "zstd-fast-1000", ZSTD(122) },
	{ NULL, 0 },
};

static const struct zr_prop_value encryption[] = {
	{ "off", 2 },	      { "aes-128-ccm", 3 }, { "aes-192-ccm", 4 },
	{ "aes-256-ccm", 5 }, { "aes-128-gcm", 6 }, { "aes-192-gcm", 7 },
	{ "aes-256-gcm", 8 }, { NULL, 0 },
};
static const struct zr_prop_value keyformat[] = {
	{ "none", 0 }, { "raw", 1 }, { "hex", 2 }, { "passphrase", 3 }, { NULL, 0 },
};
static const struct zr_prop_value snapdir[] = {
	{ "hidden", 0 },
	{ "visible", 1 },
	{ "disabled", 2 },
	{ NULL, 0 },
};
static const struct zr_prop_value aclmode[] = {
	{ "discard", 0 },    { "groupmask", 2 }, { "passthrough", 3 },
	{ "restricted", 4 }, { NULL, 0 },
};
static const struct zr_prop_value acltype[] = {
	{ "off", 0 },
	{ "posix", 1 },
	{ "nfsv4", 2 },
	{ NULL, 0 },
};
static const struct zr_prop_value aclinherit[] = {
	{ "discard", 0 },    { "noallow", 1 },	     { "passthrough", 3 },
	{ "restricted", 4 }, { "passthrough-x", 5 }, { NULL, 0 },
};
static const struct zr_prop_value casesensitivity[] = {
	{ "sensitive", 0 },
	{ "insensitive", 1 },
	{ "mixed", 2 },
	{ NULL, 0 },
};
static const struct zr_prop_value normalization[] = {
	{ "none", 0 },	   { "formD", 0x10 },  { "formKC", 0x60 },
	{ "formC", 0x50 }, { "formKD", 0x20 }, { NULL, 0 },
};
static const struct zr_prop_value logbias[] = {
	{ "latency", 0 },
	{ "throughput", 1 },
	{ NULL, 0 },
};
static const struct zr_prop_value canmount[] = {
	{ "off", 0 },
	{ "on", 1 },
	{ "noauto", 2 },
	{ NULL, 0 },
};
static const struct zr_prop_value cache[] = {
	{ "none", 0 },
	{ "metadata", 1 },
	{ "all", 2 },
	{ NULL, 0 },
};
static const struct zr_prop_value sync[] = {
	{ "standard", 0 },
	{ "always", 1 },
	{ "disabled", 2 },
	{ NULL, 0 },
};
static const struct zr_prop_value xattr[] = {
	{ "off", 0 },
	{ "dir", 1 },
	{ "sa", 2 },
	{ NULL, 0 },
};
static const struct zr_prop_value dnodesize[] = {
	{ "legacy", 0 }, { "auto", 1 },	 { "1k", 1024 },   { "2k", 2048 },
	{ "4k", 4096 },	 { "8k", 8192 }, { "16k", 16384 }, { NULL, 0 },
};
static const struct zr_prop_value redundant_metadata[] = {
	{ "all", 0 }, { "most", 1 }, { "some", 2 }, { "none", 3 }, { NULL, 0 },
};
static const struct zr_prop_value volmode[] = {
	{ "default", 0 }, { "full", 1 }, { "dev", 2 }, { "none", 3 }, { NULL, 0 },
};
static const struct zr_prop_value direct[] = {
	{ "disabled", 0 },
	{ "standard", 1 },
	{ "always", 2 },
	{ NULL, 0 },
};

/* Columns: name, inherited, in the master node, names of values, default. */
static const struct zr_prop props[] = {
	{ "aclinherit", true, false, aclinherit, "restricted" },
	{ "aclmode", true, false, aclmode, "discard" },
	{ "acltype", true, false, acltype, "off" },
	{ "atime", true, false, on_off, "on" },
	{ "canmount", false, false, canmount, "on" },
	{ "casesensitivity", false, true, casesensitivity, "sensitive" },
	{ "checksum", true, false, checksum, "on" },
	{ "compression", true, false, compression, "on" },
	{ "context", false, false, NULL, "none" },
	{ "copies", true, false, NULL, "1" },
	{ "dedup", true, false, dedup, "off" },
	{ "defcontext", false, false, NULL, "none" },
	{ "devices", true, false, on_off, "on" },
	{ "direct", true, false, direct, "standard" },
	{ "dnodesize", true, false, dnodesize, "legacy" },
	{ "encryption", true, false, encryption, "off" },
	{ "exec", true, false, on_off, "on" },
	{ "filesystem_limit", false, false, no_limit, "none" },
	{ "fscontext", false, false, NULL, "none" },
	{ "keyformat", false, false, keyformat, "none" },
	{ "keylocation", false, false, NULL, "none" },
	{ "logbias", true, false, logbias, "latency" },
	{ "longname", true, false, on_off, "off" },
	{ "mlslabel", true, false, NULL, "none" },
	{ "mountpoint", true, false, NULL, "/" },
	{ "nbmand", true, false, on_off, "off" },
	{ "normalization", false, true, normalization, "none" },
	{ "overlay", true, false, on_off, "on" },
	{ "pbkdf2iters", false, false, NULL, "0" },
	{ "prefetch", true, false, cache, "all" },
	{ "primarycache", true, false, cache, "all" },
	{ "quota", false, false, NULL, "0" },
	{ "readonly", true, false, on_off, "off" },
	{ "recordsize", true, false, NULL, "131072" },
	{ "redundant_metadata", true, false, redundant_metadata, "all" },
	{ "refquota", false, false, NULL, "0" },
	{ "refreservation", false, false, NULL, "0" },
	{ "relatime", true, false, on_off, "on" },
	{ "reservation", false, false, NULL, "0" },
	{ "rootcontext", false, false, NULL, "none" },
	{ "secondarycache", true, false, cache, "all" },
	{ "setuid", true, false, on_off, "on" },
	{ "sharenfs", true, false, NULL, "off" },
	{ "sharesmb", true, false, NULL, "off" },
	{ "snapdev", true, false, snapdir, "hidden" },
	{ "snapdir", true, false, snapdir, "hidden" },
	{ "snapshot_limit", false, false, no_limit, "none" },
	{ "special_small_blocks", true, false, NULL, "0" },
	{ "sync", true, false, sync, "standard" },
	{ "utf8only", false, true, on_off, "off" },
	{ "version", false, true, NULL, NULL },
	{ "volmode", true, false, volmode, "default" },
	{ "vscan", true, false, on_off, "off" },
	{ "xattr", true, false, xattr, "sa" },
	{ "zoned", true, false, on_off, "off" },
};

const struct zr_prop *zr_prop_find(const char *name)
{
	for (unsigned int i = 0; i < sizeof(props) / sizeof(props[0]); i++)
		if (zb_text_equal(props[i].name, name))
			return &props[i];
	return NULL;
}

const char *zr_prop_value_name(const struct zr_prop *prop, uint64_t value)
{
	for (const struct zr_prop_value *v = prop->values; v && v->name; v++)
		if (v->value == value)
			return v->name;
	return NULL;
}
