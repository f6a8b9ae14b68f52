/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/netlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "init/uevent.h"

/* Thousands of events come at once when a controller with many devices is found. */
#define RECEIVE_BUFFER (16 << 20)
#define KERNEL_GROUP   1

static void take(struct zi_uevent *e, const char *pair)
{
	const struct {
		const char *key;
		const char **value;
	} keys[] = {
		{ "ACTION=", &e->action },	 { "DEVPATH=", &e->devpath },
		{ "SUBSYSTEM=", &e->subsystem }, { "MODALIAS=", &e->modalias },
		{ "DEVNAME=", &e->devname },	 { "DEVTYPE=", &e->devtype },
		{ "DM_ACTION=", &e->dm_action },
	};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t len = strlen(keys[i].key);

		if (strncmp(pair, keys[i].key, len) == 0) {
			*keys[i].value = pair + len;
			return;
		}
	}
}

bool zi_uevent_parse(char *buf, size_t len, struct zi_uevent *ret_event)
{
	struct zi_uevent e = { NULL };

	buf[len] = 0;
	/* udevd's own messages have a binary header that starts with "libudev". */
	if (!memchr(buf, '@', strlen(buf)))
		return false;
	for (size_t at = strlen(buf) + 1; at < len; at += strlen(buf + at) + 1)
		take(&e, buf + at);
	if (!e.action || !e.devpath)
		return false;
	*ret_event = e;
	return true;
}

void zi_uevent_parse_file(char *text, struct zi_uevent *ret_event)
{
	char *save = NULL;

	*ret_event = (struct zi_uevent){ NULL };
	for (char *line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		take(ret_event, line);
}

int zi_uevent_open(int *ret_fd, struct zb_diag *diag)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK,
				       .nl_groups = KERNEL_GROUP };
	int size = RECEIVE_BUFFER;
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK,
			NETLINK_KOBJECT_UEVENT);

	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int r = zb_fail(diag, -errno, "kernel events", ZB_DIAG_NO_OFFSET,
				"cannot receive them: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return r;
	}
	/* Not fatal: with a small buffer lost events only mean another walk. */
	(void)!setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	*ret_fd = fd;
	return 0;
}

int zi_uevent_receive(int fd, char *buf, size_t size, struct zi_uevent *ret_event)
{
	for (;;) {
		struct sockaddr_nl from = { .nl_family = 0 };
		socklen_t from_len = sizeof(from);
		ssize_t n = recvfrom(fd, buf, size - 1, 0, (struct sockaddr *)&from,
				     &from_len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == ENOBUFS ? ZB_EAGAIN : 0;
		/* Only the kernel's own messages have port 0. */
		if (from.nl_pid == 0 && zi_uevent_parse(buf, (size_t)n, ret_event))
			return 1;
	}
}
