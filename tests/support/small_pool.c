/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "tests/support/small_pool.h"

#define RECORD (4 + SMALL_POOL_SECTOR)

/* small_pool.bin and small_secret.bin, put into the program by tools/embed.S */
extern const uint8_t small_pool_start[], small_pool_end[];
extern const uint8_t small_secret_start[], small_secret_end[];

/* The first record at or behind a sector; records are in the order of their sectors. */
static size_t find(const struct small_pool *pool, uint64_t sector)
{
	size_t low = 0, high = pool->n;

	sector += pool->first;
	while (low < high) {
		size_t mid = (low + high) / 2;

		if (zb_load32(pool->records + mid * RECORD, ZB_LE) < sector)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

uint8_t *small_pool_sector(struct small_pool *pool, uint64_t offset)
{
	size_t i = find(pool, offset / SMALL_POOL_SECTOR);
	uint8_t *record = pool->records + i * RECORD;

	if (i == pool->n ||
	    zb_load32(record, ZB_LE) != pool->first + offset / SMALL_POOL_SECTOR)
		return NULL;
	return record + 4;
}

void small_pool_damage(struct small_pool *pool, uint64_t offset, uint64_t len)
{
	for (uint64_t at = offset; at < offset + len; at += SMALL_POOL_SECTOR) {
		uint8_t *sector = small_pool_sector(pool, at);

		if (sector)
			sector[SMALL_POOL_SECTOR / 2] ^= 0xff;
	}
}

static int read_sectors(void *ctx, uint64_t offset, void *buf, size_t len)
{
	struct small_pool *pool = ctx;
	uint8_t *to = buf;

	pool->reads++;
	if (offset % SMALL_POOL_SECTOR || len % SMALL_POOL_SECTOR ||
	    offset > pool->dev.size || len > pool->dev.size - offset) {
		fprintf(stderr, "a read off the device or its sectors\n");
		abort();
	}
	if (offset < pool->fail_to && offset + len > pool->fail_from)
		return ZB_EIO;
	memset(to, 0, len);
	for (size_t i = find(pool, offset / SMALL_POOL_SECTOR); i < pool->n; i++) {
		const uint8_t *record = pool->records + i * RECORD;
		uint64_t at = ((uint64_t)zb_load32(record, ZB_LE) - pool->first) *
			      SMALL_POOL_SECTOR;

		if (at >= offset + len)
			break;
		memcpy(to + (at - offset), record + 4, SMALL_POOL_SECTOR);
	}
	return 0;
}

static void init_device(struct small_pool *pool, uint64_t size)
{
	pool->dev = (struct zr_dev){ .ctx = pool,
				     .name = "small_pool",
				     .size = size,
				     .block_size = SMALL_POOL_SECTOR,
				     .read = read_sectors };
}

static void init(struct small_pool *pool, const uint8_t *start, const uint8_t *end)
{
	size_t len = (size_t)(end - start);

	*pool = (struct small_pool){ .n = len / RECORD };
	pool->records = malloc(len);
	if (!pool->records)
		abort();
	memcpy(pool->records, start, len);
	init_device(pool, SMALL_POOL_SIZE);
}

void small_pool_init(struct small_pool *pool)
{
	init(pool, small_pool_start, small_pool_end);
}

void small_secret_init(struct small_pool *pool)
{
	init(pool, small_secret_start, small_secret_end);
}

struct zb_span small_secret_key(const char *keyformat)
{
	static const char hex[] =
		"00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210";
	static const char raw[] = "thirty-two bytes of a raw key \001\377";
	static const char passphrase[] = "correct horse";
	const char *key = strcmp(keyformat, "hex") == 0	  ? hex
			  : strcmp(keyformat, "raw") == 0 ? raw
							  : passphrase;

	return zb_span((const uint8_t *)key, strlen(key));
}

void small_pool_done(struct small_pool *pool)
{
	free(pool->records);
}

void small_pools_init(struct small_pools *pools, const uint8_t *start, const uint8_t *end)
{
	size_t len = (size_t)(end - start), n = len / RECORD;
	const uint8_t *head = end - RECORD;
	bool has_head = zb_load32(head, ZB_LE) == SMALL_POOLS_HEAD;

	*pools = (struct small_pools){ .n = 1 };
	pools->records = malloc(len);
	if (!pools->records)
		abort();
	memcpy(pools->records, start, len);
	if (has_head)
		pools->n = (unsigned int)zb_load64(head + 4, ZB_LE);
	for (unsigned int i = 0; i < pools->n; i++) {
		struct small_pool *p = &pools->at[i];

		p->records = pools->records;
		p->n = n - has_head;
		p->first = i << SMALL_POOLS_SHIFT;
		init_device(p, has_head ? zb_load64(head + 12 + 8 * (size_t)i, ZB_LE)
					: SMALL_POOL_SIZE);
		pools->list[i] = &p->dev;
	}
}

void small_pools_done(struct small_pools *pools)
{
	free(pools->records);
}

static void *get_memory(void *ctx, size_t size)
{
	struct small_host *host = ctx;
	size_t *p;

	host->allocs++;
	if (host->allocs == host->fail_at || size > host->limit - host->bytes)
		return NULL;
	p = malloc(size + 16);
	if (!p)
		return NULL;
	*p = size;
	host->held++;
	host->bytes += size;
	return (uint8_t *)p + 16;
}

static void free_memory(void *ctx, void *ptr)
{
	struct small_host *host = ctx;
	size_t *p = (size_t *)((uint8_t *)ptr - 16);

	host->held--;
	host->bytes -= *p;
	free(p);
}

static void count_note(void *ctx, const struct zb_diag *what)
{
	struct small_host *host = ctx;

	host->notes++;
	host->noted = *what;
}

void small_host_init(struct small_host *host)
{
	*host = (struct small_host){ .limit = (size_t)64 << 20 };
	host->host = (struct zr_host){
		.ctx = host, .alloc = get_memory, .free = free_memory, .note = count_note
	};
}

int small_pool_open(struct small_pool *pool, struct small_host *host,
		    struct zr_pool **ret_open, struct zb_diag *diag)
{
	const struct zr_dev *devs[] = { &pool->dev };

	small_host_init(host);
	return zr_pool_open(&host->host, devs, 1, 0, ret_open, diag);
}

int small_pool_close(struct small_pool *pool, struct small_host *host,
		     struct zr_pool *open)
{
	zr_pool_close(open);
	small_pool_done(pool);
	return host->held == 0 ? 0 : -1;
}
