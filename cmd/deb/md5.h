/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZLIVE_DEB_MD5_H
#define ZLIVE_DEB_MD5_H

#include "cmd/build/saved.h"
#include "cmd/build/text.h"

#define MD5_TEXT 33

/* dpkg's format asks for MD5; it guards against accidents only. */
bool md5_text(const void *data, size_t len, char text[MD5_TEXT]);

/* The lines of a package's md5sums: regular files, paths without a leading slash. */
void md5sums_add(const struct saved_list *files, struct text *out);

#endif
