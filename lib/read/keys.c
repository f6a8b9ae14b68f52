/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/format.h"
#include "base/text.h"
#include "read/keys.h"
#include "read/zap.h"

/*
 * Rounds of PBKDF2 that we agree to: OpenZFS's default is 350000. What a hostile pool demands
 * must not take hours.
 */
#define MAX_ITERATIONS (1ULL << 26)

/* A key object as it is on disk. */
struct key_object {
	uint64_t number;
	uint64_t suite_number, guid, version, root_dir;
	uint64_t keyformat, iterations, salt;
	const struct zf_crypt_suite *suite;
	uint8_t iv[ZC_AEAD_IV], mac[ZC_AEAD_TAG];
	uint8_t master[ZF_CRYPT_MASTER_SIZE], hmac[ZF_CRYPT_HMAC_SIZE]; /* wrapped */
};

static int get_u64(struct zr_zap *zap, const char *name, bool optional, uint64_t *ret_v,
		   struct zb_diag *diag)
{
	struct zr_zap_entry entry;
	int error = zr_zap_find(zap, name, &entry, diag);

	if (!error)
		*ret_v = zr_zap_int(&entry, 0);
	if (error != ZB_ENOENT)
		return error;
	return optional ? 0
			: zr_object_fail(&zap->obj, ZB_ECORRUPT, diag, "no key object");
}

static int get_bytes(struct zr_zap *zap, const char *name, uint8_t *buf, size_t len,
		     struct zb_diag *diag)
{
	struct zr_zap_entry entry;
	int error = zr_zap_find(zap, name, &entry, diag);

	if (error && error != ZB_ENOENT)
		return error;
	if (error || entry.intlen != 1 || entry.value.len != len)
		return zr_object_fail(&zap->obj, ZB_ECORRUPT, diag, "no key object");
	__builtin_memcpy(buf, entry.value.ptr, len);
	return 0;
}

static int read_entries(struct zr_zap *zap, struct key_object *k, struct zb_diag *diag)
{
	const struct {
		const char *name;
		bool optional;
		uint64_t *to;
	} numbers[] = {
		{ ZF_CRYPT_KEY_SUITE, false, &k->suite_number },
		{ ZF_CRYPT_KEY_GUID, false, &k->guid },
		{ ZF_CRYPT_KEY_ROOT, false, &k->root_dir },
		{ ZF_CRYPT_KEY_VERSION, true, &k->version },
		{ ZF_CRYPT_KEY_FORMAT, true, &k->keyformat },
		{ ZF_CRYPT_KEY_ITERATIONS, true, &k->iterations },
		{ ZF_CRYPT_KEY_SALT, true, &k->salt },
	};
	const struct {
		const char *name;
		uint8_t *to;
		size_t len;
	} strings[] = {
		{ ZF_CRYPT_KEY_IV, k->iv, sizeof(k->iv) },
		{ ZF_CRYPT_KEY_MAC, k->mac, sizeof(k->mac) },
		{ ZF_CRYPT_KEY_MASTER, k->master, sizeof(k->master) },
		{ ZF_CRYPT_KEY_HMAC, k->hmac, sizeof(k->hmac) },
	};
	int error = 0;

	for (unsigned int i = 0; !error && i < sizeof(numbers) / sizeof(numbers[0]); i++)
		error = get_u64(zap, numbers[i].name, numbers[i].optional, numbers[i].to,
				diag);
	for (unsigned int i = 0; !error && i < sizeof(strings) / sizeof(strings[0]); i++)
		error = get_bytes(zap, strings[i].name, strings[i].to, strings[i].len,
				  diag);
	return error;
}

/* ZB_ENOENT if the dataset is not encrypted. */
static int key_object_read(struct zr_dataset *ds, struct key_object *ret_key,
			   struct zb_diag *diag)
{
	struct key_object k = { 0 };
	struct zr_zap zap;
	int error = zr_dsl_dir_key(ds->pool, ds->dirs[ds->n_dirs - 1], &k.number, diag);

	if (!error && k.number == 0)
		return ZB_ENOENT;
	if (!error)
		error = zr_zap_open(&ds->pool->mos, k.number, &zap, diag);
	if (error)
		return error;
	error = read_entries(&zap, &k, diag);
	k.suite = zf_crypt_suite(k.suite_number);
	if (!error && (!k.suite || k.version > ZF_CRYPT_VERSION))
		error = zb_fail(diag, ZB_ENOTSUP, ds->name, ZB_DIAG_NO_OFFSET,
				"is encrypted by cipher %llu, format %llu: unknown",
				(unsigned long long)k.suite_number,
				(unsigned long long)k.version);
	zr_zap_close(&zap);
	if (!error)
		*ret_key = k;
	return error;
}

/* ---- wrapping keys ---- */

static const struct zr_wrapping_key *find_wrapping(const struct zr_pool *pool,
						   uint64_t root_dir)
{
	const struct zr_wrapping_key *w = pool->wrapping_keys;

	while (w && w->root_dir != root_dir)
		w = w->next;
	return w;
}

static int hex_digit(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int from_hex(const char *root, struct zb_span text, uint8_t *key,
		    struct zb_diag *diag)
{
	for (size_t i = 0; i < ZF_CRYPT_WRAP_SIZE; i++) {
		int high = hex_digit(text.ptr[2 * i]),
		    low = hex_digit(text.ptr[2 * i + 1]);

		if (high < 0 || low < 0)
			return zb_fail(diag, ZB_EINVAL, root, ZB_DIAG_NO_OFFSET,
				       "its key is hexadecimal, and this is not");
		key[i] = (uint8_t)(high << 4 | low);
	}
	return 0;
}

static int wrong_length(const char *root, size_t want, const char *unit, size_t got,
			struct zb_diag *diag)
{
	return zb_fail(diag, ZB_EINVAL, root, ZB_DIAG_NO_OFFSET,
		       "its key is %llu %s long, and this is %llu",
		       (unsigned long long)want, unit, (unsigned long long)got);
}

static void stretch(const struct zr_accel *accel, struct zb_span text,
		    struct zb_span salt, uint64_t iterations,
		    uint8_t key[ZF_CRYPT_WRAP_SIZE])
{
	if (!accel || !accel->pbkdf2_sha1 ||
	    accel->pbkdf2_sha1(text, salt, iterations, key, ZF_CRYPT_WRAP_SIZE))
		zc_pbkdf2_sha1(text, salt, iterations, key, ZF_CRYPT_WRAP_SIZE);
}

/* From what a person has to what wraps the master key. */
static int derive(const struct zr_accel *accel, const struct key_object *k,
		  const char *root, struct zb_span text, uint8_t key[ZF_CRYPT_WRAP_SIZE],
		  struct zb_diag *diag)
{
	uint8_t salt[8];

	switch (k->keyformat) {
	case ZF_KEYFORMAT_RAW:
		if (text.len != ZF_CRYPT_WRAP_SIZE)
			return wrong_length(root, ZF_CRYPT_WRAP_SIZE, "bytes", text.len,
					    diag);
		__builtin_memcpy(key, text.ptr, ZF_CRYPT_WRAP_SIZE);
		return 0;
	case ZF_KEYFORMAT_HEX:
		if (text.len != 2 * ZF_CRYPT_WRAP_SIZE)
			return wrong_length(root, 2 * ZF_CRYPT_WRAP_SIZE, "digits",
					    text.len, diag);
		return from_hex(root, text, key, diag);
	case ZF_KEYFORMAT_PASSPHRASE:
		if (k->iterations == 0 || k->iterations > MAX_ITERATIONS)
			return zb_fail(
				diag, ZB_E2BIG, root, ZB_DIAG_NO_OFFSET,
				"its passphrase wants %llu rounds, at most %llu are "
				"done",
				(unsigned long long)k->iterations, MAX_ITERATIONS);
		zb_store64(salt, ZB_LE, k->salt);
		stretch(accel, text, zb_span(salt, sizeof(salt)), k->iterations, key);
		return 0;
	default:
		return zb_fail(diag, ZB_ENOTSUP, root, ZB_DIAG_NO_OFFSET,
			       "its key has format %llu, which is unknown",
			       (unsigned long long)k->keyformat);
	}
}

/* Opens the master and HMAC keys of a key object. */
static int unwrap(const struct zr_pool *pool, const struct key_object *k,
		  const uint8_t wrap[ZF_CRYPT_WRAP_SIZE], struct zr_key *ret_key)
{
	uint8_t text[ZF_CRYPT_MASTER_SIZE + ZF_CRYPT_HMAC_SIZE], aad[24];
	const size_t master_len = k->suite->key_size;
	const struct zc_aead a = {
		.mode = k->suite->gcm ? ZC_AEAD_GCM : ZC_AEAD_CCM,
		/* Whatever the suite says of data: all of it. */
		.key = zb_span(wrap, ZF_CRYPT_WRAP_SIZE),
		.iv = k->iv,
		.aad = zb_span(aad, k->version == 0 ? 8 : sizeof(aad)),
		.tag = k->mac,
	};
	int error;

	zb_store64(aad, ZB_LE, k->guid);
	zb_store64(aad + 8, ZB_LE, k->suite_number);
	zb_store64(aad + 16, ZB_LE, k->version);
	__builtin_memcpy(text, k->master, master_len);
	__builtin_memcpy(text + master_len, k->hmac, ZF_CRYPT_HMAC_SIZE);
	error = zr_aead_open(pool, &a, zb_span(text, master_len + ZF_CRYPT_HMAC_SIZE),
			     text);
	if (!error) {
		ret_key->object = k->number;
		ret_key->suite = k->suite;
		ret_key->version = (unsigned int)k->version;
		zc_hkdf_sha512_extract(&ret_key->master, zb_span(text, master_len));
		zc_hmac_sha512_init(&ret_key->hmac,
				    zb_span(text + master_len, ZF_CRYPT_HMAC_SIZE));
	}
	zc_wipe(text, sizeof(text));
	return error;
}

static int name_root(struct zr_pool *pool, uint64_t root_dir, char name[ZR_NAME_MAX],
		     struct zb_diag *diag)
{
	struct zf_dsl_dir dir;
	int error = zr_dsl_dir_get(pool, root_dir, &dir, diag);

	return error ? error : zr_dataset_name(pool, dir.head_dataset_obj, name, diag);
}

static const char *const format_names[] = { "none", "raw", "hex", "passphrase" };

int zr_dataset_encryption(struct zr_dataset *ds, struct zr_encryption *ret_info,
			  struct zb_diag *diag)
{
	struct zr_encryption info = { 0 };
	struct key_object k;
	int error = key_object_read(ds, &k, diag);

	if (error == ZB_ENOENT)
		return zb_fail(diag, error, ds->name, ZB_DIAG_NO_OFFSET,
			       "is not encrypted");
	if (!error)
		error = name_root(ds->pool, k.root_dir, info.root, diag);
	if (error)
		return error;
	info.cipher = k.suite->name;
	info.keyformat = k.keyformat <= ZF_KEYFORMAT_PASSPHRASE
				 ? format_names[k.keyformat]
				 : "unknown";
	info.iterations = k.keyformat == ZF_KEYFORMAT_PASSPHRASE ? k.iterations : 0;
	info.unlocked = find_wrapping(ds->pool, k.root_dir) != NULL;
	*ret_info = info;
	return 0;
}

static int keep_wrapping(struct zr_pool *pool, uint64_t root_dir,
			 const uint8_t key[ZF_CRYPT_WRAP_SIZE], struct zb_diag *diag)
{
	struct zr_wrapping_key *w = zr_zalloc(pool->host, sizeof(*w));

	if (!w)
		return zb_fail(diag, ZB_ENOMEM, pool->info.name, ZB_DIAG_NO_OFFSET,
			       "no memory for a key");
	w->root_dir = root_dir;
	__builtin_memcpy(w->key, key, sizeof(w->key));
	w->next = pool->wrapping_keys;
	pool->wrapping_keys = w;
	return 0;
}

static int unlock(struct zr_dataset *ds, struct zb_span text, struct zb_diag *diag)
{
	uint8_t wrap[ZF_CRYPT_WRAP_SIZE];
	struct zr_key key;
	struct key_object k;
	char root[ZR_NAME_MAX];
	int error = key_object_read(ds, &k, diag);

	if (error == ZB_ENOENT)
		return zb_fail(diag, ZB_EINVAL, ds->name, ZB_DIAG_NO_OFFSET,
			       "is not encrypted");
	if (!error)
		error = name_root(ds->pool, k.root_dir, root, diag);
	if (error || find_wrapping(ds->pool, k.root_dir))
		return error;
	if (!zb_text_equal(root, ds->name))
		return zb_fail(diag, ZB_EINVAL, ds->name, ZB_DIAG_NO_OFFSET,
			       "has the key of %s", root);
	error = derive(ds->pool->host->accel, &k, root, text, wrap, diag);
	if (!error && unwrap(ds->pool, &k, wrap, &key))
		error = zb_fail(diag, ZB_EKEY, root, ZB_DIAG_NO_OFFSET, "wrong %s",
				k.keyformat == ZF_KEYFORMAT_PASSPHRASE ? "passphrase"
								       : "key");
	if (!error)
		error = keep_wrapping(ds->pool, k.root_dir, wrap, diag);
	zc_wipe(wrap, sizeof(wrap));
	zc_wipe(&key, sizeof(key));
	return error;
}

int zr_pool_unlock(struct zr_pool *pool, const char *root, struct zb_span key,
		   struct zb_diag *diag)
{
	struct zr_dataset *ds;
	int error = zr_dataset_open(pool, root, &ds, diag);

	if (error)
		return error;
	error = unlock(ds, key, diag);
	zr_dataset_close(ds);
	return error;
}

/* ---- keys of datasets ---- */

static int fail_locked(struct zr_dataset *ds, const struct key_object *k,
		       struct zb_diag *diag)
{
	char root[ZR_NAME_MAX];
	int error = name_root(ds->pool, k->root_dir, root, diag);

	if (error)
		return error;
	if (zb_text_equal(root, ds->name))
		return zb_fail(diag, ZB_EKEY, ds->name, ZB_DIAG_NO_OFFSET,
			       "is encrypted, and its key is not given");
	return zb_fail(diag, ZB_EKEY, ds->name, ZB_DIAG_NO_OFFSET,
		       "is encrypted, and the key of %s is not given", root);
}

static int add_key(struct zr_dataset *ds, const struct key_object *k,
		   const struct zr_key **ret_key, struct zb_diag *diag)
{
	const struct zr_wrapping_key *w = find_wrapping(ds->pool, k->root_dir);
	struct zr_pool *pool = ds->pool;
	struct zr_key *key;

	if (!w)
		return fail_locked(ds, k, diag);
	key = zr_zalloc(pool->host, sizeof(*key));
	if (!key)
		return zb_fail(diag, ZB_ENOMEM, ds->name, ZB_DIAG_NO_OFFSET,
			       "no memory for its key");
	if (unwrap(pool, k, w->key, key)) {
		zr_free(pool->host, key);
		return zb_fail(diag, ZB_EKEY, ds->name, ZB_DIAG_NO_OFFSET,
			       "its encryption root's key does not open its own");
	}
	key->next = pool->keys;
	pool->keys = key;
	*ret_key = key;
	return 0;
}

int zr_dataset_key(struct zr_dataset *ds, const struct zr_key **ret_key,
		   struct zb_diag *diag)
{
	struct key_object k;
	int error = key_object_read(ds, &k, diag);

	if (error == ZB_ENOENT) {
		*ret_key = NULL;
		return 0;
	}
	if (error)
		return error;
	for (const struct zr_key *key = ds->pool->keys; key; key = key->next) {
		if (key->object == k.number) {
			*ret_key = key;
			return 0;
		}
	}
	return add_key(ds, &k, ret_key, diag);
}

void zr_keys_done(struct zr_pool *pool)
{
	while (pool->keys) {
		struct zr_key *key = pool->keys;

		pool->keys = key->next;
		zc_wipe(key, sizeof(*key));
		zr_free(pool->host, key);
	}
	while (pool->wrapping_keys) {
		struct zr_wrapping_key *w = pool->wrapping_keys;

		pool->wrapping_keys = w->next;
		zc_wipe(w, sizeof(*w));
		zr_free(pool->host, w);
	}
}
