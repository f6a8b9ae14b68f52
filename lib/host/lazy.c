/* SPDX-License-Identifier: BSD-2-Clause */
#include "host/lazy.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

#define STATUS 127 /* the dynamic loader's */

void *zh_lazy_find(const char *library, const char *name)
{
	void *handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL);

	return handle ? dlsym(handle, name) : NULL;
}

void *zh_lazy_get(const char *library, const char *name)
{
	void *fn = zh_lazy_find(library, name);
	const char *why;

	if (fn)
		return fn;
	why = dlerror();
	fprintf(stderr, "zlive: %s\n", why ? why : library);
	exit(STATUS);
}
