/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_LOOK_H
#define ZLIVE_LOOK_H

#include <getopt.h>
#include <json-c/json.h>
#include <stdio.h>
#include "host/dev.h"
#include "host/reader.h"

/* What the subcommands that look into pools share: devices, pools, targets, safe output. */

/* ---- options (look_options.c) ---- */

/* The -d options as they come. */
#define LOOK_MAX_PATHS 256

struct look_paths {
	const char *at[LOOK_MAX_PATHS];
	unsigned int n;
};

/* ZB_E2BIG if there are too many. */
ZB_MUST_CHECK int look_paths_add(struct look_paths *paths, const char *path);

#define LOOK_MAX_KEYS 64

/* What the options say that these commands have in common. */
struct look_options {
	struct look_paths paths;
	const char *keys[LOOK_MAX_KEYS]; /* [DATASET=]FILE, as they come */
	unsigned int n_keys;
	uint64_t guid; /* 0: not given */
	uint64_t txg;  /* the pool's state of then; 0: not given */
	bool checkpoint;
	bool json;
	bool verbose;
	int status; /* after LOOK_GETOPT_EXIT */
};

/* Which of the common options a command knows; -d and --help it always does. */
enum look_option_set {
	LOOK_OPT_JSON = 1,
	LOOK_OPT_POOL = 2, /* --guid, --key-file, ...: what opening a pool wants */
};

/* The lines of a command's --help for them. */
#define LOOK_HELP_DEVICE                                                                  \
	"  -d, --device PATH  look at this device, image or directory; may be repeated\n" \
	"                     (default: every block device)\n"
#define LOOK_HELP_POOL                                                                          \
	"      --guid GUID    the pool with this GUID\n"                                        \
	"      --txg TXG      the pool as transaction group TXG, or the last before, left it\n" \
	"      --checkpoint   the pool as its checkpoint has it\n"                              \
	"      --key-file [DATASET=]FILE  the passphrase or key of encrypted datasets, or of\n" \
	"                     those that have the key of DATASET; may be repeated\n"            \
	"                     (default: asked for); - is standard input\n"                      \
	"  -v, --verbose      name each fault that was survived\n"
#define LOOK_HELP_HELP "      --help         print this text\n"

struct look_getopt {
	const char *name; /* the command */
	const char *help;
	const char *letters; /* its own options, as getopt(3) wants them; or NULL */
	const struct option
		*own; /* their long forms, each with a value below 0x1000; or NULL */
	unsigned int common; /* enum look_option_set */
};

enum {
	LOOK_GETOPT_END = -1, /* arguments follow, from optind on */
	LOOK_GETOPT_EXIT =
		-2, /* return options->status at once: --help, or wrong usage */
};

/*
 * The next of the command's own options, its argument in optarg, as getopt_long() gives it; the
 * common ones go into *options, which starts as zeros.
 */
int look_getopt(const struct look_getopt *g, int argc, char **argv,
		struct look_options *options);

/* ---- what was survived (look_notes.c) ---- */

struct look_notes;

/* NULL when there is no memory. options must outlive it. */
struct look_notes *look_notes_create(const struct look_options *options);

/* A fault that was survived, for zh_reader_create(): told at once with --verbose. */
void look_note(void *notes, const struct zb_diag *what);

/* Ends with a line on stderr if there were any; with --json, a JSON object of all of them. */
void look_notes_done(struct look_notes *notes);

/* ---- pools and targets ---- */

/* One of the pools that are on the devices. */
struct look_pool {
	uint64_t guid;
	char name[ZR_NAME_MAX];
	struct zr_pool *pool; /* NULL until look_pool_open() */
};

/* The content of a --key-file. */
#define LOOK_KEY_MAX 1024

struct look_key {
	char dataset[ZR_NAME_MAX]; /* empty: for all */
	uint8_t data[LOOK_KEY_MAX];
	size_t len;
};

/* What the labels of a device say. */
struct look_dev {
	uint64_t guid; /* of the pool; 0: there is none */
	bool bad;      /* or it cannot be told */
};

struct look {
	struct zh_devs devs;
	struct zh_reader *reader;
	const struct zr_host *host;
	struct look_options options;
	struct look_notes *notes;
	struct look_pool *pools;
	unsigned int n_pools;
	struct look_dev *at; /* one for each of devs */
	struct look_key *keys;
	unsigned int n_keys;
	char **refused; /* encryption roots whose key was asked for in vain */
	unsigned int n_refused;
};

/*
 * Opens the devices of the -d options (none: all of the machine) and finds the pools on them.
 * Devices that have no whole label are told on stderr and passed over. What was survived is told in
 * the end.
 */
ZB_MUST_CHECK int look_init(struct look *look, const struct look_options *options,
			    struct zb_diag *diag);
void look_done(struct look *look);

ZB_MUST_CHECK int look_pool_open(struct look *look, struct look_pool *pool,
				 struct zb_diag *diag);

/* DATASET[@SNAPSHOT][:PATH] of a command line, in pieces. */
struct look_target {
	char dataset[ZR_NAME_MAX]; /* empty: not given */
	const char *path;	   /* NULL: not given */
};

ZB_MUST_CHECK int look_target_parse(const char *text, struct look_target *ret_target,
				    struct zb_diag *diag);

/*
 * The pool of a target, opened: by the first part of its name, or, where two pools have that
 * name or the target names none, by guid (0: not given).
 */
ZB_MUST_CHECK int look_target_pool(struct look *look, const struct look_target *target,
				   uint64_t guid, struct look_pool **ret_pool,
				   struct zb_diag *diag);

/*
 * The dataset of a target; without one the one that the pool boots from. One that is encrypted is
 * unlocked as by look_unlock().
 */
ZB_MUST_CHECK int look_target_dataset(struct look *look, const struct look_target *target,
				      uint64_t guid, struct zr_dataset **ret_ds,
				      struct zb_diag *diag);

/* The same, opened as a file system. */
ZB_MUST_CHECK int look_target_fs(struct look *look, const struct look_target *target,
				 uint64_t guid, struct zr_fs **ret_fs,
				 struct zb_diag *diag);

/* ---- keys (look_keys.c) ---- */

/*
 * Makes an encrypted dataset readable: by the --key-file for it, else by asking on the terminal,
 * once per encryption root. 0 at once for one that is not encrypted. ZB_EKEY if there is no key.
 */
ZB_MUST_CHECK int look_unlock(struct look *look, struct zr_pool *pool,
			      struct zr_dataset *ds, struct zb_diag *diag);

/*
 * The same for a dataset and all below it, by full name. What stays locked is told on stderr, once
 * for each, and is no error.
 */
ZB_MUST_CHECK int look_unlock_tree(struct look *look, struct zr_pool *pool,
				   const char *name, struct zb_diag *diag);

/* look_init() and look_done() call these. */
ZB_MUST_CHECK int look_keys_load(struct look *look, const struct look_options *options,
				 struct zb_diag *diag);
void look_keys_done(struct look *look);

/* ---- output (look_text.c) ---- */

/*
 * A name for a person: on a terminal bytes that could be commands to it become \ooo. raw names
 * go out as they are.
 */
void look_print_name(FILE *out, const char *name);

/* Length of the UTF-8 sequence at p, 0 if there is none that RFC 3629 allows. */
size_t look_utf8_len(const unsigned char *p);

/* Adds a string; what is no UTF-8 gets U+FFFD there and its bytes in "KEY_hex". */
void look_json_name(struct json_object *obj, const char *key, const char *name);
void look_json_u64(struct json_object *obj, const char *key, uint64_t v);
void look_json_hex(struct json_object *obj, const char *key, struct zb_span value);

/* Prints one JSON value on stdout. */
void look_json_print(struct json_object *obj);

/* At the end: whether all could be printed (the disk behind a redirection may be full). */
ZB_MUST_CHECK int look_output_done(struct zb_diag *diag);

/* A number of an option: a GUID as zpool prints it. False if text is none. */
bool look_parse_u64(const char *text, uint64_t *ret_v);

#endif
