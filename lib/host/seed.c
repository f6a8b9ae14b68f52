/* SPDX-License-Identifier: BSD-2-Clause */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include "codec/checksum.h"
#include "host/seed.h"

#define SUM_SIZE 32

static void hash(const void *data, size_t len, uint8_t ret_sum[SUM_SIZE])
{
	struct zc_cksum sum;

	zc_sha256(zb_span(data, len), &sum);
	for (unsigned int i = 0; i < 4; i++)
		zb_store64(ret_sum + 8 * i, ZB_BE, sum.word[i]);
}

int zh_seed_init(struct zh_seed *seed, const char *text, struct zb_diag *diag)
{
	uint8_t sum[SUM_SIZE];

	if (!text) {
		if (getrandom(seed->word, sizeof(seed->word), 0) != sizeof(seed->word))
			return zb_fail(diag, ZB_EIO, "random numbers", ZB_DIAG_NO_OFFSET,
				       "%s", strerror(errno));
		return 0;
	}
	hash(text, strlen(text), sum);
	seed->word[0] = zb_load64(sum, ZB_LE);
	seed->word[1] = zb_load64(sum + 8, ZB_LE);
	return 0;
}

void zh_seed_bytes(const struct zh_seed *seed, const char *purpose, void *out, size_t len)
{
	uint8_t text[16 + 64], sum[SUM_SIZE];
	size_t n = strlen(purpose);

	assert(n <= 64 && len <= sizeof(sum));
	zb_store64(text, ZB_LE, seed->word[0]);
	zb_store64(text + 8, ZB_LE, seed->word[1]);
	memcpy(text + 16, purpose, n);
	hash(text, 16 + n, sum);
	memcpy(out, sum, len);
}

void zh_seed_guid(const struct zh_seed *seed, const char *purpose,
		  char text[ZH_GUID_TEXT])
{
	uint8_t g[16];
	char *p = text;

	zh_seed_bytes(seed, purpose, g, sizeof(g));
	g[6] = (uint8_t)((g[6] & 0x0f) | 0x40);
	g[8] = (uint8_t)((g[8] & 0x3f) | 0x80);
	for (unsigned int i = 0; i < sizeof(g); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*p++ = '-';
		p += sprintf(p, "%02X", g[i]);
	}
}

uint32_t zh_seed_hostid(const struct zh_seed *seed)
{
	uint8_t b[4];
	uint32_t id;

	zh_seed_bytes(seed, "hostid", b, sizeof(b));
	id = zb_load32(b, ZB_LE);
	return id ? id : 1;
}
