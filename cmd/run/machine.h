/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_RUN_MACHINE_H
#define ZLIVE_RUN_MACHINE_H

#include "base/diag.h"
#include "base/span.h"

enum run_accel {
	RUN_AUTO,
	RUN_KVM,
	RUN_TCG,
};

struct run_machine {
	const char *image;
	const char *attach; /* a name that run_attach_valid() knows */
	uint64_t memory;    /* bytes */
	uint32_t sector_size;
	enum run_accel accel; /* not RUN_AUTO */
	bool snapshot, graphical;
	bool bios; /* instead of UEFI firmware */
};

#define RUN_ARGS_MAX 512

/* An argument vector, terminated by NULL. */
struct run_args {
	char *at[RUN_ARGS_MAX + 1];
	unsigned int n;
};

void run_args_done(struct run_args *args);
ZB_MUST_CHECK int run_args_add(struct run_args *args, struct zb_diag *diag,
			       const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

bool run_attach_valid(const char *attach);

/* The QEMU command. ZB_ENOENT if there is no UEFI firmware. */
ZB_MUST_CHECK int run_machine_args(const struct run_machine *m, struct run_args *args,
				   struct zb_diag *diag);

#endif
