/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "init/file.h"
#include "init/orphans.h"

#define FOLDER "/sys/bus/pci/devices"

/* Class codes: PCI Code and ID Assignment Specification, base class and sub-class. */
const char *zi_orphans_kind(unsigned int pci_class)
{
	static const struct {
		unsigned int class;
		const char *kind;
	} kinds[] = {
		{ 0x0c00, "FireWire controller" },
		{ 0x0c03, "USB controller" },
		{ 0x0805, "SD card controller" },
	};

	if (pci_class >> 16 == 0x01)
		return "storage controller";
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (pci_class >> 8 == kinds[i].class)
			return kinds[i].kind;
	return NULL;
}

static void attribute(const char *name, const char *what, char *buf, size_t size)
{
	char path[512];

	snprintf(path, sizeof(path), FOLDER "/%.128s/%s", name, what);
	zi_file_line(path, buf, size);
}

static void say_one(const struct zi_console *c, const char *name)
{
	char class[16], vendor[16], device[16], path[512];
	const char *kind;

	attribute(name, "class", class, sizeof(class));
	kind = zi_orphans_kind((unsigned int)strtoul(class, NULL, 16));
	snprintf(path, sizeof(path), FOLDER "/%.128s/driver", name);
	if (!kind || access(path, F_OK) == 0)
		return;
	attribute(name, "vendor", vendor, sizeof(vendor));
	attribute(name, "device", device, sizeof(device));
	zi_say(c,
	       "%s %s (PCI %.4s:%.4s): no driver in the ramdisk serves it; disks behind "
	       "it are not seen",
	       kind, name, vendor[0] ? vendor + 2 : "", device[0] ? device + 2 : "");
}

void zi_orphans_say(const struct zi_console *c)
{
	DIR *dir = opendir(FOLDER);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			say_one(c, entry->d_name);
	closedir(dir);
}
