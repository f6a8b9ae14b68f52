/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>
#include "cmd/cmd.h"
#include "cmd/ls.h"
#include "fmt/enums.h"
#include "read/traverse.h"

/* Object types under the names that zdb(8) has for them. */
static const char *type_name(unsigned int type)
{
	static const char *const names[ZF_OT_NUMTYPES] = {
		[ZF_OT_NONE] = "unallocated",
		[ZF_OT_OBJECT_DIRECTORY] = "object directory",
		[ZF_OT_OBJECT_ARRAY] = "object array",
		[ZF_OT_PACKED_NVLIST] = "packed nvlist",
		[ZF_OT_PACKED_NVLIST_SIZE] = "packed nvlist size",
		[ZF_OT_BPOBJ] = "bpobj",
		[ZF_OT_BPOBJ_HDR] = "bpobj header",
		[ZF_OT_SPACE_MAP_HEADER] = "SPA space map header",
		[ZF_OT_SPACE_MAP] = "SPA space map",
		[ZF_OT_INTENT_LOG] = "ZIL intent log",
		[ZF_OT_DNODE] = "DMU dnode",
		[ZF_OT_OBJSET] = "DMU objset",
		[ZF_OT_DSL_DIR] = "DSL directory",
		[ZF_OT_DSL_DIR_CHILD_MAP] = "DSL directory child map",
		[ZF_OT_DSL_DS_SNAP_MAP] = "DSL dataset snap map",
		[ZF_OT_DSL_PROPS] = "DSL props",
		[ZF_OT_DSL_DATASET] = "DSL dataset",
		[ZF_OT_ZNODE] = "ZFS znode",
		[ZF_OT_OLDACL] = "ZFS V0 ACL",
		[ZF_OT_PLAIN_FILE_CONTENTS] = "ZFS plain file",
		[ZF_OT_DIRECTORY_CONTENTS] = "ZFS directory",
		[ZF_OT_MASTER_NODE] = "ZFS master node",
		[ZF_OT_UNLINKED_SET] = "ZFS delete queue",
		[ZF_OT_ZVOL] = "zvol object",
		[ZF_OT_ZVOL_PROP] = "zvol prop",
		[ZF_OT_PLAIN_OTHER] = "other uint8[]",
		[ZF_OT_UINT64_OTHER] = "other uint64[]",
		[ZF_OT_ZAP_OTHER] = "other ZAP",
		[ZF_OT_ERROR_LOG] = "persistent error log",
		[ZF_OT_SPA_HISTORY] = "SPA history",
		[ZF_OT_SPA_HISTORY_OFFSETS] = "SPA history offsets",
		[ZF_OT_POOL_PROPS] = "Pool properties",
		[ZF_OT_DSL_PERMS] = "DSL permissions",
		[ZF_OT_ACL] = "ZFS ACL",
		[ZF_OT_SYSACL] = "ZFS SYSACL",
		[ZF_OT_FUID] = "FUID table",
		[ZF_OT_FUID_SIZE] = "FUID table size",
		[ZF_OT_NEXT_CLONES] = "DSL dataset next clones",
		[ZF_OT_SCAN_QUEUE] = "scan work queue",
		[ZF_OT_USERGROUP_USED] = "ZFS user/group/project used",
		[ZF_OT_USERGROUP_QUOTA] = "ZFS user/group/project quota",
		[ZF_OT_USERREFS] = "snapshot refcount tags",
		[ZF_OT_DDT_ZAP] = "DDT ZAP algorithm",
		[ZF_OT_DDT_STATS] = "DDT statistics",
		[ZF_OT_SA] = "System attributes",
		[ZF_OT_SA_MASTER_NODE] = "SA master node",
		[ZF_OT_SA_ATTR_REGISTRATION] = "SA attr registration",
		[ZF_OT_SA_ATTR_LAYOUTS] = "SA attr layouts",
		[ZF_OT_SCAN_XLATE] = "scan translations",
		[ZF_OT_DEDUP] = "deduplicated block",
		[ZF_OT_DEADLIST] = "DSL deadlist map",
		[ZF_OT_DEADLIST_HDR] = "DSL deadlist map hdr",
		[ZF_OT_DSL_CLONES] = "DSL dir clones",
		[ZF_OT_BPOBJ_SUBOBJ] = "bpobj subobj",
	};
	static const char *const swaps[] = {
		"uint8", "uint16", "uint32", "uint64", "zap",
		"dnode", "objset", "znode",  "oldacl", "acl",
	};
	unsigned int swap = type & ZF_OT_BYTESWAP_MASK;

	if (type < ZF_OT_NUMTYPES)
		return names[type];
	if (type & ZF_OT_NEWTYPE && swap < sizeof(swaps) / sizeof(swaps[0]))
		return swaps[swap];
	return "UNKNOWN";
}

static uint64_t fill_of(const struct zf_dnode *dn)
{
	struct zf_blkptr bp;
	uint64_t fill = 0;

	for (unsigned int i = 0; i < dn->nblkptr; i++)
		if (zf_dnode_blkptr(dn, i, &bp) == 0)
			fill += bp.embedded ? 1 : bp.fill;
	return fill;
}

/* ---- one object ---- */

struct objects {
	struct ls *ls;
	bool open; /* in JSON: an object's list of blocks has not been closed */
	bool first_block;
};

static void json_close(struct objects *o)
{
	if (o->open)
		fputs(o->ls->details ? "]}" : "}", stdout);
	o->open = false;
}

/* The object's fields, left open for its blocks: an object may have more than memory. */
static void json_one(struct objects *o, uint64_t number, const struct zf_dnode *dn)
{
	struct json_object *obj = json_object_new_object();
	const char *text;

	json_object_object_add(obj, "object", json_object_new_int64((int64_t)number));
	look_json_name(obj, "type", type_name(dn->type));
	look_json_u64(obj, "type_number", dn->type);
	look_json_name(obj, "bonus_type", type_name(dn->bonustype));
	look_json_u64(obj, "bonus_size", dn->bonus.len);
	look_json_u64(obj, "levels", dn->nlevels);
	look_json_u64(obj, "indirect_size", 1ULL << dn->indblkshift);
	look_json_u64(obj, "block_size", dn->datablksz);
	look_json_u64(obj, "dnode_size", (uint64_t)dn->slots << ZF_DNODE_SHIFT);
	look_json_u64(obj, "size", zf_dnode_end(dn));
	look_json_u64(obj, "used", dn->used);
	look_json_u64(obj, "fill", fill_of(dn));
	text = json_object_to_json_string_ext(
		obj, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE);
	printf("%s\n%.*s", o->ls->printed ? "," : "", (int)strlen(text) - 1, text);
	json_object_put(obj);
	if (o->ls->details)
		fputs(",\"blocks\":[", stdout);
	o->ls->printed = o->open = o->first_block = true;
}

static void text_object(uint64_t number, const struct zf_dnode *dn)
{
	printf("%10lld  %3u  %6u  %8lu  %10llu  %6u  %14llu  %s\n",
	       (long long)(int64_t)number, dn->nlevels, 1U << dn->indblkshift,
	       (unsigned long)dn->datablksz, (unsigned long long)dn->used,
	       (unsigned int)dn->slots << ZF_DNODE_SHIFT,
	       (unsigned long long)zf_dnode_end(dn), type_name(dn->type));
}

static void print_object(struct objects *o, uint64_t number, const struct zf_dnode *dn)
{
	json_close(o);
	if (o->ls->json)
		json_one(o, number, dn);
	else
		text_object(number, dn);
}

/* ---- its blocks ---- */

static void dva_text(const struct zf_dva *dva, char *buf, size_t size)
{
	snprintf(buf, size, "%u:%llx:%llx%s", (unsigned int)dva->vdev,
		 (unsigned long long)dva->offset, (unsigned long long)dva->asize,
		 dva->gang ? ":gang" : "");
}

static void json_block(struct objects *o, const struct zr_visit *v)
{
	const struct zf_blkptr *bp = &v->bp;
	char dva[80];

	printf("%s{\"level\":%d,\"blkid\":%lld,\"offset\":%llu,\"lsize\":%llu,"
	       "\"psize\":%llu,\"birth\":%llu",
	       o->first_block ? "" : ",", v->level, (long long)(int64_t)v->blkid,
	       (unsigned long long)v->offset, (unsigned long long)bp->lsize,
	       (unsigned long long)bp->psize, (unsigned long long)bp->logical_birth);
	if (bp->embedded) {
		printf(",\"embedded\":true}");
	} else {
		printf(",\"checksum\":\"%016llx:%016llx:%016llx:%016llx\",\"dvas\":[",
		       (unsigned long long)bp->cksum[0], (unsigned long long)bp->cksum[1],
		       (unsigned long long)bp->cksum[2],
		       (unsigned long long)bp->cksum[3]);
		for (unsigned int i = 0; i < bp->ndvas; i++) {
			dva_text(&bp->dva[i], dva, sizeof(dva));
			printf("%s\"%s\"", i ? "," : "", dva);
		}
		printf("]}");
	}
	o->first_block = false;
}

static void text_block(const struct zr_visit *v)
{
	const struct zf_blkptr *bp = &v->bp;
	char dva[80];

	if (v->blkid == ZR_VISIT_SPILL)
		printf("%18s", "attributes");
	else
		printf("%18llx", (unsigned long long)v->offset);
	printf(" L%d", v->level);
	for (unsigned int i = 0; i < bp->ndvas; i++) {
		dva_text(&bp->dva[i], dva, sizeof(dva));
		printf(" %s", dva);
	}
	printf("%s %llxL/%llxP birth %llu\n", bp->embedded ? " embedded" : "",
	       (unsigned long long)bp->lsize, (unsigned long long)bp->psize,
	       (unsigned long long)bp->logical_birth);
}

static void print_block(struct objects *o, const struct zr_visit *v)
{
	if (!o->ls->details || v->level < 0)
		return;
	if (o->ls->json)
		json_block(o, v);
	else
		text_block(v);
}

/* ---- the whole objset ---- */

/*
 * The blocks of the meta dnode lie between the objects that are in them, but belong to one
 * object: it is listed by a walk of its own, before the others.
 */
static int walk(struct objects *o, struct zr_pool *pool, uint64_t dataset, bool meta,
		struct zb_diag *diag)
{
	struct zr_traverse *t;
	struct zr_visit v;
	int r = zr_traverse_objset(pool, dataset, &t, diag);

	if (r)
		return r;
	while ((r = zr_traverse_next(t, &v, diag)) > 0) {
		if ((v.object == ZR_VISIT_DNODES) != meta)
			continue;
		if (r == ZR_TRAVERSE_OBJECT) {
			print_object(o, v.object, zr_traverse_dnode(t));
		} else if (r == ZR_TRAVERSE_BLOCK) {
			print_block(o, &v);
		} else {
			cmd_fail(diag);
			o->ls->failed = true;
		}
	}
	json_close(o);
	zr_traverse_destroy(t);
	return r;
}

int ls_objects(struct ls *ls, struct look *look, const struct look_target *target,
	       struct zb_diag *diag)
{
	struct objects o = { .ls = ls };
	const char *slash = strchr(target->dataset, '/');
	struct look_pool *pool;
	struct zr_dataset *ds;
	uint64_t object = 0;
	int error = look_target_pool(look, target, ls->guid, &pool, diag);

	if (error)
		return error;
	if (!slash || strcmp(slash + 1, "$MOS") != 0) {
		error = zr_dataset_open(pool->pool, target->dataset, &ds, diag);
		if (error)
			return error;
		object = zr_dataset_object(ds);
		zr_dataset_close(ds);
	}
	if (!ls->json)
		printf("%10s  %3s  %6s  %8s  %10s  %6s  %14s  %s\n", "object", "lvl",
		       "iblk", "dblk", "used", "dnsize", "size", "type");
	error = walk(&o, pool->pool, object, true, diag);
	return error ? error : walk(&o, pool->pool, object, false, diag);
}
