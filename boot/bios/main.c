/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "boot/bios/bios.h"

#define MIB	     (1ULL << 20)
#define MEMORY_LIMIT (2048 * MIB) /* Linux takes no ramdisk above */
#define PAGE	     4096

/* Called by thunk.S. */
void bi_main(uint32_t boot_drive);
void bi_exception(uint32_t number, uint32_t error, uint32_t address);

/* thunk.S */
void bi_real_call(unsigned int vector, struct bi_regs *regs);
void bi_real_halt(void);

static void call(void *ctx, unsigned int vector, struct bi_regs *regs)
{
	bi_real_call(vector, regs);
}

static void halt(void *ctx)
{
	bi_real_halt();
}

static uint8_t port_in(void *ctx, uint16_t port)
{
	uint8_t value;

	__asm__ volatile("inb %w1, %b0" : "=a"(value) : "Nd"(port));
	return value;
}

static void port_out(void *ctx, uint16_t port, uint8_t value)
{
	__asm__ volatile("outb %b0, %w1" : : "a"(value), "Nd"(port));
}

static void *host_alloc(void *ctx, size_t size)
{
	struct bi_context *c = ctx;

	return bi_heap_alloc(&c->heap, size ? size : 1, BI_HEAP_ALIGN, BI_HEAP_LIMIT);
}

static void host_free(void *ctx, void *ptr)
{
	struct bi_context *c = ctx;

	bi_heap_free(&c->heap, ptr);
}

static void *image_alloc(void *ctx, size_t size)
{
	struct bi_context *c = ctx;

	return bi_heap_alloc(&c->heap, size, PAGE, BI_HEAP_LIMIT);
}

static void image_free(void *ctx, void *ptr, size_t size)
{
	host_free(ctx, ptr);
}

static void fill_heap(const struct bi_memory *memory, struct bi_heap *heap)
{
	uint64_t at = MIB, start, len;

	bi_heap_init(heap);
	while (bi_memory_usable(memory, at, &start, &len) && start < MEMORY_LIMIT) {
		if (len > MEMORY_LIMIT - start)
			len = MEMORY_LIMIT - start;
		bi_heap_add(heap, (uintptr_t)start, (size_t)len);
		at = start + len;
	}
}

static void machine_init(struct bi_machine *m)
{
	*m = (struct bi_machine){
		.call = call, .halt = halt, .in = port_in, .out = port_out
	};
	/* Address 0 is memory like any other here; the compiler need not know. */
	__asm__("" : "=r"(m->low) : "0"(0));
}

/* Where there is no screen to draw on: a line by the BIOS and the serial port, and the end. */
static void give_up(const struct bi_machine *m, const char *text)
{
	struct bi_serial serial;

	bi_serial_init(&serial, m);
	bi_serial_write(&serial, text);
	bi_serial_write(&serial, "\r\n");
	for (const char *p = text; *p; p++) {
		struct bi_regs r = { .eax = 0x0e00 | (uint8_t)*p, .ebx = 7 };

		bi_call(m, 0x10, &r);
	}
	for (;;)
		m->halt(m->ctx);
}

static void give_up_because(const struct bi_machine *m, const struct zb_diag *why)
{
	char text[600] = "zlive: ";

	zb_diag_text(why, text + 7, sizeof(text) - 7);
	give_up(m, text);
}

/* A bug of ours, or memory that does not keep what it is given. */
void bi_exception(uint32_t number, uint32_t error, uint32_t address)
{
	struct bi_machine m;
	char text[160];

	machine_init(&m);
	zb_format(
		text, sizeof(text),
		"\r\nzlive: the loader failed: processor exception %u at %08x, code %x. "
		"Please report this.",
		number, address, error);
	give_up(&m, text);
}

static void run(struct bi_context *c)
{
	const struct bt_platform platform = {
		.ctx = c,
		.host = { .ctx = c, .alloc = host_alloc, .free = host_free },
		.io = &c->io,
		.devices = bi_devices,
		.show = bi_console_show,
		.leave_screen = bi_console_leave,
		.print = bi_console_print,
		.key = bi_console_key,
		.image_alloc = image_alloc,
		.image_free = image_free,
		.start = bi_start,
		.reboot = bi_reboot,
		.power_off = bi_power_off,
	};

	bi_console_init(c);
	bt_boot(&platform);
}

void bi_main(uint32_t boot_drive)
{
	struct bi_machine m;
	struct zb_diag why = { 0 };
	struct bi_context *c;
	struct bi_memory memory;
	struct bi_heap heap;

	machine_init(&m);
	if (bi_memory_detect(&m, &memory, &why) < 0 || bi_a20_enable(&m, &why) < 0)
		give_up_because(&m, &why);
	fill_heap(&memory, &heap);
	c = bi_heap_alloc(&heap, sizeof(*c), BI_HEAP_ALIGN, BI_HEAP_LIMIT);
	if (!c) {
		zb_fail(&why, ZB_ENOMEM, "memory", ZB_DIAG_NO_OFFSET,
			"none above 1 MiB is free");
		give_up_because(&m, &why);
	}
	__builtin_memset(c, 0, sizeof(*c));
	c->m = &m;
	c->memory = memory;
	c->heap = heap;
	c->boot_drive = (uint8_t)boot_drive;
	run(c);
	bi_reboot(c);
}
