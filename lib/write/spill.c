/* SPDX-License-Identifier: BSD-2-Clause */
#include "write/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void zw_spill_cache_init(struct zw_spill_cache *c, const char *tmpdir, size_t max_bytes)
{
	*c = (struct zw_spill_cache){
		.tmpdir = tmpdir,
		.max = max_bytes / sizeof(struct zw_spill_page),
	};
}

void zw_spill_cache_done(struct zw_spill_cache *c)
{
	free(c->pages);
	*c = (struct zw_spill_cache){ 0 };
}

void zw_spill_init(struct zw_spill *s, struct zw_spill_cache *cache)
{
	*s = (struct zw_spill){ .cache = cache, .fd = -1 };
}

/* Takes a page out of the cache and frees it. Its slot is filled by the last one. */
static void page_drop(struct zw_spill_cache *c, struct zw_spill_page *p)
{
	struct zw_spill_page *last = c->pages[--c->n];

	c->pages[p->slot] = last;
	last->slot = p->slot;
	p->owner->pages[p->number] = NULL;
	free(p);
}

void zw_spill_done(struct zw_spill *s)
{
	for (uint64_t i = 0; i < s->n_pages; i++)
		if (s->pages[i])
			page_drop(s->cache, s->pages[i]);
	free(s->pages);
	if (s->cache && s->fd >= 0)
		close(s->fd);
	*s = (struct zw_spill){ .fd = -1 };
}

/* An unlinked file in tmpdir. */
static int file_open(struct zw_spill *s)
{
	char path[4096];

	s->fd = open(s->cache->tmpdir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (s->fd >= 0)
		return 0;
	if (snprintf(path, sizeof(path), "%s/zlive.XXXXXX", s->cache->tmpdir) >=
	    (int)sizeof(path))
		return ZB_ENAMETOOLONG;
	s->fd = mkostemp(path, O_CLOEXEC);
	if (s->fd < 0)
		return -errno;
	unlink(path);
	return 0;
}

static int page_out(struct zw_spill_page *p)
{
	struct zw_spill *s = p->owner;
	size_t done = 0;
	int ret;

	if (s->fd < 0) {
		ret = file_open(s);
		if (ret < 0)
			return ret;
	}
	while (done < ZW_SPILL_PAGE) {
		ssize_t n = pwrite(s->fd, p->data + done, ZW_SPILL_PAGE - done,
				   (off_t)(p->number * ZW_SPILL_PAGE + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : ZB_ENOSPC;
		done += n;
	}
	p->dirty = false;
	return 0;
}

/* What the file does not hold was never written. */
static int page_in(struct zw_spill_page *p)
{
	struct zw_spill *s = p->owner;
	size_t done = 0;

	memset(p->data, 0, ZW_SPILL_PAGE);
	while (s->fd >= 0 && done < ZW_SPILL_PAGE) {
		ssize_t n = pread(s->fd, p->data + done, ZW_SPILL_PAGE - done,
				  (off_t)(p->number * ZW_SPILL_PAGE + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		done += n;
	}
	return 0;
}

/* Makes room for one page: a clock over the pages, as kernels do it. */
static int cache_evict(struct zw_spill_cache *c)
{
	while (c->n >= c->max) {
		struct zw_spill_page *p;

		if (c->hand >= c->n)
			c->hand = 0;
		p = c->pages[c->hand];
		if (p->recent) {
			p->recent = false;
			c->hand++;
			continue;
		}
		if (p->dirty) {
			int ret = page_out(p);

			if (ret < 0)
				return ret;
		}
		page_drop(c, p);
	}
	return 0;
}

static int cache_add(struct zw_spill_cache *c, struct zw_spill_page *p)
{
	if (!c->pages) {
		c->pages = malloc(c->max * sizeof(*c->pages));
		if (!c->pages)
			return ZB_ENOMEM;
	}
	p->slot = c->n;
	c->pages[c->n++] = p;
	return 0;
}

static int table_grow(struct zw_spill *s, uint64_t number)
{
	uint64_t n = s->n_pages ? 2 * s->n_pages : 16;
	struct zw_spill_page **pages;

	while (n <= number)
		n *= 2;
	pages = realloc(s->pages, n * sizeof(*pages));
	if (!pages)
		return ZB_ENOMEM;
	memset(pages + s->n_pages, 0, (n - s->n_pages) * sizeof(*pages));
	s->pages = pages;
	s->n_pages = n;
	return 0;
}

static int page_get(struct zw_spill *s, uint64_t number, struct zw_spill_page **ret_page)
{
	struct zw_spill_page *p;
	int ret;

	if (number >= s->n_pages) {
		ret = table_grow(s, number);
		if (ret < 0)
			return ret;
	}
	p = s->pages[number];
	if (!p) {
		ret = cache_evict(s->cache);
		if (ret < 0)
			return ret;
		p = malloc(sizeof(*p));
		if (!p)
			return ZB_ENOMEM;
		p->owner = s;
		p->number = number;
		p->dirty = false;
		ret = page_in(p);
		if (ret == 0)
			ret = cache_add(s->cache, p);
		if (ret < 0) {
			free(p);
			return ret;
		}
		s->pages[number] = p;
	}
	p->recent = true;
	*ret_page = p;
	return 0;
}

int zw_spill_read(struct zw_spill *s, uint64_t off, void *buf, size_t len)
{
	uint8_t *out = buf;

	while (len > 0) {
		size_t in = off % ZW_SPILL_PAGE, part = ZW_SPILL_PAGE - in;
		struct zw_spill_page *p;
		int ret;

		if (part > len)
			part = len;
		ret = page_get(s, off / ZW_SPILL_PAGE, &p);
		if (ret < 0)
			return ret;
		memcpy(out, p->data + in, part);
		out += part;
		off += part;
		len -= part;
	}
	return 0;
}

int zw_spill_write(struct zw_spill *s, uint64_t off, const void *buf, size_t len)
{
	const uint8_t *from = buf;

	while (len > 0) {
		size_t in = off % ZW_SPILL_PAGE, part = ZW_SPILL_PAGE - in;
		struct zw_spill_page *p;
		int ret;

		if (part > len)
			part = len;
		ret = page_get(s, off / ZW_SPILL_PAGE, &p);
		if (ret < 0)
			return ret;
		memcpy(p->data + in, from, part);
		p->dirty = true;
		from += part;
		off += part;
		len -= part;
		if (off > s->size)
			s->size = off;
	}
	return 0;
}
