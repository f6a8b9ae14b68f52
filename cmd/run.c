/* SPDX-License-Identifier: BSD-2-Clause */
/* zlive run: an image in QEMU, as a machine with UEFI firmware would see the stick. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd/cmd.h"
#include "cmd/run/kvm.h"
#include "cmd/run/machine.h"
#include "cmd/suggest.h"
#include "host/size.h"

#define DEFAULT_MEMORY (2ULL << 30)

enum {
	OPT_ACCEL = 256,
	OPT_PRINT,
	OPT_BIOS,
};

static const struct option long_options[] = {
	{ "attach", required_argument, NULL, 'a' },
	{ "memory", required_argument, NULL, 'm' },
	{ "snapshot", no_argument, NULL, 's' },
	{ "graphical", no_argument, NULL, 'g' },
	{ "accel", required_argument, NULL, OPT_ACCEL },
	{ "bios", no_argument, NULL, OPT_BIOS },
	{ "print", no_argument, NULL, OPT_PRINT },
	{ "help", no_argument, NULL, 'h' },
	{ NULL, 0, NULL, 0 },
};

static void print_help(void)
{
	fputs("Usage: zlive run IMG [OPTION]... [-- QEMU-ARGUMENT...]\n"
	      "Boots an image in QEMU with UEFI firmware; its serial console is this terminal.\n"
	      "Ctrl-A X ends the machine.\n"
	      "\n"
	      "  -a, --attach HOW    usb (default), usb-port2, usb-hub, usb-ehci, sata, nvme,\n"
	      "                      virtio\n"
	      "  -m, --memory SIZE   default 2G\n"
	      "  -s, --snapshot      the image stays as it is: what is written is lost\n"
	      "  -g, --graphical     with a screen in a window\n"
	      "      --bios          a PC with a BIOS instead of UEFI firmware\n"
	      "      --accel kvm|tcg without trying whether KVM works\n"
	      "      --print         the QEMU command instead of running it\n"
	      "  -h, --help          this\n"
	      "\n"
	      "See zlive-run(1).\n",
	      stdout);
}

static int parse(int argc, char **argv, struct run_machine *m, bool *ret_print)
{
	int c;

	while ((c = cmd_getopt(argc, argv, "a:m:sgh", long_options)) != -1) {
		switch (c) {
		case 'a':
			if (!run_attach_valid(optarg))
				return cmd_usage_error("run", "--attach %s: not known",
						       optarg);
			m->attach = optarg;
			break;
		case 'm':
			if (zh_size_parse(optarg, &m->memory) < 0 || m->memory < 64 << 20)
				return cmd_usage_error("run",
						       "--memory %s: a size like 2G is "
						       "wanted",
						       optarg);
			break;
		case 's':
			m->snapshot = true;
			break;
		case 'g':
			m->graphical = true;
			break;
		case OPT_ACCEL:
			if (strcmp(optarg, "kvm") != 0 && strcmp(optarg, "tcg") != 0)
				return cmd_usage_error("run", "--accel %s: kvm or tcg",
						       optarg);
			m->accel = optarg[0] == 'k' ? RUN_KVM : RUN_TCG;
			break;
		case OPT_BIOS:
			m->bios = true;
			break;
		case OPT_PRINT:
			*ret_print = true;
			break;
		case 'h':
			print_help();
			return -1;
		default:
			return cmd_usage_error("run", "wrong option");
		}
	}
	return CMD_DONE;
}

/* An image with sectors of 4096 bytes has its GPT header at that place. */
static int sector_size_find(struct run_machine *m, struct zb_diag *diag)
{
	char sig[8];
	int fd = open(m->image, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return zb_fail(diag, -errno, m->image, ZB_DIAG_NO_OFFSET,
			       "cannot open: %s", strerror(errno));
	m->sector_size = 512;
	if (pread(fd, sig, sizeof(sig), 512) != sizeof(sig) ||
	    memcmp(sig, "EFI PART", sizeof(sig)) != 0)
		if (pread(fd, sig, sizeof(sig), 4096) == sizeof(sig) &&
		    memcmp(sig, "EFI PART", sizeof(sig)) == 0)
			m->sector_size = 4096;
	close(fd);
	return 0;
}

static void print_command(const struct run_args *args)
{
	for (unsigned int i = 0; i < args->n; i++)
		printf("%s%s", i ? " " : "", args->at[i]);
	putchar('\n');
}

static int run(struct run_machine *m, bool print, char **extra, struct zb_diag *diag)
{
	struct run_args args = { 0 };
	int r = sector_size_find(m, diag);

	if (r >= 0 && m->accel == RUN_AUTO)
		m->accel = run_kvm_works() ? RUN_KVM : RUN_TCG;
	if (r >= 0)
		r = run_machine_args(m, &args, diag);
	for (; r >= 0 && *extra; extra++)
		r = run_args_add(&args, diag, "%s", *extra);
	if (r >= 0 && print) {
		print_command(&args);
	} else if (r >= 0) {
		fprintf(stderr, "zlive: %s on %s, with %s; Ctrl-A X ends it\n", m->image,
			m->attach,
			m->accel == RUN_KVM ? "KVM" : "emulation (no working KVM)");
		execvp(args.at[0], args.at);
		r = zb_fail(diag, -errno, args.at[0], ZB_DIAG_NO_OFFSET,
			    "cannot be started: %s (Debian: qemu-system-x86)",
			    strerror(errno));
	}
	run_args_done(&args);
	return r;
}

int cmd_run(int argc, char **argv)
{
	struct run_machine m = { .attach = "usb", .memory = DEFAULT_MEMORY };
	struct zb_diag diag;
	bool print = false;
	int r = parse(argc, argv, &m, &print);

	if (r != CMD_DONE)
		return r < 0 ? CMD_DONE : r;
	if (optind >= argc)
		return cmd_usage_error("run", "which image?");
	m.image = argv[optind];
	return run(&m, print, argv + optind + 1, &diag) < 0 ? cmd_fail(&diag) : CMD_DONE;
}
