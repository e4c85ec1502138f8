package cuda

// drawing is the kernels that draw initial values; see plan.Draws. Every value of
// float and double is rounded from the draw in double.
const drawing = `
typedef struct {
	void *to;
	const int64_t *rows;
	const int32_t *targets;
	int64_t n, segments, slots, post, diagonal, k0, k1;
	double a, b, lo, hi;
} sb_draws;

/* The number by which element x is drawn. */
SB_INLINE uint64_t sb_number_of(const sb_draws *D, int64_t x) {
	if (!D->rows) return (uint64_t)x;
	/* The row is the last that begins at or before x. */
	int64_t a = 0, b = D->segments;
	while (b - a > 1) {
		const int64_t m = a + (b - a) / 2;
		if (D->rows[m] <= x) a = m; else b = m;
	}
	return (uint64_t)(a / D->slots) * (uint64_t)D->post + (uint64_t)D->targets[x];
}

#define SB_DRAW(name, R, draw) \
extern "C" __global__ void __launch_bounds__(SB_BLOCK) name(const sb_draws *D, int64_t sb_unused) { \
	SB_EACH(x, D->n) { \
		const uint64_t e = sb_number_of(D, x); \
		double v; \
		int64_t step = 0; \
		do { v = draw; step++; } while (v < D->lo || v > D->hi); \
		((R *)D->to)[x] = D->diagonal && x % (D->diagonal + 1) == 0 ? (R)0 : (R)v; \
	} \
}
#define SB_DRAWS(kind, draw) SB_DRAW(sb_each_##kind##_float, float, draw) SB_DRAW(sb_each_##kind##_double, double, draw)
SB_DRAWS(uniform, sb_uniform((uint32_t)D->k0, (uint32_t)D->k1, step, e, D->a, D->b))
SB_DRAWS(normal, sb_normal((uint32_t)D->k0, (uint32_t)D->k1, step, e, D->a, D->b))
SB_DRAWS(lognormal, sb_lognormal((uint32_t)D->k0, (uint32_t)D->k1, step, e, D->a, D->b))
SB_DRAWS(exponential, sb_exponential((uint32_t)D->k0, (uint32_t)D->k1, step, e, D->a))
`

// drawSource is the whole text of these kernels.
func drawSource() (string, error) {
	t := newText()
	for _, f := range []string{"uniform", "normal", "lognormal", "exponential"} {
		t.calls[f] = true
	}
	s, err := t.source(0)
	return s + drawing, err
}

// drawAtLeast is how many values are worth a kernel: fewer are drawn by the host
// and sent sooner than the kernels are loaded.
var drawAtLeast = 1 << 16
