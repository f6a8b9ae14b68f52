/* SPDX-License-Identifier: BSD-2-Clause */
#include "read/draid.h"

/*
 * Permutations are made by shuffling the one before, with random numbers from a seed that
 * belongs to the number of children. Seeds, generator and shuffle are part of the format: OpenZFS
 * module/zfs/{vdev_draid.c,vdev_draid_rand.c}.
 */
#define FIRST_STATE	  0xd7a1d5eedULL
#define FEW_PERMUTATIONS  256 /* for fewer children than MANY_CHILDREN */
#define MANY_PERMUTATIONS 512
#define MANY_CHILDREN	  32
#define MIN_CHILDREN	  2

/* For 2 children and more. */
static const uint64_t seeds[ZR_DRAID_MAX_CHILDREN - MIN_CHILDREN + 1] = {
	0x89ef3dabbcc7de37, 0x89a57f3de98121b4, 0xc9ea9ec82340c885, 0xf46733b7f4d47dfd,
	0x88c3c62d8585b362, 0x3a65d809b4d1b9d5, 0xe98930e3c5d2e90a, 0x5a5430036b982ccb,
	0x92bf389e9eadac74, 0x74ccebf1dcf3ae80, 0x8847e41a1a9f5671, 0x7481b56debf0e637,
	0x559b8c44065f8967, 0x34c49545a2ee7f01, 0xb85f4fa81a7698f7, 0x6353e47b7e47aba0,
	0xaa549746b1cbb81c, 0x892e343f2f31d690, 0x76914824db98cc3f, 0x4b3cbabf9cfb1d0f,
	0xf45c77abb4f035d4, 0x5e18bd7f3fd4baf4, 0xa7b3a4d285d6503b, 0x56ac7dd967521f5a,
	0x3a42dfda4eb880f7, 0xd200d2fc6b54bf60, 0xc52605bbd486c546, 0xc761779e63cd762f,
	0xca577b1e07f85ca5, 0xfd50a593c518b3d4, 0xc6c87ba5b042650b, 0xc3880d0c9d458304,
	0xe920927e4d8b2c97, 0x8da7fcda87bde316, 0xcf09937491514a29, 0x9b5abbf345cbd7cc,
	0x506312a44668d6a9, 0x71659ede62b4755f, 0xa7fde73fb74cf2d7, 0x19e8b461a1dea1d3,
	0x031c9b868cc3e976, 0xbaa5125faa781854, 0x4ed55052550d721b, 0x0fd63ddbdff90677,
	0x36d66546de7fdd6f, 0x99f997e7eafb69d7, 0xbecd9c2571312c5d, 0xd97371329e488a32,
	0x30e9b136670749ee, 0x11ad6bc8f47aaeb4, 0x68e445300af432c1, 0x910fb561657ea98c,
	0xd619693d8ce5e7a5, 0x24e281f564dbb60a, 0x947a7d3bdaab44c5, 0x2d44fec9c093e0de,
	0x87743c272d29bb4c, 0x96aa3b6f67f5d923, 0x94a4f1faf520b0d3, 0xb13ed3a272f711a2,
	0x3b1b11805fa4a64a, 0x4c74caad9172ba71, 0x035ff643923dd29e, 0x768e9171b11abd3c,
	0x75880e6f78a13ddd, 0x910b9714f698a877, 0x87f5db6f9fdcf5c7, 0x836d4968fbaa3706,
	0xc567d73a036421ab, 0x619df40f240b8fed, 0x42763a680d5bed8e, 0x5866f064b3230431,
	0x9fa08548b1621a44, 0xb6053078ce0fc303, 0x4a7aad7bf3890923, 0xe165613fd75b5a53,
	0x3ff154ac878163a6, 0x24b93ade0aa8a532, 0xc18e2d14cd9bb554, 0x98cc78302feb58b6,
	0xc6c5fd5a2abc0543, 0xa7962f514acbba21, 0xba02545069ddc6dc, 0x447c73192c35073e,
	0x48beef9e2d42b0c2, 0x4874cf98541a35e0, 0xad4cf8333a31127a, 0x47ae4859d57888c1,
	0x06f7723cfe5d1891, 0xd4e44218d660576d, 0x7066702b0d5be1f2, 0x011209b4f9e11fb9,
	0x47ffba30a0b35708, 0x1a95a6ac4538aaa8, 0xbda2b239bb2008eb, 0x7ffa0bea90355c6c,
	0x1d56ba34be426795, 0x0aa89d45c502e93d, 0x54369449f6857774, 0xf7d4dd8445b46765,
	0xfa8866312f169469, 0xd8a5aea08aef3ff9, 0x66bcd2c3d5f9ef0e, 0x3fb13a47a012ec81,
	0x43100f01c9e5e3ca, 0xca09c50ccee2d054, 0xd7176732ac503f9b, 0xed206e51f8d9422d,
	0x17ead5dc6ba0dcd6, 0x5f1dc21e38a969eb, 0xddaa973de33ec528, 0x2a5eccd7735a3630,
	0xafcccee5c0b71446, 0x8fa30c5e7b147e27, 0x5afe0711fdfafd82, 0x533a6090238afd4c,
	0x90cf11b595e39a84, 0x0d61a3b809444009, 0x7f34da0f54b0d114, 0xa52258d5b72f6551,
	0xc1de54d7672878db, 0x1d03354316a414ab, 0xcebdcc377665412c, 0x4ddd4c04b1a12344,
	0x64fc8f94e3973658, 0x68765f78034a334e, 0xaf36b871a303e816, 0x2a4cbf73866c3a28,
	0x9cb128aacdcd3b2f, 0x5511d41c55869124, 0x42f92461937f284a, 0xe2d89a1cf6f1f287,
	0xdc631a038956200e, 0xb2e5ac222cd236be, 0xbc7d8236655d88e7, 0x073e02d88d2d8e75,
	0x3ddb9c3873166be0, 0x7d3b1a845420e1b5, 0x60102308aa7b2a6c, 0xdb22bb2f9eb894aa,
	0xd853f879a13b1606, 0x001620a03f804b1d, 0xfdb52dda76fbf667, 0xa9160110f66e24ff,
	0x77306a30379ae03b, 0x14f5985d2752319d, 0xa4b8ff11de7863f8, 0x44b345426455c1b3,
	0x272677826049b46c, 0x2f9216e2cd74fe40, 0x706ae3e763ad8771, 0xf7fd345307c2480e,
	0x6e94e3d26b3139eb, 0x5458bbfbb781fcba, 0xa80e2afeccd93b33, 0x1e4ccbb22796cf9d,
	0x8fba4b676aaa3663, 0xf82b843814b315fa, 0x7f21e920ecf753a3, 0x48bb8ea2c4caa620,
	0x5cdb652b4952c91b, 0x6ac1ba6f78c06cd4, 0x9faf5f9ca2669a56, 0xaa57e9383eb01194,
	0x896967bf495c34d2, 0xdfad5f05de225f1b, 0xfd299a99f9f2abdd, 0xdda239e798fe9fd4,
	0x5fca670414a32c3e, 0x1bb8934314b087de, 0xd96394b4b082200d, 0xb612a7735b1c8cbc,
	0x28e7430fe5875fe1, 0x5038e89efdd981b9, 0x075fd78f1d14db7c, 0xc50fafdb5021be15,
	0xe6dc7572ce7b91c7, 0x21f7843e7beda537, 0xc83385e20b43ec82, 0xca818217dddb21fd,
	0xe6035defea48f933, 0x47262a4f953dac5a, 0xe24c7246260873ea, 0xeef6b57c9b58e9e1,
	0x2becd3346e386142, 0x63c6207bdf3b40a3, 0x3056ce8989767d4b, 0x91af61c307cee780,
	0xda359da225f6d54f, 0x0a5f7a2a55607ba0, 0x27bb75bf5224638a, 0x1ebfdb94630f5d0f,
	0x6eae5e51d9c5f6fb, 0x08d903b4daedc2e0, 0xc722a2f7fa7cd686, 0x8f71faf0e54e361d,
	0x87f64695c91a54e7, 0xc719cbac2c336b92, 0xe7e647afaf771ade, 0x12d4b5c38ce8c946,
	0xf2e0cd4067bdc94a, 0x21b79f14d6d947d3, 0x515093f952f18cd6, 0xd47b160a1b1022c8,
	0xc02fc96684715a16, 0xef51e68efba72ed0, 0x9e3be6e5448b4f33, 0x81d446c6d5fec063,
	0xff215de8224e57d5, 0xe2524d9ba8f69796, 0xf6b28e26097b7e4b, 0x893a487f30ce1644,
	0x386566c3fc9871df, 0x1e0ed78edf1f558a, 0xe3bc20c31e61f113, 0xd6c3ad2e23021882,
	0xb4a9f95cf0f69c5a, 0x6e98ed6f6c38e82f, 0x2e01edba33fddac7, 0x559d02e1f5f57ccc,
	0xac18f5a916adcd8e, 0x15789fbaddb86f4b, 0xf4a9c36d5bc4c408, 0xf640f90fd2727f44,
	0xb5313d390d61884a, 0x4bae6b3ce9160939, 0x838c34480f1a66a1, 0xb1c4a52c8e3d6060,
	0xe0f1110c6d0ed822, 0x9f1a8ccdcea68d4b, 0x3261ed62223f3099, 0xf2191e2311022d65,
	0xf102a395c2033abc, 0x11fe378f027906b6, 0xf777f2c026b337aa, 0x1b04e9c2ee143f32,
	0x2fcec95266f9352c, 0xfe2b0e47e427dd85, 0x72b49bf2225f6c6d, 0x50486b43df7df9c7,
	0x5192a3e53181c8ab, 0xe9f5d8365296fd5e, 0xc740263f0301efa8, 0x23cd0f2b5671e67d,
	0x002ccc7e5cd41390, 0x9aafb3c02544b31b, 0x72ba07a78b121999, 0x3d784aa58edfc7b4,
	0xaab750424d8004af, 0x84403fcf8e6b5ca2, 0x71eb7455ec98e207, 0xd752b4f19301595b,
	0xc4674129750499de, 0x9772baff5cd12ef5,
};

struct random {
	uint64_t s[2];
};

static uint64_t rotate(uint64_t v, unsigned int n)
{
	return v << n | v >> (64 - n);
}

/* xoroshiro128++ */
static uint64_t draw(struct random *r)
{
	uint64_t a = r->s[0], b = r->s[1] ^ r->s[0];
	uint64_t v = rotate(r->s[0] + r->s[1], 17) + r->s[0];

	r->s[0] = rotate(a, 49) ^ b ^ b << 21;
	r->s[1] = rotate(b, 28);
	return v;
}

static void swap(uint8_t *a, uint8_t *b)
{
	uint8_t v = *a;

	*a = *b;
	*b = v;
}

unsigned int zr_draid_permutations(unsigned int children)
{
	if (children < MIN_CHILDREN || children > ZR_DRAID_MAX_CHILDREN)
		return 0;
	return children < MANY_CHILDREN ? FEW_PERMUTATIONS : MANY_PERMUTATIONS;
}

static struct random seeded(unsigned int children)
{
	return (struct random){ { FIRST_STATE, seeds[children - MIN_CHILDREN] } };
}

/* Where in a permutation an entry stands. */
static unsigned int find(const uint8_t *perm, unsigned int children, uint8_t entry)
{
	unsigned int i = 0;

	while (i < children - 1 && perm[i] != entry)
		i++;
	return i;
}

/*
 * Exchanges equal children of the sets of one row, so that each set has each of the children
 * that stand at the same place in their sets, but only one of them.
 */
static void mix_sets(struct random *r, unsigned int children, unsigned int sets,
		     uint8_t *row)
{
	unsigned int at[ZR_DRAID_MAX_CHILDREN / MIN_CHILDREN + 1];

	for (unsigned int j = 0; j < children; j++) {
		at[0] = j;
		for (unsigned int k = sets - 1; k > 0; k--) {
			at[k] = k * children + find(row + k * children, children, row[j]);
			row[at[k]] = (uint8_t)(row[at[k]] + k * children);
		}
		for (unsigned int k = sets - 1; k > 0; k--)
			swap(&row[at[k]], &row[at[draw(r) % (k + 1)]]);
	}
}

void zr_draid_permute(unsigned int children, unsigned int sets, uint8_t *perms)
{
	unsigned int n = zr_draid_permutations(children);
	struct random r = seeded(children);
	uint8_t *row = perms;

	for (unsigned int i = 0; i < children; i++)
		row[i] = (uint8_t)i;
	for (unsigned int i = 0; i < n; i++, row += children) {
		if (i > 0)
			__builtin_memcpy(row, row - children, children);
		for (unsigned int j = children - 1; j > 0; j--)
			swap(&row[j], &row[draw(&r) % (j + 1)]);
	}
	r = seeded(children);
	for (unsigned int i = 0; sets > 1 && i + sets <= n; i += sets)
		mix_sets(&r, children, sets, perms + (size_t)i * children);
}
