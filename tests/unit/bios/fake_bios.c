/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/span.h"
#include "fake_bios.h"

#define HEAP_BLOCK 4096

static void set_carry(struct bi_regs *r, bool failed, uint8_t status)
{
	r->flags = failed ? BI_FLAG_CARRY : 0;
	r->eax = (r->eax & 0xff) | (uint32_t)status << 8;
}

static uint8_t *real_pointer(struct fake_pc *pc, uint16_t segment, uint32_t offset)
{
	return pc->low + ((uint32_t)segment << 4) + (offset & 0xffff);
}

/* ---- int 13h ---- */

static struct fake_drive *find_drive(struct fake_pc *pc, uint32_t dl)
{
	uint32_t i = (dl & 0xff) - 0x80;

	return i < FAKE_DRIVES && pc->drives[i].present ? &pc->drives[i] : NULL;
}

static void fill_sector(struct fake_drive *d, uint64_t sector, uint8_t *buf)
{
	if (d->fill) {
		d->fill(d->fill_ctx, sector, buf);
		return;
	}
	for (uint32_t i = 0; i < d->sector_size; i += 8)
		zb_store64(buf + i, ZB_LE, sector);
}

/* What is wrong with reading count sectors at sector; 0: nothing. */
static uint8_t read_fault(struct fake_drive *d, uint64_t sector, uint32_t count)
{
	if (d->vanishes && d->calls > d->vanishes)
		return 0x80;
	if (d->flaky > 0) {
		d->flaky--;
		return 0x10;
	}
	if (d->max_count && count > d->max_count)
		return 0x01;
	if (sector + count > d->sectors)
		return 0x04;
	if (d->fails_from && sector + count > d->fails_from)
		return d->fails_with;
	return 0;
}

static void read_sectors(struct fake_pc *pc, struct fake_drive *d, struct bi_regs *r)
{
	uint8_t *packet = real_pointer(pc, r->ds, r->esi);
	uint32_t count = zb_load16(packet + 2, ZB_LE);
	uint64_t sector = zb_load64(packet + 8, ZB_LE);
	uint8_t *to = real_pointer(pc, zb_load16(packet + 6, ZB_LE),
				   zb_load16(packet + 4, ZB_LE));
	uint8_t fault;

	assert(packet[0] == 16);
	/* A transfer must stay within a 64 KiB page of the old DMA controller. */
	assert(((to - pc->low) & 0xffff) + count * d->sector_size <= 0x10000);
	d->calls++;
	if (count > d->largest)
		d->largest = count;
	fault = read_fault(d, sector, count);
	if (fault) {
		memset(to, 0xee, count * d->sector_size);
		set_carry(r, true, fault);
		return;
	}
	if (d->short_count && count > d->short_count)
		count = d->short_count;
	for (uint32_t i = 0; i < count; i++)
		fill_sector(d, sector + i, to + i * d->sector_size);
	zb_store16(packet + 2, ZB_LE, (uint16_t)(d->short_zero ? 0 : count));
	set_carry(r, false, 0);
}

static void describe(struct fake_pc *pc, struct fake_drive *d, struct bi_regs *r)
{
	uint8_t *params = real_pointer(pc, r->ds, r->esi);

	assert(zb_load16(params, ZB_LE) >= 26);
	zb_store64(params + 16, ZB_LE, d->claims ? d->claims : d->sectors);
	zb_store16(params + 24, ZB_LE, (uint16_t)d->sector_size);
	set_carry(r, false, 0);
}

static void int13(struct fake_pc *pc, struct bi_regs *r)
{
	struct fake_drive *d = find_drive(pc, r->edx);

	if (!d || d->no_edd) {
		set_carry(r, true, 0x01);
		return;
	}
	switch (r->eax >> 8 & 0xff) {
	case 0x00:
		set_carry(r, false, 0);
		break;
	case 0x41:
		r->ebx = 0xaa55;
		r->ecx = 1;
		set_carry(r, false, 0x30);
		break;
	case 0x42:
		read_sectors(pc, d, r);
		break;
	case 0x48:
		describe(pc, d, r);
		break;
	default:
		set_carry(r, true, 0x01);
	}
}

/* ---- int 15h ---- */

static void int15_e820(struct fake_pc *pc, struct bi_regs *r)
{
	const struct fake_e820 *e = &pc->e820[r->ebx % FAKE_E820_MAX];
	uint8_t *to = real_pointer(pc, r->es, r->edi);

	if (r->ebx >= pc->n_e820 && !pc->e820_endless) {
		r->flags = BI_FLAG_CARRY;
		return;
	}
	zb_store64(to, ZB_LE, e->start);
	zb_store64(to + 8, ZB_LE, e->len);
	zb_store32(to + 16, ZB_LE, e->type);
	r->ecx = e->attributes ? 24 : 20;
	if (e->attributes)
		zb_store32(to + 20, ZB_LE, e->attributes);
	r->eax = pc->e820_without_smap ? 0 : 0x534d4150;
	r->ebx++;
	if (r->ebx == pc->n_e820 && !pc->e820_ends_in_error && !pc->e820_endless)
		r->ebx = 0;
	r->flags = 0;
}

static void int15(struct fake_pc *pc, struct bi_regs *r)
{
	uint32_t ax = r->eax & 0xffff;

	r->flags = BI_FLAG_CARRY;
	if (ax == 0xe820 && pc->n_e820) {
		int15_e820(pc, r);
	} else if (ax == 0xe801 && (pc->e801_ax || pc->e801_cx)) {
		r->eax = pc->e801_ax;
		r->ebx = pc->e801_bx;
		r->ecx = pc->e801_cx;
		r->edx = pc->e801_dx;
		r->flags = 0;
	} else if (ax == 0x8800 && pc->kib_88h) {
		r->eax = pc->kib_88h;
		r->flags = 0;
	} else if (ax == 0x2401 && pc->a20_by == FAKE_A20_BIOS) {
		fake_pc_a20(pc, true);
		r->flags = 0;
	}
}

/* ---- int 10h, int 16h ---- */

static void teletype(struct fake_pc *pc, char ch)
{
	if (pc->text_len + 1 < FAKE_TEXT_MAX)
		pc->text[pc->text_len++] = ch;
}

static void int10(struct fake_pc *pc, struct bi_regs *r)
{
	switch (r->eax >> 8 & 0xff) {
	case 0x02:
		pc->row = r->edx >> 8 & 0xff;
		pc->column = r->edx & 0xff;
		break;
	case 0x03:
		r->edx = pc->row << 8 | pc->column;
		break;
	case 0x06:
		for (unsigned int i = 0; i < 25 * 80; i++)
			pc->cells[i / 80][i % 80] = (uint16_t)((r->ebx & 0xff00) | ' ');
		break;
	case 0x09:
		assert(pc->row < 25 && pc->column + (r->ecx & 0xffff) <= 80);
		for (unsigned int i = 0; i < (r->ecx & 0xffff); i++)
			pc->cells[pc->row][pc->column + i] =
				(uint16_t)((r->ebx & 0xff) << 8 | (r->eax & 0xff));
		break;
	case 0x0e:
		teletype(pc, (char)r->eax);
		break;
	case 0x0f:
		r->eax = 80 << 8 | 3;
		break;
	case 0x1a:
		r->eax = 0x1a;
		break;
	default:
		break;
	}
}

static void int16(struct fake_pc *pc, struct bi_regs *r)
{
	uint32_t function = r->eax >> 8 & 0xef; /* 10h and 11h are 00h and 01h */

	r->flags = 0;
	if (function == 0x02)
		return;
	if (pc->key_at == pc->n_keys) {
		assert(function == 0x01); /* the other one would wait for ever */
		r->flags = BI_FLAG_ZERO;
		return;
	}
	r->eax = pc->keys[pc->key_at];
	if (function == 0x00)
		pc->key_at++;
}

static void call(void *ctx, unsigned int vector, struct bi_regs *r)
{
	struct fake_pc *pc = ctx;

	switch (vector) {
	case 0x10:
		int10(pc, r);
		break;
	case 0x12:
		r->eax = pc->low_kib;
		break;
	case 0x13:
		int13(pc, r);
		break;
	case 0x15:
		int15(pc, r);
		break;
	case 0x16:
		int16(pc, r);
		break;
	default:
		assert(!"a BIOS call that nobody makes");
	}
}

/* ---- the rest of the machine ---- */

static void halt(void *ctx)
{
	struct fake_pc *pc = ctx;

	pc->halts++;
	zb_store32(pc->low + BI_BDA_TICKS, ZB_LE,
		   (zb_load32(pc->low + BI_BDA_TICKS, ZB_LE) + 1) % 0x1800b0);
}

static uint8_t serial_in(struct fake_pc *pc, unsigned int reg)
{
	if (!pc->serial_present)
		return 0xff;
	if (reg == 5)
		return (pc->serial_stuck ? 0 : 0x20) | (*pc->serial_in ? 1 : 0);
	if (reg == 0 && !(pc->serial_regs[3] & 0x80))
		return *pc->serial_in ? (uint8_t)*pc->serial_in++ : 0;
	return pc->serial_regs[reg];
}

static uint8_t in(void *ctx, uint16_t port)
{
	struct fake_pc *pc = ctx;

	if (port >= 0x3f8 && port <= 0x3ff)
		return serial_in(pc, port - 0x3f8U);
	return 0;
}

static void out(void *ctx, uint16_t port, uint8_t value)
{
	struct fake_pc *pc = ctx;

	if (port == 0x3f8 && pc->serial_present && !(pc->serial_regs[3] & 0x80)) {
		if (pc->serial_out_len + 1 < FAKE_SERIAL_MAX)
			pc->serial_out[pc->serial_out_len++] = (char)value;
	} else if (port >= 0x3f8 && port <= 0x3ff) {
		pc->serial_regs[port - 0x3f8] = value;
	} else if (port == 0x92 && (value & 2) && pc->a20_by == FAKE_A20_PORT92) {
		fake_pc_a20(pc, true);
	} else if (port == 0x64) {
		pc->kbc_command = value;
	} else if (port == 0x60 && pc->kbc_command == 0xd1 && (value & 2) &&
		   pc->a20_by == FAKE_A20_KBC) {
		fake_pc_a20(pc, true);
	}
}

/* With the line closed the second MiB is the first one again. */
void fake_pc_a20(struct fake_pc *pc, bool open)
{
	void *at = pc->low + FAKE_LOW / 2;
	void *got = mmap(at, FAKE_LOW / 2, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
			 pc->memory, open ? FAKE_LOW / 2 : 0);

	assert(got == at);
	(void)got;
}

struct fake_pc *fake_pc_create(void)
{
	struct fake_pc *pc = calloc(1, sizeof(*pc));

	assert(pc);
	pc->memory = memfd_create("memory", 0);
	assert(pc->memory >= 0 && ftruncate(pc->memory, FAKE_LOW) == 0);
	pc->low = mmap(NULL, FAKE_LOW, PROT_READ | PROT_WRITE, MAP_SHARED, pc->memory, 0);
	assert(pc->low != MAP_FAILED);
	pc->machine = (struct bi_machine){ .ctx = pc,
					   .low = pc->low,
					   .call = call,
					   .halt = halt,
					   .in = in,
					   .out = out };
	pc->low_kib = 640;
	pc->serial_present = true;
	pc->serial_in = "";
	pc->n_e820 = 3;
	pc->e820[0] = (struct fake_e820){ 0, 0x9fc00, 1, 0 };
	pc->e820[1] = (struct fake_e820){ 0xf0000, 0x10000, 2, 0 };
	pc->e820[2] = (struct fake_e820){ 0x100000, 0x3ff00000, 1, 0 };
	return pc;
}

void fake_pc_destroy(struct fake_pc *pc)
{
	munmap(pc->low, FAKE_LOW);
	close(pc->memory);
	free(pc);
}

struct bi_context *fake_context_create(struct fake_pc *pc, size_t size)
{
	struct bi_context *c = calloc(1, sizeof(*c) + HEAP_BLOCK + size);

	assert(c);
	c->m = &pc->machine;
	c->boot_drive = 0x80;
	bi_heap_init(&c->heap);
	bi_heap_add(&c->heap, (uintptr_t)(c + 1), size);
	return c;
}

void fake_context_destroy(struct bi_context *c)
{
	free(c);
}
