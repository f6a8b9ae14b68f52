/* SPDX-License-Identifier: BSD-2-Clause */
/* zlive build: what it is asked for. How it is done is in cmd/build/. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/span.h"
#include "cmd/build/account.h"
#include "cmd/build/make.h"
#include "cmd/build/tty.h"
#include "cmd/cmd.h"
#include "cmd/suggest.h"
#include "host/size.h"

#define DEFAULT_SIZE	    (4ULL << 30)
#define DEFAULT_COMPRESSION "zstd-9"
/* Both a screen and a serial line show the kernel; the last one is /dev/console. */
#define DEFAULT_CMDLINE	    "loglevel=4 console=ttyS0,115200 console=tty0"

enum {
	OPT_SUITE = 256,
	OPT_MIRROR,
	OPT_REBUILD,
	OPT_SECTOR_SIZE,
	OPT_POOL,
	OPT_BE,
	OPT_COMPRESSION,
	OPT_RECORDSIZE,
	OPT_COPIES,
	OPT_ASHIFT,
	OPT_SEED,
	OPT_CMDLINE,
	OPT_PLAIN,
	OPT_RAMDISK,
	OPT_LOADER,
	OPT_NO_BIOS,
	OPT_HOSTNAME,
	OPT_LOCALE,
	OPT_TIMEZONE,
	OPT_USER,
	OPT_PASSWORD,
	OPT_PASSWORD_HASH,
	OPT_PASSWORD_FILE,
	OPT_SSH_KEY,
	OPT_ROOT_PASSWORD_HASH,
	OPT_ROOT_PASSWORD_FILE,
};

static const struct option long_options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "root", required_argument, NULL, 'r' },
	{ "suite", required_argument, NULL, OPT_SUITE },
	{ "mirror", required_argument, NULL, OPT_MIRROR },
	{ "package", required_argument, NULL, 'p' },
	{ "rebuild", no_argument, NULL, OPT_REBUILD },
	{ "size", required_argument, NULL, 's' },
	{ "sector-size", required_argument, NULL, OPT_SECTOR_SIZE },
	{ "pool", required_argument, NULL, OPT_POOL },
	{ "be", required_argument, NULL, OPT_BE },
	{ "compression", required_argument, NULL, OPT_COMPRESSION },
	{ "recordsize", required_argument, NULL, OPT_RECORDSIZE },
	{ "copies", required_argument, NULL, OPT_COPIES },
	{ "ashift", required_argument, NULL, OPT_ASHIFT },
	{ "seed", required_argument, NULL, OPT_SEED },
	{ "cmdline", required_argument, NULL, OPT_CMDLINE },
	{ "plain", no_argument, NULL, OPT_PLAIN },
	{ "ramdisk", required_argument, NULL, OPT_RAMDISK },
	{ "loader", required_argument, NULL, OPT_LOADER },
	{ "no-bios", no_argument, NULL, OPT_NO_BIOS },
	{ "hostname", required_argument, NULL, OPT_HOSTNAME },
	{ "locale", required_argument, NULL, OPT_LOCALE },
	{ "timezone", required_argument, NULL, OPT_TIMEZONE },
	{ "user", required_argument, NULL, OPT_USER },
	{ "password", required_argument, NULL, OPT_PASSWORD },
	{ "password-hash", required_argument, NULL, OPT_PASSWORD_HASH },
	{ "password-file", required_argument, NULL, OPT_PASSWORD_FILE },
	{ "ssh-key", required_argument, NULL, OPT_SSH_KEY },
	{ "root-password-hash", required_argument, NULL, OPT_ROOT_PASSWORD_HASH },
	{ "root-password-file", required_argument, NULL, OPT_ROOT_PASSWORD_FILE },
	{ "quiet", no_argument, NULL, 'q' },
	{ "no-progress", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void print_help(void)
{
	fputs("Usage: zlive build -o IMG|DEV (--root DIR|TAR|- | --suite SUITE) [OPTION]...\n"
	      "Makes a bootable stick whose root file system is a ZFS pool.\n"
	      "\n"
	      "  -o, --output FILE         an image file, replaced when all went well, or a\n"
	      "                            whole block device that nobody uses: its content is lost\n"
	      "  -r, --root DIR|TAR|-      the root tree: a folder, a tar, or a tar on stdin\n"
	      "      --suite SUITE         or a Debian to fetch with mmdebstrap: trixie\n"
	      "      --mirror URL          from there\n"
	      "  -p, --package NAME[,...]  with these packages, too; may be repeated\n"
	      "      --rebuild             do not use the cached tree\n"
	      "\n"
	      "The stick:\n"
	      "  -s, --size SIZE           of an image: 8G, 32GB; default 4G\n"
	      "      --sector-size N       of an image: 512 (default) or 4096\n"
	      "      --pool NAME           default zlive\n"
	      "      --be NAME             the boot environment; default debian\n"
	      "      --compression C       lz4, zstd-1 .. zstd-19, off; default " DEFAULT_COMPRESSION
	      "\n"
	      "      --recordsize SIZE     up to 1M; default 128K\n"
	      "      --copies 1|2|3        of all data: flash rots; default 1\n"
	      "      --ashift N            9 to 13; default 12\n"
	      "      --seed TEXT           GUIDs follow from it; without, they are random\n"
	      "      --cmdline ARGS        of the kernel; default\n"
	      "                            " DEFAULT_CMDLINE "\n"
	      "      --ramdisk WHEN        missing (default), always, never\n"
	      "      --plain               the tree as it is: no kernel needed, nothing added\n"
	      "      --loader FILE         instead of the built-in BOOTX64.EFI\n"
	      "      --no-bios             does not boot on BIOS machines, only on UEFI ones\n"
	      "\n"
	      "The system:\n"
	      "      --hostname NAME       --suite's default is zlive\n"
	      "      --user NAME           who may use sudo. Without any of the following, a\n"
	      "                            terminal is asked for a password\n"
	      "      --password TEXT       for trials: other users of this machine can see it\n"
	      "      --password-file FILE  the password is its first line\n"
	      "      --password-hash HASH  as crypt(5) has it\n"
	      "      --ssh-key FILE        public keys; may be repeated\n"
	      "      --root-password-file FILE, --root-password-hash HASH\n"
	      "      --locale LOCALE       C.UTF-8, de_DE.UTF-8\n"
	      "      --timezone ZONE       Europe/Berlin\n"
	      "\n"
	      "  -q, --quiet               no progress (there is none without a terminal)\n"
	      "  -h, --help                this\n"
	      "\n"
	      "See zlive-build(1).\n",
	      stdout);
}

static int usage(const char *option, const char *value, const char *want)
{
	return cmd_usage_error("build", "--%s %s: %s", option, value, want);
}

/* Commas separate, too. The list keeps pointers into arg, which is cut up. */
static int list_add(struct build_list *l, const char *option, char *arg, bool split)
{
	char *rest = arg, *one;

	while ((one = split ? strsep(&rest, ",") : rest)) {
		if (!split)
			rest = NULL;
		if (!*one)
			continue;
		if (l->n == BUILD_LIST_MAX)
			return usage(option, one, "too many");
		l->at[l->n++] = one;
	}
	return CMD_DONE;
}

static int number(const char *option, const char *arg, unsigned int min, unsigned int max,
		  unsigned int *ret_n)
{
	char *end;
	unsigned long n;

	errno = 0;
	n = strtoul(arg, &end, 10);
	if (errno || end == arg || *end || n < min || n > max)
		return cmd_usage_error("build",
				       "--%s %s: a number from %u to %u is wanted",
				       option, arg, min, max);
	*ret_n = (unsigned int)n;
	return CMD_DONE;
}

static int parse_ramdisk(struct build_options *o, const char *arg)
{
	if (strcmp(arg, "missing") == 0)
		o->ramdisk = BUILD_RAMDISK_MISSING;
	else if (strcmp(arg, "always") == 0)
		o->ramdisk = BUILD_RAMDISK_ALWAYS;
	else if (strcmp(arg, "never") == 0)
		o->ramdisk = BUILD_RAMDISK_NEVER;
	else
		return usage("ramdisk", arg, "missing, always or never");
	return CMD_DONE;
}

/* Options about the stick. -1 if c is none of them. */
static int parse_stick(struct build_options *o, int c, char *arg)
{
	switch (c) {
	case 'o':
		o->output = arg;
		return CMD_DONE;
	case 's':
		if (zh_size_parse(arg, &o->size) < 0)
			return usage("size", arg, "a size like 8G or 32GB is wanted");
		o->size_given = true;
		return CMD_DONE;
	case OPT_SECTOR_SIZE:
		o->sector_given = true;
		if (number("sector-size", arg, 512, 4096, &o->sector_size) != CMD_DONE)
			return CMD_USAGE;
		if (o->sector_size != 512 && o->sector_size != 4096)
			return usage("sector-size", arg, "512 or 4096 is wanted");
		return CMD_DONE;
	case OPT_POOL:
		o->pool = arg;
		return CMD_DONE;
	case OPT_BE:
		o->be = arg;
		return CMD_DONE;
	case OPT_COMPRESSION:
		o->compression = arg;
		return CMD_DONE;
	case OPT_RECORDSIZE:
		o->recordsize = arg;
		return CMD_DONE;
	case OPT_COPIES:
		return number("copies", arg, 1, 3, &o->copies);
	case OPT_ASHIFT:
		return number("ashift", arg, 9, 13, &o->ashift);
	case OPT_SEED:
		o->seed = arg;
		return CMD_DONE;
	case OPT_CMDLINE:
		o->cmdline = arg;
		return CMD_DONE;
	case OPT_RAMDISK:
		return parse_ramdisk(o, arg);
	case OPT_NO_BIOS:
		o->no_bios = true;
		return CMD_DONE;
	case OPT_LOADER:
		o->loader = arg;
		return CMD_DONE;
	default:
		return -1;
	}
}

/* Options about the system on it. -1 if c is none of them. */
static int parse_system(struct build_options *o, int c, char *arg)
{
	switch (c) {
	case 'r':
		o->root = arg;
		return CMD_DONE;
	case OPT_SUITE:
		o->suite = arg;
		return CMD_DONE;
	case OPT_MIRROR:
		o->mirror = arg;
		return CMD_DONE;
	case 'p':
		return list_add(&o->packages, "package", arg, true);
	case OPT_REBUILD:
		o->rebuild = true;
		return CMD_DONE;
	case OPT_PLAIN:
		o->plain = true;
		return CMD_DONE;
	case OPT_HOSTNAME:
		o->hostname = arg;
		return CMD_DONE;
	case OPT_LOCALE:
		o->locale = arg;
		return CMD_DONE;
	case OPT_TIMEZONE:
		o->timezone = arg;
		return CMD_DONE;
	case OPT_USER:
		o->user = arg;
		return CMD_DONE;
	case OPT_PASSWORD:
		o->password = arg;
		return CMD_DONE;
	case OPT_PASSWORD_HASH:
		o->password_hash = arg;
		return CMD_DONE;
	case OPT_PASSWORD_FILE:
		o->password_file = arg;
		return CMD_DONE;
	case OPT_SSH_KEY:
		return list_add(&o->ssh_keys, "ssh-key", arg, false);
	case OPT_ROOT_PASSWORD_HASH:
		o->root_password_hash = arg;
		return CMD_DONE;
	case OPT_ROOT_PASSWORD_FILE:
		o->root_password_file = arg;
		return CMD_DONE;
	case 'q':
		o->quiet = true;
		return CMD_DONE;
	default:
		return -1;
	}
}

static bool hostname_valid(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n < 64 && name[0] != '-' && name[n - 1] != '-' &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") == n;
}

/* No path that leads elsewhere, no line end: it goes into files and symbolic links. */
static bool plain_value(const char *v)
{
	return *v && *v != '/' && *v != '.' && !strstr(v, "..") &&
	       strspn(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789-_+@./") == strlen(v);
}

static bool dataset_component_valid(const char *v)
{
	return *v && strlen(v) < 200 &&
	       strspn(v, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			 "0123456789-_.:") == strlen(v);
}

static bool has_password(const struct build_options *o)
{
	return o->password || o->password_file || o->password_hash;
}

/*
 * For whoever gave none on the command line. Wiped and freed at the end of cmd_build().
 */
static int password_ask(struct build_options *o, char **ret_password)
{
	char *first, *again;
	int r = CMD_DONE;

	if (!o->user || has_password(o) || o->ssh_keys.n > 0 || !isatty(STDIN_FILENO))
		return CMD_DONE;
	fprintf(stderr, "Password for %s on the stick: ", o->user);
	first = tty_read_hidden();
	fprintf(stderr, "The same again: ");
	again = tty_read_hidden();
	if (!first || !again || !*first || strcmp(first, again) != 0)
		r = cmd_usage_error("build", "no password, or two different ones");
	if (again)
		explicit_bzero(again, strlen(again));
	free(again);
	if (r == CMD_DONE)
		o->password = *ret_password = first;
	else
		free(first);
	return r;
}

static int check_user(const struct build_options *o)
{
	if (!o->user && (has_password(o) || o->ssh_keys.n > 0))
		return cmd_usage_error("build", "a password or key needs --user NAME");
	if (o->user && !account_name_valid(o->user))
		return usage("user", o->user, "no name for an account");
	if (o->user && !has_password(o) && o->ssh_keys.n == 0)
		return usage("user", o->user,
			     "needs --password-file, --password-hash or --ssh-key");
	if (!!o->password + !!o->password_file + !!o->password_hash > 1 ||
	    (o->root_password_file && o->root_password_hash))
		return cmd_usage_error("build", "one password is enough");
	if (o->password_hash && !account_hash_valid(o->password_hash))
		return usage("password-hash", o->password_hash, "no hash");
	if (o->root_password_hash && !account_hash_valid(o->root_password_hash))
		return usage("root-password-hash", o->root_password_hash, "no hash");
	return CMD_DONE;
}

static int check_system(const struct build_options *o)
{
	if (o->hostname && !hostname_valid(o->hostname))
		return usage("hostname", o->hostname, "no host name");
	if (o->locale && !plain_value(o->locale))
		return usage("locale", o->locale, "no name of a locale");
	if (o->timezone && !plain_value(o->timezone))
		return usage("timezone", o->timezone, "no name of a time zone");
	if (o->plain && (o->suite || o->hostname || o->user || o->locale || o->timezone ||
			 o->root_password_file || o->root_password_hash))
		return cmd_usage_error(
			"build", "--plain takes the tree as it is: no other options "
				 "about the system");
	return check_user(o);
}

/* The algorithms that the writer has, by the names that `zfs set compression` takes. */
static bool compression_valid(const char *c)
{
	static const char *const plain[] = { "off", "lz4", "zstd" };
	char *end;
	long n;

	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (strcmp(c, plain[i]) == 0)
			return true;
	if (strncmp(c, "zstd-", 5) != 0 || c[5] < '1' || c[5] > '9')
		return false;
	n = strtol(c + 5, &end, 10);
	return *end == '\0' && n <= 19;
}

static bool recordsize_valid(const char *text)
{
	uint64_t n;

	return zh_size_parse(text, &n) == 0 && zb_is_pow2(n) && n >= 512 && n <= 1 << 20;
}

static int check(const struct build_options *o)
{
	if (!o->output)
		return cmd_usage_error("build", "-o IMG|DEV is missing");
	if (!o->root == !o->suite)
		return cmd_usage_error("build", "either --root or --suite is needed");
	if (o->root && (o->packages.n > 0 || o->mirror || o->rebuild))
		return cmd_usage_error("build",
				       "--package, --mirror and --rebuild belong to "
				       "--suite");
	if (!compression_valid(o->compression))
		return usage("compression", o->compression,
			     "lz4, zstd-1 to zstd-19 or off");
	if (o->recordsize && !recordsize_valid(o->recordsize))
		return usage("recordsize", o->recordsize,
			     "a power of two from 512 to 1M");
	if (o->suite && !dataset_component_valid(o->suite))
		return usage("suite", o->suite, "no name of a suite");
	if (!dataset_component_valid(o->pool))
		return usage("pool", o->pool, "no name for a pool");
	if (!dataset_component_valid(o->be))
		return usage("be", o->be, "no name for a dataset");
	return check_system(o);
}

int cmd_build(int argc, char **argv)
{
	struct build_options o = {
		.size = DEFAULT_SIZE,
		.sector_size = 512,
		.pool = "zlive",
		.be = "debian",
		.compression = DEFAULT_COMPRESSION,
		.copies = 1,
		.ashift = 12,
		.cmdline = DEFAULT_CMDLINE,
	};
	struct zb_diag diag = { 0 };
	char *password = NULL;
	int c, r;

	while ((c = cmd_getopt(argc, argv, "o:r:p:s:qh", long_options)) != -1) {
		if (c == 'h') {
			print_help();
			return CMD_DONE;
		}
		if (c == '?')
			return cmd_usage_error("build", "wrong option");
		r = parse_stick(&o, c, optarg);
		if (r < 0)
			r = parse_system(&o, c, optarg);
		if (r != CMD_DONE)
			return CMD_USAGE;
	}
	if (optind < argc)
		return cmd_usage_error("build", "what is '%s'?", argv[optind]);
	if (o.suite && !o.hostname)
		o.hostname = "zlive";
	r = password_ask(&o, &password);
	if (r == CMD_DONE)
		r = check(&o);
	if (r == CMD_DONE && build_make(&o, &diag) < 0)
		r = cmd_fail(&diag);
	if (password)
		explicit_bzero(password, strlen(password));
	free(password);
	return r;
}
