/* SPDX-License-Identifier: BSD-2-Clause */
#include "boot/common/keeper.h"

static void keep(struct bt_keeper *k, uint64_t offset, const void *buf, size_t len)
{
	uint8_t *data;

	if (k->dropped || k->n == BT_KEPT_MAX || len > BT_KEPT_BYTES)
		return;
	data = k->host->alloc(k->host->ctx, len);
	if (!data)
		return;
	__builtin_memcpy(data, buf, len);
	k->kept[k->n].offset = offset;
	k->kept[k->n].len = len;
	k->kept[k->n++].data = data;
}

static int keeper_read(void *ctx, uint64_t offset, void *buf, size_t len)
{
	struct bt_keeper *k = ctx;
	int error;

	for (unsigned int i = 0; i < k->n; i++) {
		uint64_t start = k->kept[i].offset;

		if (offset < start || offset - start > k->kept[i].len ||
		    len > k->kept[i].len - (offset - start))
			continue;
		__builtin_memcpy(buf, k->kept[i].data + (offset - start), len);
		return 0;
	}
	error = k->under->read(k->under->ctx, offset, buf, len);
	if (error == 0)
		keep(k, offset, buf, len);
	return error;
}

void bt_keeper_init(struct bt_keeper *k, const struct zr_host *host,
		    const struct zr_dev *under)
{
	*k = (struct bt_keeper){ .dev = *under, .under = under, .host = host };
	k->dev.ctx = k;
	k->dev.read = keeper_read;
}

void bt_keeper_drop(struct bt_keeper *k)
{
	for (unsigned int i = 0; i < k->n; i++)
		k->host->free(k->host->ctx, k->kept[i].data);
	k->n = 0;
	k->dropped = true;
}
