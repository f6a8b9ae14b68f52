/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cmd/run/machine.h"

/* The ways to plug a stick in: the controller's and the stick's -device arguments. */
struct attach {
	const char *name;
	const char *before[2];
	const char *device;
	bool usb;
};

static const struct attach attaches[] = {
	{ "usb", { "qemu-xhci,id=xhci" }, "usb-storage,bus=xhci.0,port=1", true },
	{ "usb-port2", { "qemu-xhci,id=xhci" }, "usb-storage,bus=xhci.0,port=2", true },
	{ "usb-hub",
	  { "qemu-xhci,id=xhci", "usb-hub,bus=xhci.0,port=1" },
	  "usb-storage,bus=xhci.0,port=1.3",
	  true },
	{ "usb-ehci", { "usb-ehci,id=ehci" }, "usb-storage,bus=ehci.0", true },
	{ "sata", { NULL }, "ide-hd,bus=ide.0", false },
	{ "nvme", { NULL }, "nvme,serial=zlive", false },
	{ "virtio", { NULL }, "virtio-blk-pci", false },
};

/* Where distributions put the firmware: code and an empty variable store. */
static const char *const firmware[][2] = {
	{ "/usr/share/OVMF/OVMF_CODE_4M.fd", "/usr/share/OVMF/OVMF_VARS_4M.fd" },
	{ "/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_VARS.fd" },
	{ "/usr/share/edk2/ovmf/OVMF_CODE.fd", "/usr/share/edk2/ovmf/OVMF_VARS.fd" },
	{ "/usr/share/edk2/x64/OVMF_CODE.4m.fd", "/usr/share/edk2/x64/OVMF_VARS.4m.fd" },
	{ "/usr/share/qemu/ovmf-x86_64-code.bin",
	  "/usr/share/qemu/ovmf-x86_64-vars.bin" },
};

void run_args_done(struct run_args *args)
{
	for (unsigned int i = 0; i < args->n; i++)
		free(args->at[i]);
	*args = (struct run_args){ 0 };
}

int run_args_add(struct run_args *args, struct zb_diag *diag, const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "no memory");
	if (args->n == RUN_ARGS_MAX) {
		free(s);
		return zb_fail(diag, ZB_E2BIG, NULL, ZB_DIAG_NO_OFFSET,
			       "more than %d arguments", RUN_ARGS_MAX);
	}
	args->at[args->n++] = s;
	args->at[args->n] = NULL;
	return 0;
}

static const struct attach *attach_find(const char *name)
{
	for (size_t i = 0; i < sizeof(attaches) / sizeof(attaches[0]); i++)
		if (strcmp(attaches[i].name, name) == 0)
			return &attaches[i];
	return NULL;
}

bool run_attach_valid(const char *attach)
{
	return attach_find(attach) != NULL;
}

/* A comma in a file's name is doubled in QEMU's options. */
static int add_drive(struct run_args *args, const char *options, const char *file,
		     struct zb_diag *diag)
{
	char *escaped = malloc(2 * strlen(file) + 1), *p = escaped;
	int r;

	if (!escaped)
		return zb_fail(diag, ZB_ENOMEM, NULL, ZB_DIAG_NO_OFFSET, "no memory");
	for (const char *f = file; *f; f++) {
		if (*f == ',')
			*p++ = ',';
		*p++ = *f;
	}
	*p = '\0';
	r = run_args_add(args, diag, "-drive");
	if (r >= 0)
		r = run_args_add(args, diag, "%s,file=%s", options, escaped);
	free(escaped);
	return r;
}

static int add_firmware(struct run_args *args, struct zb_diag *diag)
{
	for (size_t i = 0; i < sizeof(firmware) / sizeof(firmware[0]); i++) {
		int r;

		if (access(firmware[i][0], R_OK) != 0 ||
		    access(firmware[i][1], R_OK) != 0)
			continue;
		r = add_drive(args, "if=pflash,unit=0,format=raw,readonly=on",
			      firmware[i][0], diag);
		/*
		 * What the firmware stores is gone at the end: a machine never met
		 * before.
		 */
		return r < 0 ? r
			     : add_drive(args, "if=pflash,unit=1,format=raw,snapshot=on",
					 firmware[i][1], diag);
	}
	return zb_fail(diag, ZB_ENOENT, "UEFI firmware for QEMU", ZB_DIAG_NO_OFFSET,
		       "is not installed (Debian: ovmf)");
}

static int add_stick(const struct run_machine *m, struct run_args *args,
		     struct zb_diag *diag)
{
	const struct attach *a = attach_find(m->attach);
	int r = add_drive(args,
			  m->snapshot ? "if=none,id=stick,format=raw,snapshot=on"
				      : "if=none,id=stick,format=raw",
			  m->image, diag);

	for (size_t i = 0; r >= 0 && i < 2 && a->before[i]; i++) {
		r = run_args_add(args, diag, "-device");
		if (r >= 0)
			r = run_args_add(args, diag, "%s", a->before[i]);
	}
	if (r >= 0)
		r = run_args_add(args, diag, "-device");
	if (r >= 0)
		r = run_args_add(args, diag,
				 "%s,drive=stick,bootindex=0%s,logical_block_size=%u,"
				 "physical_block_size=%u",
				 a->device, a->usb ? ",removable=on" : "", m->sector_size,
				 m->sector_size);
	return r;
}

/* Each option and its value. */
static int add_pairs(struct run_args *args, const char *const (*pairs)[2], size_t n,
		     struct zb_diag *diag)
{
	int r = 0;

	for (size_t i = 0; r >= 0 && i < n; i++) {
		r = run_args_add(args, diag, "%s", pairs[i][0]);
		if (r >= 0)
			r = run_args_add(args, diag, "%s", pairs[i][1]);
	}
	return r;
}

static int add_processors(const struct run_machine *m, struct run_args *args,
			  struct zb_diag *diag)
{
	static const char *const kvm[][2] = { { "-accel", "kvm" }, { "-cpu", "host" } };
	static const char *const tcg[][2] = {
		{ "-accel", "tcg,thread=single" },
		{ "-cpu", "max" },
		/*
		 * QEMU 7.2 crashes Linux guests with two emulated processors now and
		 * then.
		 */
		{ "-smp", "1" },
	};
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	int r;

	if (m->accel == RUN_TCG)
		return add_pairs(args, tcg, 3, diag);
	r = add_pairs(args, kvm, 2, diag);
	if (r >= 0)
		r = run_args_add(args, diag, "-smp");
	if (r >= 0)
		r = run_args_add(args, diag, "%ld", cpus < 1 ? 1 : cpus > 4 ? 4 : cpus);
	return r;
}

int run_machine_args(const struct run_machine *m, struct run_args *args,
		     struct zb_diag *diag)
{
	static const char *const basics[][2] = {
		{ "-machine", "q35" },
		{ "-nic", "user,model=virtio-net-pci" },
		{ "-device", "virtio-rng-pci" },
	};
	static const char *const window[][2] = { { "-serial", "mon:stdio" } };
	/* With -nographic SeaBIOS, too, would put what is on the screen on the line. */
	static const char *const bios[][2] = { { "-display", "none" },
					       { "-serial", "mon:stdio" } };
	int r = run_args_add(args, diag, "qemu-system-x86_64");

	if (r >= 0)
		r = add_pairs(args, basics, 3, diag);
	if (r >= 0)
		r = run_args_add(args, diag, "-m");
	if (r >= 0)
		r = run_args_add(args, diag, "%llu",
				 (unsigned long long)(m->memory >> 20));
	if (r >= 0)
		r = add_processors(m, args, diag);
	if (r >= 0 && !m->bios)
		r = add_firmware(args, diag);
	if (r >= 0)
		r = add_stick(m, args, diag);
	if (r < 0)
		return r;
	if (m->graphical)
		return add_pairs(args, window, 1, diag);
	return m->bios ? add_pairs(args, bios, 2, diag)
		       : run_args_add(args, diag, "-nographic");
}
