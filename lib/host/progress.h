/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_PROGRESS_H
#define ZH_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * One line on a terminal: what is being done, bytes, rate, time left. On anything that is
 * no terminal it stays silent. Threads may report at once.
 */
struct zh_progress;

/*
 * NULL if there is no terminal on stderr, quiet is set or memory is short: all calls take
 * it.
 */
struct zh_progress *zh_progress_create(bool quiet);
/* Ends the line, too. */
void zh_progress_destroy(struct zh_progress *p);

/* A new stage; total 0 if it is not known. Until bytes are reported, none are shown. */
void zh_progress_stage(struct zh_progress *p, const char *what, uint64_t total);

/* Bytes done in this stage so far. ctx is the struct zh_progress. */
void zh_progress_update(void *ctx, uint64_t bytes);

/* Wipes the line, so that a message can be printed there. */
void zh_progress_clear(struct zh_progress *p);

/* The line's text at `seconds` since the stage's start, cut to width: for the tests. */
void zh_progress_text(const char *what, uint64_t bytes, uint64_t total, double seconds,
		      unsigned int width, char *buf, unsigned int size);

#endif
