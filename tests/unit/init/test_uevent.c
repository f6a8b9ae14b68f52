/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "init/uevent.h"

static const char message[] = "add@/devices/pci0000:00/usb1/1-1\0ACTION=add\0"
			      "DEVPATH=/devices/pci0000:00/usb1/1-1\0SUBSYSTEM=block\0"
			      "DEVNAME=sda2\0DEVTYPE=partition\0PARTUUID=0123-ab\0"
			      "MODALIAS=usb:v1p2\0SEQNUM=12";

static void whole_message(void **state)
{
	char buf[sizeof(message) + 1];
	struct zi_uevent e;

	memcpy(buf, message, sizeof(message));
	assert_true(zi_uevent_parse(buf, sizeof(message), &e));
	assert_string_equal(e.action, "add");
	assert_string_equal(e.subsystem, "block");
	assert_string_equal(e.devname, "sda2");
	assert_string_equal(e.devtype, "partition");
	assert_string_equal(e.modalias, "usb:v1p2");
}

/* Whatever the length, no byte beyond it is looked at (valgrind and sanitizers watch). */
static void truncated(void **state)
{
	for (size_t len = 0; len < sizeof(message); len++) {
		char *buf = test_malloc(len + 1);
		struct zi_uevent e;
		bool ok;

		memcpy(buf, message, len);
		ok = zi_uevent_parse(buf, len, &e);
		assert_true(!ok || (e.action && e.devpath));
		test_free(buf);
	}
}

static void not_the_kernels(void **state)
{
	char buf[64] = "libudev\0\xfe\xed\xca\xfe";
	struct zi_uevent e;

	assert_false(zi_uevent_parse(buf, 32, &e));
}

static void uevent_file(void **state)
{
	char text[] = "MAJOR=8\nMINOR=2\nDEVNAME=sda2\nDEVTYPE=partition\nPARTUUID=x\n";
	struct zi_uevent e;

	zi_uevent_parse_file(text, &e);
	assert_string_equal(e.devname, "sda2");
	assert_null(e.action);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_message),
		cmocka_unit_test(truncated),
		cmocka_unit_test(not_the_kernels),
		cmocka_unit_test(uevent_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
