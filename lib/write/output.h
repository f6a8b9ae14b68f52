/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZW_OUTPUT_H
#define ZW_OUTPUT_H

#include <pthread.h>

#include "write/alloc.h"
#include "write/write.h"

/*
 * Blocks to large sequential requests. Every area collects its blocks in a buffer; full ones
 * go to a thread of their own, so that compressing goes on while the device writes. One thread
 * calls these functions.
 */
#define ZW_OUTPUT_BUFFER (2U << 20)
#define ZW_OUTPUT_COUNT	 (ZW_AREAS + 4)

struct zw_output_buffer {
	uint8_t *data;
	uint64_t offset; /* on the vdev */
	size_t len;
	struct zw_output_buffer *next;
};

struct zw_output {
	const struct zw_sink *sink;
	struct zw_output_buffer buffers[ZW_OUTPUT_COUNT];
	struct zw_output_buffer *open[ZW_AREAS];
	pthread_t thread;
	bool started;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct zw_output_buffer *free_list;
	struct zw_output_buffer *queue_head, *queue_tail;
	unsigned int busy; /* queued or being written */
	bool stop;
	int error; /* the sink's first */
	uint64_t error_offset;
};

ZB_MUST_CHECK int zw_output_init(struct zw_output *o, const struct zw_sink *sink);
void zw_output_done(struct zw_output *o);

/* offset: on the vdev. data is followed by zeros up to padded bytes. The sink's error. */
ZB_MUST_CHECK int zw_output_put(struct zw_output *o, enum zw_area area, uint64_t offset,
				const void *data, size_t len, size_t padded);

/* Returns when all is written. */
ZB_MUST_CHECK int zw_output_drain(struct zw_output *o);

#endif
