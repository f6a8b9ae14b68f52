/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZR_READ_H
#define ZR_READ_H

#include "base/diag.h"
#include "base/span.h"

/*
 * The pool reader: from block devices to files, read-only. It has no libc, no globals and no
 * threads of its own; everything that the host supplies is in the two structs of callbacks.
 * A pool and all that was opened from it belong to one thread at a time.
 */

/* What is done to names before they are compared; the values are those on disk. */
enum zr_normal {
	ZR_NORMAL_UPPER = 0x2, /* simple upper case, character by character, at first */
	ZR_NORMAL_DECOMPOSE = 0x10,  /* canonically */
	ZR_NORMAL_COMPATIBLE = 0x20, /* decompose by compatibility */
	ZR_NORMAL_COMPOSE = 0x40,    /* then compose canonically */
};

/* Jobs that run while their owner goes on; it keeps them until zr_host.wait() returns. */
struct zr_jobs {
	void (*job)(void *arg, unsigned int i); /* for i from 0 to n - 1, in any order */
	void *arg;
	unsigned int n;
	/* The host's. */
	struct zr_jobs *next;
	unsigned int taken, ended;
};

struct zc_cksum;
struct zc_aead;

/*
 * What the host computes faster than lib/codec, by its libraries and its processor's
 * instructions, with the same results. Each may be NULL, and each may say ZB_ENOTSUP before it
 * has written anything: then lib/codec does it. Called from several threads.
 */
struct zr_accel {
	/* The checksum, of enum zf_checksum, of a block whose writer had byte order e. */
	int (*checksum)(unsigned int checksum, enum zb_endian e, struct zb_span data,
			struct zc_cksum *ret_cksum);
	/* As zc_sha256_blocks(). */
	void (*sha256_blocks)(void *state, const uint8_t *p, size_t n);
	/* As zc_aead_open(). */
	int (*aead_open)(const struct zc_aead *a, struct zb_span src, uint8_t *dst);
	/* As zc_pbkdf2_sha1(). */
	int (*pbkdf2_sha1)(struct zb_span password, struct zb_span salt,
			   uint64_t iterations, uint8_t *out, size_t out_len);
};

/*
 * Memory and, optionally, other cores. With them alloc, free, decompress and the devices' read
 * are called from jobs, several at once.
 */
struct zr_host {
	void *ctx;
	/* Aligned for any type (16). NULL when there is none. */
	void *(*alloc)(void *ctx, size_t size);
	void (*free)(void *ctx, void *ptr);
	/*
	 * Runs job(arg, 0) .. job(arg, n - 1), in any order, perhaps at once, and returns
	 * when all have ended. NULL: the reader runs them one after another.
	 */
	void (*run)(void *ctx, void (*job)(void *arg, unsigned int i), void *arg,
		    unsigned int n);
	/*
	 * The same without waiting: start() returns at once, wait() helps with the jobs and
	 * returns when all have ended. Both or none; threads is how many jobs run at once.
	 */
	void (*start)(void *ctx, struct zr_jobs *jobs);
	void (*wait)(void *ctx, struct zr_jobs *jobs);
	unsigned int threads;
	/*
	 * Decompresses as zr_block_open() wants it, where the host has something faster; any
	 * error makes the reader's own decoder try. workspace is of ZC_WORKSPACE bytes, for
	 * this call. Called from several threads. May be NULL.
	 */
	int (*decompress)(void *ctx, unsigned int compress, struct zb_span src,
			  uint8_t *dst, size_t dst_len, void *workspace);
	const struct zr_accel *accel; /* may be NULL */
	/*
	 * A name in UTF-8 as file systems with normalization or without case compare it, into
	 * size bytes with a zero; flags are of enum zr_normal. Non-zero if it does not fit.
	 * What is no UTF-8 stays as it is. NULL: only ASCII is known.
	 */
	int (*normalize)(void *ctx, const char *name, unsigned int flags, char *out,
			 size_t size);
	/* Upper bound for blocks that the reader keeps; 0 means 8 MiB. */
	size_t cache_bytes;
	/* What went wrong and was survived (a bad copy, an old uberblock). May be NULL. */
	void (*note)(void *ctx, const struct zb_diag *what);
};

/*
 * One device, partition or image that may hold a vdev. It must outlive every pool opened on
 * it. Reads are of whole blocks: offset and len are multiples of block_size. With zr_host.run
 * set, several threads may read at once.
 */
struct zr_dev {
	void *ctx;
	const char *name;    /* for messages only, never for identity */
	uint64_t size;	     /* bytes */
	uint32_t block_size; /* 512 or a larger power of two, at most 64 KiB */
	/* All len bytes or a negative error; ZB_EIO from the device. */
	int (*read)(void *ctx, uint64_t offset, void *buf, size_t len);
	/* These bytes will be read soon: a hint. May be NULL. */
	void (*ahead)(void *ctx, uint64_t offset, uint64_t len);
};

/* ---- labels: what is on a device ---- */

#define ZR_NAME_MAX 256

/* What the labels of one device say. Paths are what people may see; nothing acts on them. */
struct zr_label {
	uint64_t pool_guid;
	uint64_t vdev_guid; /* of this leaf */
	uint64_t top_guid;
	uint64_t txg;		/* of the label's config */
	uint64_t uberblock_txg; /* of the newest valid uberblock in its rings */
	uint64_t version;
	uint64_t state; /* enum zf_pool_state */
	uint64_t hostid;
	uint64_t vdev_children; /* top-level vdevs of the pool */
	unsigned int ashift;
	unsigned int valid; /* bit n: label n is whole and agrees */
	uint64_t
		displaced; /* where a rear label is on a device whose size has changed, or 0 */
	char pool_name[ZR_NAME_MAX];
	char hostname[ZR_NAME_MAX];
	char path[1024];
	char devid[256];
	char phys_path[256];
};

/*
 * Reads the four labels of dev and gives the best. ZB_ENOENT if there is no ZFS label at all;
 * ZB_EIO only if no label could be read; ZB_ECORRUPT, with the reason in diag, if there are
 * labels but none is whole.
 */
ZB_MUST_CHECK int zr_label_read(const struct zr_host *host, const struct zr_dev *dev,
				struct zr_label *ret_label, struct zb_diag *diag);

/*
 * The offsets at which zr_label_read() looks for labels as long as none has told of others: the
 * four usual ones, then those near the end, where a device that has grown may have them. Returns
 * how many; size is of at least four labels.
 */
#define ZR_LABEL_PLACES (4 + 16)
unsigned int zr_label_places(uint64_t size, uint64_t ret_at[ZR_LABEL_PLACES]);

/* ---- pools ---- */

struct zr_pool;

/*
 * Opens the pool with that GUID from those of the n devices whose labels name it; the others
 * are ignored. The devices' labels are read afresh. guid 0: the only pool there is, ZB_EINVAL
 * if there are several. Falls back to older uberblocks, which is noted, when the newest does
 * not lead to a readable MOS, config and root directory. ZB_ENOTSUP names the feature, ZB_ENODEV the missing vdev in diag. Of two
 * devices that claim the same vdev GUID the one with the newer uberblock is taken, or, if that
 * does not decide, the first in devs.
 */
ZB_MUST_CHECK int zr_pool_open(const struct zr_host *host,
			       const struct zr_dev *const *devs, unsigned int n,
			       uint64_t guid, struct zr_pool **ret_pool,
			       struct zb_diag *diag);

/* The same at another point in time than now. All 0: the newest state that can be read. */
struct zr_open_options {
	uint64_t guid;
	uint64_t max_txg; /* the state of this transaction group, or the last before it */
	bool checkpoint;  /* the state that `zpool checkpoint` kept */
};

ZB_MUST_CHECK int zr_pool_open_at(const struct zr_host *host,
				  const struct zr_dev *const *devs, unsigned int n,
				  const struct zr_open_options *options,
				  struct zr_pool **ret_pool, struct zb_diag *diag);
void zr_pool_close(struct zr_pool *pool);

struct zr_pool_info {
	uint64_t guid;
	uint64_t txg; /* of the uberblock in use */
	uint64_t timestamp;
	uint64_t version;
	uint64_t state;
	uint64_t hostid;
	uint64_t bootfs; /* dataset object number, 0 if unset */
	char name[ZR_NAME_MAX];
	char bootfs_name[ZR_NAME_MAX]; /* empty if unset or gone */
};

void zr_pool_info(const struct zr_pool *pool, struct zr_pool_info *ret_info);

/*
 * What the pool keeps of itself as a packed name-value list: "config", "spares", "l2cache". The
 * caller gives the bytes back to the host. ZB_ENOENT if there is none.
 */
ZB_MUST_CHECK int zr_pool_list(struct zr_pool *pool, const char *name,
			       uint8_t **ret_bytes, size_t *ret_len,
			       struct zb_diag *diag);

/* A text in the ZAP that is object `number` of the MOS. ZB_ENOENT if there is none. */
ZB_MUST_CHECK int zr_pool_text(struct zr_pool *pool, uint64_t number, const char *name,
			       char *buf, size_t size);

/* Bytes and requests read from the devices since the pool was opened. */
void zr_pool_stats(const struct zr_pool *pool, uint64_t *ret_bytes,
		   uint64_t *ret_requests);

/* ---- datasets ---- */

struct zr_dataset;

/* By full name, "zlive/ROOT/debian" or "zlive/ROOT/debian@snap". ZB_ENOENT names what lacks. */
ZB_MUST_CHECK int zr_dataset_open(struct zr_pool *pool, const char *name,
				  struct zr_dataset **ret_ds, struct zb_diag *diag);
void zr_dataset_close(struct zr_dataset *ds);

/* Its object number in the MOS, which no other dataset or snapshot of the pool has. */
uint64_t zr_dataset_object(const struct zr_dataset *ds);

/* The full name of a dataset object of the MOS, snapshots included. ZB_ENOENT if it is gone. */
ZB_MUST_CHECK int zr_dataset_name(struct zr_pool *pool, uint64_t object,
				  char name[ZR_NAME_MAX], struct zb_diag *diag);

struct zr_dataset_info {
	uint64_t object; /* of the dataset in the MOS */
	uint64_t guid;
	uint64_t creation_time; /* seconds */
	uint64_t creation_txg;
	uint64_t referenced; /* bytes */
	unsigned int
		type; /* enum zf_objset_type; ZF_OST_NONE: a directory only, as $MOS */
	bool is_snapshot;
	bool encrypted;
	char name[ZR_NAME_MAX];
};

ZB_MUST_CHECK int zr_dataset_info(struct zr_dataset *ds, struct zr_dataset_info *ret_info,
				  struct zb_diag *diag);

/*
 * Calls back for each child dataset of ds (internal ones, "$MOS" and the like, left out), or
 * each of its snapshots, with the last component of its name; sorted by name. A callback's
 * non-zero value ends the walk and is returned.
 */
typedef int (*zr_name_fn)(void *ctx, const char *name);
ZB_MUST_CHECK int zr_dataset_children(struct zr_dataset *ds, zr_name_fn fn, void *ctx,
				      struct zb_diag *diag);
ZB_MUST_CHECK int zr_dataset_snapshots(struct zr_dataset *ds, zr_name_fn fn, void *ctx,
				       struct zb_diag *diag);

/*
 * A property, native or user, as text ("on", "zstd", "/", "org.zfsbootmenu:active"'s value),
 * local or inherited. source receives the dataset it is set on, "default" if nowhere and
 * OpenZFS has a default; may be NULL. Numbers are printed in decimal, index properties by
 * their OpenZFS names, an inherited mountpoint with the path from where it is set. What
 * OpenZFS computes (used, guid, ...) is no property here; see zr_dataset_info(). ZB_ENOENT if
 * it is not set and has no default.
 */
ZB_MUST_CHECK int zr_dataset_property(struct zr_dataset *ds, const char *property,
				      char *buf, size_t size, char source[ZR_NAME_MAX],
				      struct zb_diag *diag);

/*
 * Calls back for each property that is set on the dataset or inherited, with its value as above;
 * source is the dataset that it is set on, received says that it came there with a stream. What
 * has its default or was fixed at creation is left out. p is room for one of them.
 */
struct zr_property {
	bool received;
	char name[ZR_NAME_MAX];
	char source[ZR_NAME_MAX];
	char value[8192 + 1]; /* OpenZFS's limit for user properties */
};
typedef int (*zr_property_fn)(void *ctx, const struct zr_property *p);
ZB_MUST_CHECK int zr_dataset_properties(struct zr_dataset *ds, struct zr_property *p,
					zr_property_fn fn, void *ctx,
					struct zb_diag *diag);

/* ---- encrypted datasets ---- */

struct zr_encryption {
	const char *cipher;    /* "aes-256-gcm" */
	const char *keyformat; /* "passphrase", "hex", "raw" */
	uint64_t iterations;   /* of a passphrase, PBKDF2's rounds */
	bool unlocked;
	char root
		[ZR_NAME_MAX]; /* the encryption root: the dataset whose key opens this one */
};

/* ZB_ENOENT if the dataset is not encrypted. Takes no key. */
ZB_MUST_CHECK int zr_dataset_encryption(struct zr_dataset *ds,
					struct zr_encryption *ret_info,
					struct zb_diag *diag);

/*
 * Unlocks an encryption root, and so all datasets that have its key, until the pool is closed,
 * which wipes it. key is, by the root's keyformat, a passphrase without a newline, 64 hexadecimal
 * digits, or 32 bytes. ZB_EKEY if it is the wrong one; ZB_EINVAL if it has not the form of one, or
 * the dataset is no encryption root. A passphrase takes its time (0.1 s and more).
 */
ZB_MUST_CHECK int zr_pool_unlock(struct zr_pool *pool, const char *root,
				 struct zb_span key, struct zb_diag *diag);

/* ---- files of a ZPL dataset ---- */

struct zr_fs;

/* ZB_EINVAL if the dataset is no file system, ZB_EKEY if it is encrypted and not unlocked. */
ZB_MUST_CHECK int zr_fs_open(struct zr_dataset *ds, struct zr_fs **ret_fs,
			     struct zb_diag *diag);
void zr_fs_close(struct zr_fs *fs);

/* The object number of its root directory. */
uint64_t zr_fs_root(const struct zr_fs *fs);

struct zr_time {
	int64_t sec;
	uint32_t nsec;
};

struct zr_stat {
	uint64_t object;
	uint32_t mode; /* type and permissions, as stat(2)'s st_mode on Linux */
	uint64_t uid;
	uint64_t gid;
	uint64_t size;
	uint64_t links;
	uint64_t
		rdev; /* as ZPL_RDEV stores it; Linux: its own dev_t, major << 20 | minor */
	uint64_t gen;
	uint64_t parent;
	uint64_t flags;	  /* ZPL pflags */
	uint32_t blksize; /* bytes of one data block: what a read decompresses at once */
	uint64_t used;	  /* bytes on the devices */
	struct zr_time atime, mtime, ctime, crtime;
};

/* An object number to its attributes. */
ZB_MUST_CHECK int zr_fs_stat(struct zr_fs *fs, uint64_t object, struct zr_stat *ret_stat,
			     struct zb_diag *diag);

/*
 * A path from the root of fs to attributes; follow says whether a symbolic link at the end is
 * followed (those in the middle always are, at most 40, absolute ones from the root of fs).
 */
ZB_MUST_CHECK int zr_fs_lookup(struct zr_fs *fs, const char *path, bool follow,
			       struct zr_stat *ret_stat, struct zb_diag *diag);

/*
 * The path of an object from the root of fs, terminated; what hangs at a file as extended
 * attributes is below "<xattrs>" there. ZB_ENOENT if no directory has it any more.
 */
ZB_MUST_CHECK int zr_fs_path(struct zr_fs *fs, uint64_t object, char *buf, size_t size,
			     struct zb_diag *diag);

struct zr_dirent {
	const char *name; /* valid during the callback */
	uint64_t object;
	unsigned int type; /* DT_ value; 0 if the entry does not tell */
	uint64_t next; /* for zr_fs_readdir_from(): what comes behind it; below 2^62 */
};

/* In on-disk order, without "." and "..". A non-zero value of fn ends the walk. */
typedef int (*zr_dirent_fn)(void *ctx, const struct zr_dirent *entry);
ZB_MUST_CHECK int zr_fs_readdir(struct zr_fs *fs, uint64_t object, zr_dirent_fn fn,
				void *ctx, struct zb_diag *diag);

/* The same from a position that an entry's `next` gave; 0 is the start. */
ZB_MUST_CHECK int zr_fs_readdir_from(struct zr_fs *fs, uint64_t object, uint64_t from,
				     zr_dirent_fn fn, void *ctx, struct zb_diag *diag);

/*
 * One name in a directory, compared as the file system compares names. ZB_ENOENT, without
 * touching diag, if it is not there.
 */
ZB_MUST_CHECK int zr_fs_find(struct zr_fs *fs, uint64_t dir, const char *name,
			     uint64_t *ret_object, struct zb_diag *diag);

/* The target, terminated; ZB_ENAMETOOLONG if size does not hold it. */
ZB_MUST_CHECK int zr_fs_readlink(struct zr_fs *fs, uint64_t object, char *buf,
				 size_t size, struct zb_diag *diag);

/*
 * Reads len bytes of a file at offset into buf; fewer at its end. Returns the number of bytes
 * or an error. Blocks that lie side by side on a device are fetched by one large request, so
 * ask for much at once (the loader asks for the whole kernel).
 */
ZB_MUST_CHECK int64_t zr_fs_read(struct zr_fs *fs, uint64_t object, uint64_t offset,
				 void *buf, size_t len, struct zb_diag *diag);

/*
 * The next offset, from `offset` on, that is data or a hole, as lseek(2)'s SEEK_DATA and
 * SEEK_HOLE tell it; the end of the file is a hole. Whole blocks only count. ZB_ENOENT, without
 * touching diag, if offset is at the end or, for data, nothing but a hole follows.
 */
ZB_MUST_CHECK int zr_fs_seek(struct zr_fs *fs, uint64_t object, uint64_t offset,
			     bool hole, uint64_t *ret_offset, struct zb_diag *diag);

/*
 * The next range of a file, from `offset` on, that is data and ends at a hole; or one of which
 * nothing can be known, as the pointers to it do not read: diag says why. Of the data, too, some
 * may be unreadable. ZB_ENOENT, without touching diag, if nothing but a hole follows.
 */
struct zr_data_range {
	uint64_t start, end;
	bool unread;
};
ZB_MUST_CHECK int zr_fs_next_data(struct zr_fs *fs, uint64_t object, uint64_t offset,
				  struct zr_data_range *ret_range, struct zb_diag *diag);

/*
 * Reads of several files as one: what is added is sorted by its place on the devices, fetched
 * with few requests and unpacked on all cores, while the caller goes on between start and wait.
 * A batch is used over and over. One at a time of a pool is best between start and wait.
 */
struct zr_batch;

/*
 * [offset, offset + len) of a file cannot be read, diag says why; it reads as zeros. A value
 * other than 0 ends the call in which that was found, and is returned. Called from
 * zr_batch_add() and zr_batch_wait(), on their thread.
 */
typedef int (*zr_batch_fail_fn)(void *ctx, uint64_t object, uint64_t offset, size_t len,
				const struct zb_diag *diag);

/* fail may be NULL: then the first such error is returned. */
ZB_MUST_CHECK int zr_batch_create(struct zr_pool *pool, zr_batch_fail_fn fail, void *ctx,
				  struct zr_batch **ret_batch, struct zb_diag *diag);
void zr_batch_destroy(struct zr_batch *batch); /* accepts NULL; waits */

/*
 * Adds [offset, offset + len) of an object's data, to be in dst after zr_batch_wait(). The
 * caller has made sure that the file is as long. Returns how many of the bytes were added, fewer
 * if the batch is full, or an error. room, at least len, says how many bytes at dst may be
 * overwritten: with room for the file's last block as a whole it need not be copied.
 */
ZB_MUST_CHECK int64_t zr_batch_add(struct zr_batch *batch, struct zr_fs *fs,
				   uint64_t object, uint64_t offset, void *dst,
				   size_t len, size_t room, struct zb_diag *diag);
void zr_batch_start(struct zr_batch *batch);
ZB_MUST_CHECK int zr_batch_wait(struct zr_batch *batch, struct zb_diag *diag);

/*
 * Each extended attribute by its full Linux name ("user.x", "security.capability",
 * "system.posix_acl_access"), from system attributes and xattr directories alike.
 */
typedef int (*zr_xattr_fn)(void *ctx, const char *name, struct zb_span value);
ZB_MUST_CHECK int zr_fs_xattrs(struct zr_fs *fs, uint64_t object, zr_xattr_fn fn,
			       void *ctx, struct zb_diag *diag);

/*
 * The file's NFSv4 ACL, once, unless it has none; trivial says that it tells no more than the mode,
 * as nearly all do. stat's flags may tell that beforehand: ZF_PFLAG_ACL_TRIVIAL. A non-zero value
 * of fn is returned.
 */
struct zf_ace;
typedef int (*zr_acl_fn)(void *ctx, const struct zf_ace *aces, unsigned int n,
			 bool trivial);
ZB_MUST_CHECK int zr_fs_acl(struct zr_fs *fs, uint64_t object, zr_acl_fn fn, void *ctx,
			    struct zb_diag *diag);

/* ---- volumes ---- */

struct zr_volume;

/* ZB_EINVAL if the dataset is no volume, ZB_EKEY if it is encrypted and not unlocked. */
ZB_MUST_CHECK int zr_volume_open(struct zr_dataset *ds, struct zr_volume **ret_vol,
				 struct zb_diag *diag);
void zr_volume_close(struct zr_volume *vol); /* accepts NULL */

/* Bytes. */
uint64_t zr_volume_size(const struct zr_volume *vol);

/* The same with size and number of its blocks, as of a regular file; no times, no owner. */
void zr_volume_stat(const struct zr_volume *vol, struct zr_stat *ret_stat);

/* As zr_fs_read() and zr_fs_seek(). */
ZB_MUST_CHECK int64_t zr_volume_read(struct zr_volume *vol, uint64_t offset, void *buf,
				     size_t len, struct zb_diag *diag);
ZB_MUST_CHECK int zr_volume_seek(struct zr_volume *vol, uint64_t offset, bool hole,
				 uint64_t *ret_offset, struct zb_diag *diag);

#endif
