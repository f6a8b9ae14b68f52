/* SPDX-License-Identifier: BSD-2-Clause */
#include <dlfcn.h>
#include <unistd.h>

/* To be preloaded: a machine with so many processors that a program starts all its threads. */
#define CORES 64

long sysconf(int name)
{
	long (*real)(int name) = (long (*)(int name))dlsym(RTLD_NEXT, "sysconf");

	return name == _SC_NPROCESSORS_ONLN || name == _SC_NPROCESSORS_CONF ? CORES
									    : real(name);
}
