/* SPDX-License-Identifier: BSD-2-Clause */
#include <fts.h>
#include <stddef.h>
#include <sys/stat.h>
#include "cmd/build/tree.h"

uint64_t tree_dir_bytes(const char *root)
{
	char *const paths[] = { (char *)root, NULL };
	FTS *fts = fts_open(paths, FTS_PHYSICAL | FTS_XDEV | FTS_NOCHDIR, NULL);
	uint64_t bytes = 0;
	FTSENT *e;

	if (!fts)
		return 0;
	while ((e = fts_read(fts)))
		if (e->fts_info == FTS_F && S_ISREG(e->fts_statp->st_mode))
			bytes +=
				(uint64_t)e->fts_statp->st_size /
				(e->fts_statp->st_nlink > 0 ? e->fts_statp->st_nlink : 1);
	fts_close(fts);
	return bytes;
}
