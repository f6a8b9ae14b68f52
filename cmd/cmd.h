/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_CMD_H
#define ZLIVE_CMD_H

#include "base/diag.h"

/* Exit statuses of the program (DESIGN section 5). */
enum {
	CMD_DONE = 0,
	CMD_FAILED = 1,
	CMD_USAGE = 2,
};

/* Each subcommand: argv[0] is "zlive NAME"; getopt_long works on it. Returns an exit status. */
int cmd_build(int argc, char **argv);
int cmd_cat(int argc, char **argv);
int cmd_deb(int argc, char **argv);
int cmd_export(int argc, char **argv);
int cmd_ls(int argc, char **argv);
int cmd_mount(int argc, char **argv);
int cmd_ramdisk(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_scan(int argc, char **argv);
int cmd_verify(int argc, char **argv);

/* "zlive: object: reason" on stderr. Returns CMD_FAILED. */
int cmd_fail(const struct zb_diag *diag);

/* "zlive NAME: text" and where to find help, on stderr. Returns CMD_USAGE. */
int cmd_usage_error(const char *name, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#endif
