/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/output.h"

#include <stdlib.h>
#include <string.h>

static void *output_thread(void *arg)
{
	struct zw_output *o = arg;

	pthread_mutex_lock(&o->lock);
	for (;;) {
		struct zw_output_buffer *b = o->queue_head;
		int ret = 0;

		if (!b) {
			if (o->stop)
				break;
			pthread_cond_wait(&o->changed, &o->lock);
			continue;
		}
		o->queue_head = b->next;
		if (!o->queue_head)
			o->queue_tail = NULL;
		if (o->error == 0 && b->len > 0) {
			pthread_mutex_unlock(&o->lock);
			ret = o->sink->write(o->sink->ctx, b->offset, b->data, b->len);
			pthread_mutex_lock(&o->lock);
		}
		if (ret < 0 && o->error == 0) {
			o->error = ret;
			o->error_offset = b->offset;
		}
		b->next = o->free_list;
		o->free_list = b;
		o->busy--;
		pthread_cond_broadcast(&o->changed);
	}
	pthread_mutex_unlock(&o->lock);
	return NULL;
}

int zw_output_init(struct zw_output *o, const struct zw_sink *sink)
{
	*o = (struct zw_output){ .sink = sink };
	pthread_mutex_init(&o->lock, NULL);
	pthread_cond_init(&o->changed, NULL);
	for (unsigned int i = 0; i < ZW_OUTPUT_COUNT; i++) {
		o->buffers[i].next = o->free_list;
		o->free_list = &o->buffers[i];
	}
	if (pthread_create(&o->thread, NULL, output_thread, o) != 0)
		return ZB_ENOMEM;
	o->started = true;
	return 0;
}

void zw_output_done(struct zw_output *o)
{
	if (o->started) {
		pthread_mutex_lock(&o->lock);
		o->stop = true;
		pthread_cond_broadcast(&o->changed);
		pthread_mutex_unlock(&o->lock);
		pthread_join(o->thread, NULL);
	}
	if (o->sink) {
		pthread_mutex_destroy(&o->lock);
		pthread_cond_destroy(&o->changed);
	}
	for (unsigned int i = 0; i < ZW_OUTPUT_COUNT; i++)
		free(o->buffers[i].data);
	*o = (struct zw_output){ 0 };
}

static void buffer_send(struct zw_output *o, enum zw_area area)
{
	struct zw_output_buffer *b = o->open[area];

	o->open[area] = NULL;
	pthread_mutex_lock(&o->lock);
	b->next = NULL;
	if (o->queue_tail)
		o->queue_tail->next = b;
	else
		o->queue_head = b;
	o->queue_tail = b;
	o->busy++;
	pthread_cond_broadcast(&o->changed);
	pthread_mutex_unlock(&o->lock);
}

/* A free buffer for the area; waits for the writer when all are on their way. */
static int buffer_take(struct zw_output *o, enum zw_area area, uint64_t offset)
{
	struct zw_output_buffer *b;
	int ret;

	pthread_mutex_lock(&o->lock);
	while (!o->free_list)
		pthread_cond_wait(&o->changed, &o->lock);
	b = o->free_list;
	o->free_list = b->next;
	ret = o->error;
	pthread_mutex_unlock(&o->lock);
	if (!b->data)
		b->data = malloc(ZW_OUTPUT_BUFFER);
	o->open[area] = b;
	b->offset = offset;
	b->len = 0;
	if (ret < 0)
		return ret;
	return b->data ? 0 : ZB_ENOMEM;
}

static int output_append(struct zw_output *o, enum zw_area area, uint64_t offset,
			 const void *data, size_t len)
{
	const uint8_t *from = data;

	while (len > 0) {
		struct zw_output_buffer *b = o->open[area];
		size_t part = len;

		if (b && (b->len == ZW_OUTPUT_BUFFER || b->offset + b->len != offset)) {
			buffer_send(o, area);
			b = NULL;
		}
		if (!b) {
			int ret = buffer_take(o, area, offset);

			if (ret < 0)
				return ret;
			b = o->open[area];
		}
		if (part > ZW_OUTPUT_BUFFER - b->len)
			part = ZW_OUTPUT_BUFFER - b->len;
		if (from) {
			memcpy(b->data + b->len, from, part);
			from += part;
		} else {
			memset(b->data + b->len, 0, part);
		}
		b->len += part;
		offset += part;
		len -= part;
	}
	return 0;
}

int zw_output_put(struct zw_output *o, enum zw_area area, uint64_t offset,
		  const void *data, size_t len, size_t padded)
{
	int ret = output_append(o, area, offset, data, len);

	if (ret == 0 && padded > len)
		ret = output_append(o, area, offset + len, NULL, padded - len);
	return ret;
}

int zw_output_drain(struct zw_output *o)
{
	int ret;

	for (unsigned int i = 0; i < ZW_AREAS; i++)
		if (o->open[i])
			buffer_send(o, i);
	pthread_mutex_lock(&o->lock);
	while (o->busy > 0)
		pthread_cond_wait(&o->changed, &o->lock);
	ret = o->error;
	pthread_mutex_unlock(&o->lock);
	return ret;
}
