/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ZH_LAZY_H
#define ZH_LAZY_H

/*
 * Libraries that few commands need, and that take longer to load than `zlive cat` takes for a small
 * file, are loaded when one of their functions is called first. A file defines the functions under
 * their own names, so that callers include the library's header as usual:
 *
 *	ZH_LAZY(LIBRARY, int, archive_format, (struct archive *a), (a))
 *
 * Source: dlopen(3), dlsym(3).
 */

/* A function of a library that is loaded now if it is not yet. NULL: there is none. */
void *zh_lazy_find(const char *library, const char *name);

/* The same for one without which nothing goes on: as the dynamic loader, it ends the program. */
void *zh_lazy_get(const char *library, const char *name);

#define ZH_LAZY(library, type, name, params, args)                                       \
	type name params                                                                 \
	{                                                                                \
		static __typeof__(&name) found;                                          \
		__typeof__(&name) fn = __atomic_load_n(&found, __ATOMIC_RELAXED);        \
                                                                                         \
		if (!fn) {                                                               \
			fn = (__typeof__(&name))zh_lazy_get(library, #name);             \
			__atomic_store_n(&found, fn, __ATOMIC_RELAXED);                  \
		}                                                                        \
		return fn args;                                                          \
	}

#endif
