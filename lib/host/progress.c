/* SPDX-License-Identifier: BSD-2-Clause */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>
#include "host/progress.h"
#include "host/size.h"

#define BAR_MAX	     24
#define LINE_MAX_LEN 256
#define INTERVAL     0.1 /* seconds between two drawings */

struct zh_progress {
	pthread_mutex_t lock;
	char what[64];
	uint64_t total;
	double start, drawn;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct zh_progress *zh_progress_create(bool quiet)
{
	struct zh_progress *p;

	if (quiet || !isatty(STDERR_FILENO))
		return NULL;
	p = calloc(1, sizeof(*p));
	if (p)
		pthread_mutex_init(&p->lock, NULL);
	return p;
}

void zh_progress_destroy(struct zh_progress *p)
{
	if (!p)
		return;
	zh_progress_clear(p);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

static void time_text(double seconds, char *buf, size_t size)
{
	unsigned int s = seconds < 359999 ? (unsigned int)(seconds + 0.5) : 359999;

	if (s >= 3600)
		snprintf(buf, size, "%u:%02u:%02u", s / 3600, s / 60 % 60, s % 60);
	else
		snprintf(buf, size, "%u:%02u", s / 60, s % 60);
}

static void bar_text(uint64_t bytes, uint64_t total, char *buf, size_t size)
{
	double part = bytes < total ? (double)bytes / (double)total : 1;
	unsigned int full = (unsigned int)(part * BAR_MAX);
	char bar[BAR_MAX + 1];

	memset(bar, ' ', BAR_MAX);
	memset(bar, '=', full);
	if (full < BAR_MAX)
		bar[full] = '>';
	bar[BAR_MAX] = '\0';
	snprintf(buf, size, " [%s] %3u%%", bar, (unsigned int)(part * 100));
}

void zh_progress_text(const char *what, uint64_t bytes, uint64_t total, double seconds,
		      unsigned int width, char *buf, unsigned int size)
{
	char done[ZH_SIZE_TEXT], rate[ZH_SIZE_TEXT], all[ZH_SIZE_TEXT + 1] = "";
	char bar[BAR_MAX + 16] = "", left[32] = "", text[LINE_MAX_LEN];

	if (bytes == 0 && total == 0) {
		snprintf(buf, size, "%.*s...", (int)width - 3, what);
		return;
	}
	zh_size_text(bytes, done);
	zh_size_text(seconds > 0 ? (uint64_t)((double)bytes / seconds) : 0, rate);
	if (total > 0) {
		all[0] = '/';
		zh_size_text(total, all + 1);
		bar_text(bytes, total, bar, sizeof(bar));
	}
	if (total > bytes && bytes > 0 && seconds >= 1) {
		time_text(seconds * (double)(total - bytes) / (double)bytes, left,
			  sizeof(left));
		snprintf(text, sizeof(text), "%s%s  %s%s  %s/s  %s left", what, bar, done,
			 all, rate, left);
	} else {
		snprintf(text, sizeof(text), "%s%s  %s%s  %s/s", what, bar, done, all,
			 rate);
	}
	snprintf(buf, size, "%.*s", (int)width, text);
}

void zh_progress_stage(struct zh_progress *p, const char *what, uint64_t total)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	snprintf(p->what, sizeof(p->what), "%s", what);
	p->total = total;
	p->start = now();
	p->drawn = 0;
	pthread_mutex_unlock(&p->lock);
	zh_progress_update(p, 0);
}

void zh_progress_update(void *ctx, uint64_t bytes)
{
	struct zh_progress *p = ctx;
	struct winsize ws = { 0 };
	char line[LINE_MAX_LEN];
	unsigned int width = 79;
	double t = now();

	if (!p)
		return;
	pthread_mutex_lock(&p->lock);
	if (t - p->drawn >= INTERVAL) {
		p->drawn = t;
		if (ioctl(STDERR_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_col > 1)
			width = ws.ws_col - 1u;
		zh_progress_text(p->what, bytes, p->total, t - p->start, width, line,
				 sizeof(line));
		fprintf(stderr, "\r%s\033[K", line);
		fflush(stderr);
	}
	pthread_mutex_unlock(&p->lock);
}

void zh_progress_clear(struct zh_progress *p)
{
	if (!p)
		return;
	fputs("\r\033[K", stderr);
	fflush(stderr);
}
