package cc

// helpers are functions that operations call.
const helpers = `
SB_INLINE int64_t sb_row(int64_t step, int64_t slots) { const int64_t r = step % slots; return r < 0 ? r + slots : r; }
SB_INLINE int64_t sb_clamp(int64_t x, int64_t last) { return x < 0 ? 0 : x > last ? last : x; }

/* Where part begins among n neurons; parts end at whole grains. */
SB_INLINE int64_t sb_cut(int64_t n, int64_t part, int64_t parts, int64_t grain) {
	return part >= parts ? n : part <= 0 ? 0 : n * part / parts / grain * grain;
}

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

/* The bits of a value. */
SB_INLINE uint64_t sb_first(const void *p, int64_t bytes) {
	uint64_t w = 0;
	__builtin_memcpy(&w, p, (size_t)bytes);
	return w + (w >> 32);
}

/* Whether so many bytes are 0. */
SB_CALL int sb_zero(const void *p, int64_t bytes) {
	const char *c = p;
	for (; bytes >= 256; c += 256, bytes -= 256) {
		uint64_t w[32], any = 0;
		__builtin_memcpy(w, c, 256);
		for (int k = 0; k < 32; k++) any |= w[k];
		if (any) return 0;
	}
	for (; bytes > 0; c++, bytes--) if (*c) return 0;
	return 1;
}

/* Makes the list of the neurons from to to-1 whose byte is not 0. */
SB_CALL int64_t sb_collect(const uint8_t *marks, int64_t from, int64_t to, int32_t *list) {
	int64_t c = 0;
	for (int64_t at = from; at < to; at += 256) {
		const int64_t end = at + 256 < to ? at + 256 : to;
		int64_t x = at;
		if (end == at + 256 && sb_zero(marks + at, 256)) continue;
		for (; x + 8 <= end; x += 8) {
			uint64_t v;
			__builtin_memcpy(&v, marks + x, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
			v = __builtin_bswap64(v);
#endif
			while (v) {
				const int b = __builtin_ctzll(v) >> 3;
				list[c++] = (int32_t)(x + b);
				v &= ~(UINT64_C(255) << (8 * b));
			}
		}
		for (; x < end; x++) if (marks[x]) list[c++] = (int32_t)x;
	}
	return c;
}

`

// poissonSums is the loop of rng's poisson for means below 10, with the sums kept:
// the number of events is the number of sums that u is not below.
const poissonSums = `
/* Returns how many sums matter, or -1 where there are no sums. */
SB_CALL int64_t sb_poissonSums(double lambda, double *sums) {
	if (!(lambda > 0 && lambda < 10)) return -1;
	double p = sb_Exp(-lambda), s = p;
	for (int64_t k = 0; k < 200; s = s + p) {
		if (s > 0x1.fffffffffffffp-1) return k;
		sums[k++] = s;
		p = p * (lambda / (double)k);
	}
	return 200;
}
`

// stepper makes the steps and shares the work out among threads.
//
// Every operation is a function of (part, parts): it does the part-th of parts
// pieces of its neurons. Which thread does which piece, and how many pieces there
// are, does not change a result. The independent chains of operations that make a
// stage are shared out together. A thread takes first those pieces that it had the
// last time, since their data is in its cache, and then those nobody has taken, so
// that a thread that the system has put to sleep holds nobody up unless it is
// inside a piece. The state of a piece is one word: 2·n is free in fork n, 2·n + 1
// is taken.
//
// For the tables that it reads see schedule.table.
const stepper = `
extern int sched_yield(void);
extern int usleep(unsigned);
#ifdef __linux__
extern int sched_getcpu(void);
#define SB_CPU() sched_getcpu()
#else
#define SB_CPU() (-1)
#endif
#if defined(__x86_64__) || defined(__i386__)
#define SB_PAUSE() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define SB_PAUSE() __asm__ volatile("yield")
#else
#define SB_PAUSE() ((void)0)
#endif
#define SB_TASKS 256
typedef struct {
	uint64_t word;  /* number of the fork << 16 | pieces */
	uint32_t quit;
	uint32_t pad[13];
	int64_t left;   /* pieces not done yet */
	int64_t cpu;    /* where the thread that forks runs, or -1 */
	int64_t step;
	const int64_t *stage;
	int32_t first[SB_TASKS + 1]; /* of a chain: its first piece */
	uint32_t piece[SB_TASKS];
} sb_pool;

static void sb_chain(const sb_args *A, const int64_t *c, int64_t step, int64_t part, int64_t parts) {
	const int64_t *o = c + 2;
	for (int64_t k = 0; k < c[1]; k++, o += 9) ops[o[0]](A, step, A->n + o[1], part, parts);
}

/* What a chain costs in every step, by the spikes of this one, and in addition when
   it is cut in pieces. */
typedef struct { int64_t always, spikes, cuts; } sb_cost;

static int64_t sb_costs(const sb_args *A, const int64_t *c, int64_t step, sb_cost *sum) {
	sb_cost x = {0, 0, 0};
	const int64_t *o = c + 2;
	for (int64_t k = 0; k < c[1]; k++, o += 9) {
		x.always += o[2];
		if (o[3] < 0) continue;
		const int64_t spikes = sb_spikes(A->buf[o[3]], step - o[4], o[5], o[6]);
		x.spikes += o[7] * spikes;
		x.cuts += o[8] * spikes;
	}
	sum->always += x.always;
	sum->spikes += x.spikes;
	sum->cuts += x.cuts;
	return x.always + x.spikes;
}

static void sb_help(const sb_args *A, sb_pool *p, int64_t id, uint64_t word) {
	const int64_t n = (int64_t)(word & 0xffff), start = n * id / A->threads;
	const uint32_t free = (uint32_t)(word >> 16) * 2;
	for (int64_t t = 0; t < n; t++) {
		const int64_t x = start + t < n ? start + t : start + t - n;
		uint32_t is = free;
		if (__atomic_load_n(&p->piece[x], __ATOMIC_RELAXED) != free ||
			!__atomic_compare_exchange_n(&p->piece[x], &is, free + 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) continue;
		int64_t c = 0;
		while (p->first[c + 1] <= x) c++;
		sb_chain(A, A->n + p->stage[1 + c], p->step, x - p->first[c], p->first[c + 1] - p->first[c]);
		__atomic_fetch_sub(&p->left, 1, __ATOMIC_RELEASE);
	}
}

/* Shares a stage out. Returns 0 when it is not worth while: then nothing is done.
   Only for much work is a stage shared out that is not in every step, since what one
   thread has in its cache is far from the others. */
static int sb_fork(const sb_args *A, const int64_t *stage, int64_t step) {
	const int64_t chains = stage[0];
	int64_t cost[SB_TASKS];
	sb_cost sum = {0, 0, 0};
	for (int64_t c = 0; c < chains; c++) cost[c] = sb_costs(A, A->n + stage[1 + c], step, &sum);
	const int64_t total = sum.always + sum.spikes, gain = total - sum.cuts * A->threads / (A->threads - 1);
	if (gain < A->worth || sum.always < A->worth && gain < 2 * A->worth) return 0;
	sb_pool *p = A->pool;
	const uint64_t fork = (p->word >> 16) + 1;
	int64_t n = 0;
	for (int64_t c = 0; c < chains; c++) {
		const int64_t most = A->n[stage[1 + c]] / A->grain;
		int64_t k = A->worth == 0 ? A->threads : (cost[c] * A->threads + total / 2) / total;
		k = k > most ? most : k;
		p->first[c] = (int32_t)n;
		n += k < 1 ? 1 : k;
	}
	if (n < 2) return 0;
	p->first[chains] = (int32_t)n;
	p->stage = stage;
	p->step = step;
	if ((fork & 15) == 1) __atomic_store_n(&p->cpu, SB_CPU(), __ATOMIC_RELAXED);
	for (int64_t x = 0; x < n; x++) __atomic_store_n(&p->piece[x], (uint32_t)fork * 2, __ATOMIC_RELAXED);
	__atomic_store_n(&p->left, n, __ATOMIC_RELAXED);
	__atomic_store_n(&p->word, fork << 16 | (uint64_t)n, __ATOMIC_RELEASE);
	sb_help(A, p, 0, fork << 16 | (uint64_t)n);
	for (int64_t w = 0; __atomic_load_n(&p->left, __ATOMIC_ACQUIRE) != 0; w++) {
		if (w < 4096) SB_PAUSE(); else sched_yield();
	}
	return 1;
}

/* Whether this thread runs on the processor of the one that forks. */
static int sb_beside(sb_pool *p) {
	const int64_t cpu = SB_CPU();
	return cpu >= 0 && cpu == __atomic_load_n(&p->cpu, __ATOMIC_RELAXED);
}

/* The life of a thread during a run: helps until told to quit. On the processor of
   the thread that forks it would only be in the way: it sleeps, since who wakes up
   is put where there is room. */
void sb_work(const sb_args *A, int64_t id) {
	sb_pool *p = A->pool;
	uint64_t seen = 0;
	for (int64_t idle = 0; !__atomic_load_n(&p->quit, __ATOMIC_RELAXED); idle++) {
		const uint64_t word = __atomic_load_n(&p->word, __ATOMIC_ACQUIRE);
		if ((word != seen || (idle & 255) == 0) && sb_beside(p)) {
			usleep(20);
		} else if (word != seen) {
			sb_help(A, p, id, word);
			seen = word;
			idle = 0;
		} else if (idle < 4096) {
			SB_PAUSE();
		} else if (idle < 8192) {
			sched_yield();
		} else {
			usleep(50);
		}
	}
}

/* Makes n steps, or fewer when stop is set or a record has no room left. */
int64_t sb_run(const sb_args *A, int64_t step, int64_t n, const uint32_t *stop) {
	const int64_t *const N = A->n, *const room = N + N[1];
	for (int64_t s = 0; s < n; s++, step++) {
		if (__atomic_load_n(stop, __ATOMIC_RELAXED)) return s;
		for (int64_t r = 0; r < room[0]; r++)
			if (A->room[room[1 + 2 * r]] - A->got[room[1 + 2 * r]] < room[2 + 2 * r]) return s;
		for (int64_t k = 0; k < N[0]; k++) {
			const int64_t *stage = N + N[2 + k];
			if (A->threads > 1 && sb_fork(A, stage, step)) continue;
			for (int64_t c = 0; c < stage[0]; c++) sb_chain(A, N + stage[1 + c], step, 0, 1);
		}
	}
	return n;
}
`

// poolSize is room for an sb_pool, in bytes.
const poolSize = 4096

// most is the greatest number of threads, and of chains of a stage: both together
// fit SB_TASKS.
const most = 64
