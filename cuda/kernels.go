package cuda

// head comes before the functions of csource. NVRTC has no headers, so types and
// limits are defined here; a compiler for the processor (see the tests) defines
// SB_HOST and what the device brings along.
//
// SB_EACH(x, n) runs its body for x from 0 to n-1, shared out among all threads
// of all parts. SB_PART is the number of the block's part, of SB_PARTS. SB_THREADS(t) runs its body for every thread t of the block and
// waits for all of them at its end; what stands outside of it is the same for all
// threads, so variables that a body changes are in memory that the block shares.
const head = `#ifdef SB_HOST
#include SB_HOST
#else
typedef unsigned char uint8_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
#define INT64_C(x) x##LL
#define UINT64_C(x) x##ULL
#define UINT32_C(x) x##U
#define SB_MULHI(a, b) __umul64hi(a, b)
#define SB_CLZ(u) __clzll((long long)(u))
#define SB_BITS(x) ((uint64_t)__double_as_longlong(x))
#define SB_DOUBLE(u) __longlong_as_double((long long)(u))
#define SB_FABS(x) fabs(x)
#define SB_SQRT(x) __dsqrt_rn(x)
#define SB_FLOOR(x) floor(x)
#define SB_CEIL(x) ceil(x)
#define SB_TRUNC(x) trunc(x)
#define SB_EACH(sb_x, n) for (int64_t sb_x = (int64_t)SB_PART * SB_BLOCK + threadIdx.x, sb_n = (n); sb_x < sb_n; sb_x += (int64_t)SB_PARTS * SB_BLOCK)
#define SB_THREADS(sb_t) for (int sb_t = threadIdx.x, sb_once = 1; sb_once; sb_once = 0, __syncthreads())
#define SB_ADD(p, x) atomicAdd(p, x)
#define SB_FMAF(a, b, c) fmaf(a, b, c)
#define SB_FMA(a, b, c) fma(a, b, c)
#define SB_LIBM(f) f
#define SB_ME blockIdx.x
#define SB_GRID gridDim.x
#define SB_SYNC sb_sync(A->gate, &goal)
#define SB_SHARED __shared__
#endif
#define SB_PART SB_ME
#define SB_PARTS SB_GRID
#define SB_BLOCK 256
#define SB_MAXINT INT64_C(0x7fffffffffffffff)
#define SB_INF SB_DOUBLE(UINT64_C(0x7ff0000000000000))
#define SB_NAN SB_DOUBLE(UINT64_C(0x7ff8000000000000))
#define SB_TABLE static __device__ const
#define SB_INLINE static __device__ __forceinline__
#define SB_CALL static __device__ __noinline__
typedef struct {
	void **buf;
	const int64_t *n;
	char *scratch;
	void **rec;
	int64_t *got, *due;
	const int64_t *room, *need;
	int64_t *now;
	const int64_t *plan;
	unsigned long long *gate;
} sb_args;
#ifndef SB_HOST
/* Every block waits for all others, which are all resident: gate counts arrivals,
   and has been 0 when the kernel began; goal is what it counts to. */
static __device__ __forceinline__ void sb_sync(unsigned long long *gate, unsigned long long *goal) {
	__syncthreads();
	if (gridDim.x == 1) return;
	*goal += gridDim.x;
	if (threadIdx.x == 0) {
		__threadfence();
		atomicAdd(gate, 1ULL);
		while (*(volatile unsigned long long *)gate < *goal) {}
		__threadfence();
	}
	__syncthreads();
}
#endif
SB_INLINE uint64_t sb_bits(double x) { return SB_BITS(x); }
SB_INLINE double sb_double(uint64_t u) { return SB_DOUBLE(u); }
SB_INLINE int64_t sb_clz(uint64_t u) { return u ? SB_CLZ(u) : 64; }
SB_INLINE uint64_t sb_mulhi(uint64_t a, uint64_t b) { return SB_MULHI(a, b); }
SB_INLINE float sb_fma(float a, float b, float c) { return SB_FMAF(a, b, c); }
SB_INLINE double sb_fma(double a, double b, double c) { return SB_FMA(a, b, c); }
SB_INLINE F sb_flush(F x) { return x < SB_TINY && x > -SB_TINY ? (F)0 : x; }
SB_INLINE int64_t sb_toint(double x) {
	if (x >= 0x1p63) return SB_MAXINT;
	if (x <= -0x1p63) return -SB_MAXINT - 1;
	if (x != x) return 0;
	return (int64_t)x;
}
SB_INLINE int64_t sb_addint(int64_t x, int64_t y) { return (int64_t)((uint64_t)x + (uint64_t)y); }
SB_INLINE int64_t sb_subint(int64_t x, int64_t y) { return (int64_t)((uint64_t)x - (uint64_t)y); }
SB_INLINE int64_t sb_mulint(int64_t x, int64_t y) { return (int64_t)((uint64_t)x * (uint64_t)y); }
SB_INLINE int64_t sb_divint(int64_t x, int64_t y) { return y == 0 ? 0 : y == -1 ? sb_subint(0, x) : x / y; }
SB_INLINE int64_t sb_modint(int64_t x, int64_t y) {
	if (y == 0 || y == -1) return 0;
	int64_t r = x % y;
	return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
`

// Between parted and unparted stand the bodies of kernels, which have parts that are
// not always those of the launch; see emitter.together.
const (
	parted   = "#undef SB_PART\n#undef SB_PARTS\n#define SB_PART sb_part\n#define SB_PARTS sb_parts\n"
	unparted = "#undef SB_PART\n#undef SB_PARTS\n#define SB_PART SB_ME\n#define SB_PARTS SB_GRID\n"
)

// helpers are functions that kernels call.
const helpers = `
SB_INLINE int64_t sb_row(int64_t step, int64_t slots) { const int64_t r = step % slots; return r < 0 ? r + slots : r; }
SB_INLINE int64_t sb_clamp(int64_t x, int64_t last) { return x < 0 ? 0 : x > last ? last : x; }

/* The first of the values at a to b-1, which ascend, that is not less than x. */
SB_INLINE int64_t sb_find(const int32_t *v, int64_t a, int64_t b, int64_t x) {
	while (a < b) {
		const int64_t m = a + (b - a) / 2;
		if (v[m] < x) a = m + 1; else b = m;
	}
	return a;
}

/* The number of spikes in the lists of steps step to step-segments+1. */
SB_INLINE int64_t sb_spikes(const int64_t *count, int64_t step, int64_t slots, int64_t segments) {
	int64_t c = 0;
	for (int64_t k = 0, r = sb_row(step, slots); k < segments; k++, r = r == 0 ? slots - 1 : r - 1) c += count[r];
	return c;
}

/* Spike number q of these lists: *row becomes its list and the result its segment;
   *q becomes its number in the list. */
SB_INLINE int64_t sb_segment(const int64_t *count, int64_t slots, int64_t *row, int64_t *q) {
	int64_t k = 0;
	for (; *q >= count[*row]; k++, *row = *row == 0 ? slots - 1 : *row - 1) *q -= count[*row];
	return k;
}
`

// generators are the rules of plan.Procedural; see its method Row. The threads of
// a block make a row together.
var generators = map[string]string{
	"probability": `
SB_INLINE int64_t sb_probability(uint32_t k0, uint32_t k1, int64_t i, int64_t columns, double scale, int32_t *to) {
	SB_SHARED double gaps[SB_BLOCK], next;
	SB_SHARED int64_t c, done;
	SB_THREADS(t) if (t == 0) { next = -1; c = 0; done = 0; }
	for (int64_t n = 0; !done; n += SB_BLOCK) {
		SB_THREADS(t) gaps[t] = SB_FLOOR(sb_Log(1 - sb_uniform(k0, k1, n + t, (uint64_t)i, 0, 1)) / scale);
		SB_THREADS(t) if (t == 0) {
			for (int g = 0; g < SB_BLOCK; g++) {
				next = next + 1 + gaps[g];
				if (!(next < (double)columns)) { done = 1; break; }
				to[c++] = (int32_t)next;
			}
		}
	}
	return c;
}
`,
	// A number's place is how many come before it.
	"number": `
SB_INLINE int64_t sb_number(uint32_t k0, uint32_t k1, int64_t i, int64_t columns, int64_t number, int32_t *to) {
	if (columns < 1) return 0;
	int32_t *const drawn = to + number;
	SB_THREADS(t) for (int64_t n = t; n < number; n += SB_BLOCK) drawn[n] = (int32_t)(sb_uniform(k0, k1, n, (uint64_t)i, 0, 1) * (double)columns);
	SB_THREADS(t) for (int64_t n = t; n < number; n += SB_BLOCK) {
		const int32_t v = drawn[n];
		int64_t place = 0;
		for (int64_t m = 0; m < number; m++) place += drawn[m] < v || (drawn[m] == v && m < n);
		to[place] = v;
	}
	return number;
}
`,
}
