/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A module for the lab's kernel: gives a file an NFSv4 ACL by OpenZFS's own zfs_setsecattr(), for
 * which Linux has no system call, and writes to the kernel's log what zfs_getsecattr() reads. It
 * does so when it is loaded:
 *
 *	insmod setacl.ko path=FILE aces=WHO,MASK,FLAGS,TYPE[,WHO,MASK,FLAGS,TYPE]...
 *	insmod setacl.ko path=FILE	-> "setacl FILE WHO MASK FLAGS TYPE" for each entry
 *
 * Object entries can be set; OpenZFS leaves them out when it is asked for others alone.
 */
#include <sys/zfs_znode.h>
#include <sys/zfs_vnops.h>
#include <sys/zfs_acl.h>
#include <linux/module.h>
#include <linux/namei.h>

#define MAX_ACES 64
#define FIELDS	 4

static char *path;
module_param(path, charp, 0);

static unsigned int aces[MAX_ACES * FIELDS];
static int numbers;
module_param_array(aces, uint, &numbers, 0);

static bool is_object_ace(unsigned int type)
{
	return type >= ACE_ACCESS_ALLOWED_OBJECT_ACE_TYPE &&
	       type <= ACE_SYSTEM_ALARM_OBJECT_ACE_TYPE;
}

/* The entries as the kernel's callers give them: with two GUIDs behind those about an object. */
static size_t lay_out(u8 *to)
{
	u8 *start = to;

	for (int i = 0; i + FIELDS <= numbers; i += FIELDS) {
		ace_object_t ace = { .a_who = aces[i],
				     .a_access_mask = aces[i + 1],
				     .a_flags = aces[i + 2],
				     .a_type = aces[i + 3] };
		size_t len = is_object_ace(ace.a_type) ? sizeof(ace) : sizeof(ace_t);

		memset(ace.a_obj_type, 0x11, sizeof(ace.a_obj_type));
		memset(ace.a_inherit_obj_type, 0x22, sizeof(ace.a_inherit_obj_type));
		memcpy(to, &ace, len);
		to += len;
	}
	return to - start;
}

static int set(struct inode *inode)
{
	vsecattr_t v = { .vsa_mask = VSA_ACE | VSA_ACECNT,
			 .vsa_aclcnt = numbers / FIELDS };
	void *entries = kzalloc(MAX_ACES * sizeof(ace_object_t), GFP_KERNEL);
	int error;

	if (!entries)
		return -ENOMEM;
	v.vsa_aclentsz = lay_out(entries);
	v.vsa_aclentp = entries;
	error = zfs_setsecattr(ITOZ(inode), &v, ATTR_NOACLCHECK, CRED());
	kfree(entries);
	return -error;
}

static int print(struct inode *inode)
{
	vsecattr_t v = { .vsa_mask = VSA_ACE | VSA_ACECNT };
	int error = zfs_getsecattr(ITOZ(inode), &v, ATTR_NOACLCHECK, CRED());
	const ace_t *ace = v.vsa_aclentp;

	if (error)
		return -error;
	for (int i = 0; i < v.vsa_aclcnt; i++, ace++)
		pr_err("setacl %s %u %#x %#x %u\n", path, ace->a_who, ace->a_access_mask,
		       ace->a_flags, ace->a_type);
	kmem_free(v.vsa_aclentp, v.vsa_aclentsz);
	return 0;
}

static int act(struct path *at)
{
	if (strcmp(at->dentry->d_sb->s_type->name, "zfs"))
		return -EINVAL;
	return numbers ? set(d_inode(at->dentry)) : print(d_inode(at->dentry));
}

static int __init setacl_init(void)
{
	struct path at;
	int error;

	if (!path || numbers % FIELDS)
		return -EINVAL;
	error = kern_path(path, 0, &at);
	if (error)
		return error;
	error = act(&at);
	path_put(&at);
	return error;
}

static void __exit setacl_exit(void)
{
}

module_init(setacl_init);
module_exit(setacl_exit);
MODULE_DESCRIPTION("Sets NFSv4 ACLs of OpenZFS, for tests");
MODULE_LICENSE("Dual BSD/GPL");
