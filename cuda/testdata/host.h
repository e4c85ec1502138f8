/* What a kernel's source needs beside a C++ compiler to run on the processor; see
   kernels.go. The elements of a launch, the threads of a block and the blocks come
   in ascending order in every other launch and in descending order in the others,
   so results that depend on the order differ from the definition in one of them. */
#include <stdint.h>
#define __global__
#define __device__
#define __forceinline__ inline __attribute__((always_inline, unused))
#define __noinline__ __attribute__((noinline, unused))
#define __launch_bounds__(n)
#define SB_MULHI(a, b) ((uint64_t)(((unsigned __int128)(a) * (b)) >> 64))
#define SB_CLZ(u) __builtin_clzll(u)
static inline uint64_t sb_hostbits(double x) { uint64_t u; __builtin_memcpy(&u, &x, 8); return u; }
static inline double sb_hostdouble(uint64_t u) { double x; __builtin_memcpy(&x, &u, 8); return x; }
#define SB_BITS(x) sb_hostbits(x)
#define SB_DOUBLE(u) sb_hostdouble(u)
#define SB_FABS(x) __builtin_fabs(x)
#define SB_SQRT(x) __builtin_sqrt(x)
#define SB_FLOOR(x) __builtin_floor(x)
#define SB_CEIL(x) __builtin_ceil(x)
#define SB_TRUNC(x) __builtin_trunc(x)
extern "C" { int64_t sb_blocknumber, sb_blockcount, sb_backwards; void (*sb_yield)(void); }
/* The elements of a part are every so-manieth. */
#define SB_EACH(x, n) for (int64_t sb_n = (n), sb_k = 0, sb_c = sb_n > SB_PART ? (sb_n - SB_PART + SB_PARTS - 1) / SB_PARTS : 0, x; \
	sb_k < sb_c && ((x = SB_PART + (sb_backwards ? sb_c - 1 - sb_k : sb_k) * SB_PARTS), 1); sb_k++)
#define SB_THREADS(t) for (int sb_t = 0, t; sb_t < SB_BLOCK && ((t = sb_backwards ? SB_BLOCK - 1 - sb_t : sb_t), 1); sb_t++)
#define SB_ADD(p, x) (*(p) += (x))
#define SB_FMAF(a, b, c) __builtin_fmaf(a, b, c)
#define SB_FMA(a, b, c) __builtin_fma(a, b, c)
#define SB_LIBM(f) __builtin_##f
#define SB_ME sb_blocknumber
#define SB_GRID sb_blockcount
/* The other blocks go on; see cuLaunchCooperativeKernel. */
#define SB_SYNC ((void)goal, sb_yield())
#define SB_SHARED static
