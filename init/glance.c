/* SPDX-License-Identifier: BSD-2-Clause */
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "fmt/eck.h"
#include "init/glance.h"

#define ALIGNMENT 4096 /* more than what any disk wants of memory that it writes to */

void zi_glance_init(struct zi_glance *g)
{
	g->aio = 0;
	if (syscall(SYS_io_setup, ZR_LABEL_PLACES, &g->aio) < 0)
		g->aio = 0;
}

void zi_glance_done(struct zi_glance *g)
{
	if (g->aio)
		syscall(SYS_io_destroy, g->aio);
	g->aio = 0;
}

/* Waits for all that were handed over; false if one of them failed or read less. */
static bool collect(const struct zi_glance *g, long n, uint32_t block_size)
{
	struct io_event event;
	bool whole = true;

	while (n > 0) {
		long got = syscall(SYS_io_getevents, g->aio, 1L, 1L, &event, NULL);

		if (got < 0)
			continue; /* a signal; nothing may write to the buffer later on */
		n -= got;
		whole = whole && event.res == block_size;
	}
	return whole;
}

/* The blocks in which labels end, one behind the other. */
static bool read_ends(const struct zi_glance *g, int fd, const struct zr_dev *dev,
		      uint8_t *buf, unsigned int *ret_n)
{
	struct iocb request[ZR_LABEL_PLACES] = { { 0 } }, *list[ZR_LABEL_PLACES];
	uint64_t place[ZR_LABEL_PLACES];
	unsigned int n = zr_label_places(dev->size, place);
	long sent;

	for (unsigned int i = 0; i < n; i++) {
		uint64_t end = place[i] + ZF_LABEL_NVLIST + ZF_LABEL_NVLIST_SIZE;

		request[i].aio_lio_opcode = IOCB_CMD_PREAD;
		request[i].aio_fildes = (uint32_t)fd;
		request[i].aio_buf = (uintptr_t)buf + i * (uint64_t)dev->block_size;
		request[i].aio_nbytes = dev->block_size;
		request[i].aio_offset = (int64_t)(end - dev->block_size);
		list[i] = &request[i];
	}
	*ret_n = n;
	sent = syscall(SYS_io_submit, g->aio, (long)n, list);
	return sent > 0 && collect(g, sent, dev->block_size) && sent == (long)n;
}

static bool none_ends(const uint8_t *buf, unsigned int n, uint32_t block_size)
{
	struct zf_eck unused;

	for (unsigned int i = 0; i < n; i++)
		if (zf_eck_decode(zb_span(buf + (size_t)i * block_size, block_size),
				  &unused) != ZB_ENOENT)
			return false;
	return true;
}

bool zi_glance_finds_none(const struct zi_glance *g, int fd, const struct zr_dev *dev)
{
	int flags = fcntl(fd, F_GETFL);
	bool none = false;
	unsigned int n;
	uint8_t *buf;

	if (!g->aio || dev->size < ZF_LABEL_COUNT * ZF_LABEL_SIZE || flags < 0)
		return false;
	buf = aligned_alloc(ALIGNMENT,
			    (ZR_LABEL_PLACES * (size_t)dev->block_size + ALIGNMENT - 1) &
				    ~(size_t)(ALIGNMENT - 1));
	if (buf && fcntl(fd, F_SETFL, flags | O_DIRECT) == 0) {
		none = read_ends(g, fd, dev, buf, &n) &&
		       none_ends(buf, n, dev->block_size);
		fcntl(fd, F_SETFL, flags);
	}
	free(buf);
	return none;
}
