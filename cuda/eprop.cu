/* Training by e-prop, many sequences side by side. What is computed is defined by
   package eprop: step.go, sequence.go, backward.go and optimize.go there have the
   formulas, and every sum here has their order. Sequences are lanes; b is a lane, s a
   step, i a source, j a recurrent neuron, o a readout. Arrays of weights hold inputs
   → recurrent (i, j), recurrent → recurrent (i, j), recurrent → readouts (i, o) one
   behind the other. */

typedef struct { /* eprop.Population */
	double alpha, zeta, current, vth, vmin, rho, beta, creg, want, height, width;
	int64_t refractory, shape;
} sb_population;

typedef struct { /* epropTable in epropexecutor.go */
	int64_t steps, window, inputs, n, readouts, entropy;
	double kappa, okappa, ozeta, ocurrent, ovmin, orest;
	const sb_population *population;
	const int32_t *of; /* (n): population of a neuron */
	const double *feedback; /* (readouts, n) */
	double *now, *before, *sum, *full, *late, *m, *v;
	int64_t *finite; /* 0 when something is not */
	/* of the optimisers of the three projections */
	double average[3], rate[3], batch[3], wmin[3], wmax[3], beta1[3], beta2[3], epsilon[3];
	int64_t adam[3];
	/* of the sequences that run now */
	int64_t lanes, kept; /* kept: lanes with a gradient of their own; that of one more is in full and late */
	const int64_t *at; /* (lanes, steps+1): input spikes of step s of lane b are in[at[b*(steps+1)+s]] on */
	const int32_t *in;
	const int64_t *when; /* (lanes, inputs)+1: steps in which input i spikes are step[when[b*inputs+i]] on, ascending */
	const int32_t *step;
	const int64_t *wanted, *stride; /* (lanes): targets of step s are target[wanted[b]+s*stride[b]] on */
	const double *target;
	const uint8_t *old, *zero; /* (lanes, n): eprop.Run.Old, AtZero */
	const uint8_t *tardy; /* (lanes, inputs): the gradient lacks the last learning signal */
	const double *v0, *a0, *z0, *out0;
	const int32_t *r0;
	double *V, *A, *Z, *out; /* (lanes, n), (lanes, readouts) */
	int32_t *R, *count; /* (lanes, n) */
	double *loss; /* (lanes) */
	int64_t *predicted, *expected; /* (lanes) */
	double *psi, *lated; /* (lanes, steps, n): ψ, then D; D without the last learning signal */
	int32_t *spike, *time; /* (lanes, steps*n): neurons by step; (lanes, n, steps): steps by neuron */
	int64_t *spikeat; /* (lanes, steps+1) */
	double *arrived; /* (lanes, steps, readouts): input of readouts, then their D */
	double *signal, *wrong, *raw; /* (lanes, window, readouts) */
	double *losses; /* (lanes, window) */
	double *means; /* (lanes, readouts, 2) */
	double *gradient; /* (kept, weights) */
} sb_eprop;

#define SB_KERNEL(name) extern "C" __global__ void __launch_bounds__(SB_BLOCK) name(const sb_eprop *E, int64_t sb_unused)

SB_INLINE double sb_surrogate(const sb_population *p, double x) {
	double y;
	switch (p->shape) {
	case 0:
		x = SB_FABS(x);
		return x < p->width ? p->height * (1 - x / p->width) : 0;
	case 1:
		return p->height * sb_Exp(-SB_FABS(x) / p->width);
	case 2:
		y = 1 + SB_FABS(x) / p->width;
		return p->height / (y * y);
	}
	y = x / p->width;
	return p->height / (1 + y * y);
}

/* How many of the first t threads have found something; found holds a byte for each. */
SB_INLINE int64_t sb_before(const uint64_t *found, int t) {
	int64_t c = 0;
	for (int w = 0; w < t / 8; w++) c += (int64_t)((found[w] * UINT64_C(0x0101010101010101)) >> 56);
	for (int x = t & ~7; x < t; x++) c += ((const uint8_t *)found)[x];
	return c;
}

/* Recurrent neurons: a block goes through the steps of a lane, a neuron in a thread. */
SB_KERNEL(sb_block_forward) {
	SB_SHARED uint64_t found[SB_BLOCK / 8];
	const int64_t n = E->n, T = E->steps;
	const double *const win = E->now, *const wrec = E->now + E->inputs * n;
	for (int64_t b = SB_PART; b < E->lanes; b += SB_PARTS) {
		double *const V = E->V + b * n, *const A = E->A + b * n, *const Z = E->Z + b * n;
		int32_t *const R = E->R + b * n, *const count = E->count + b * n;
		int32_t *const spike = E->spike + b * T * n, *const time = E->time + b * n * T;
		int64_t *const spikeat = E->spikeat + b * (T + 1);
		const int64_t *const at = E->at + b * (T + 1);
		int64_t from = 0, to = 0, all = 0; /* spikes of the step before, and all */
		for (int64_t s = 0; s < T; s++) {
			for (int64_t tile = 0; tile < n; tile += SB_BLOCK) {
				SB_THREADS(t) {
					const int64_t j = tile + t;
					int fires = 0;
					if (j < n && s == 0) { /* the host has made this step */
						const int64_t k = b * n + j;
						V[j] = E->v0[k], A[j] = E->a0[k], Z[j] = E->z0[k], R[j] = E->r0[k];
						count[j] = 0;
						fires = Z[j] != 0;
					} else if (j < n) {
						const sb_population *const p = E->population + E->of[j];
						double sum = 0;
						for (int64_t x = at[s]; x < at[s + 1]; x++) sum += win[E->in[x] * n + j];
						for (int64_t x = from; x < to; x++) sum += wrec[spike[x] * n + j];
						int32_t left = R[j];
						if (left > 0) left--;
						double u = p->current + p->zeta * sum + p->alpha * V[j];
						u -= p->vth * Z[j];
						if (u < p->vmin) u = p->vmin;
						const double adapted = p->rho * A[j] + Z[j], threshold = p->vth + p->beta * adapted;
						double x = SB_INF;
						if (left <= 0) {
							x = u - threshold;
							if (u >= threshold) fires = 1, left = (int32_t)p->refractory;
						}
						V[j] = u, A[j] = adapted, Z[j] = fires, R[j] = left;
						E->psi[(b * T + s) * n + j] = sb_surrogate(p, x);
					}
					if (fires) time[j * T + count[j]++] = (int32_t)s;
					((uint8_t *)found)[t] = (uint8_t)fires;
				}
				const int64_t more = sb_before(found, SB_BLOCK);
				SB_THREADS(t) {
					if (((const uint8_t *)found)[t]) spike[all + sb_before(found, t)] = (int32_t)(tile + t);
					if (t == 0) spikeat[s] = to;
				}
				all += more;
			}
			from = to, to = all;
		}
		SB_THREADS(t) if (t == 0) spikeat[T] = all;
	}
}

/* Input of the readouts in every step. */
SB_KERNEL(sb_each_arrive) {
	const int64_t n = E->n, T = E->steps, O = E->readouts, out = (E->inputs + n) * n;
	SB_EACH(x, E->lanes * T * O) {
		const int64_t o = x % O, s = x / O % T, b = x / O / T;
		const int64_t *const at = E->spikeat + b * (T + 1) + s;
		double sum = 0;
		for (int64_t k = at[0]; k < at[1]; k++) {
			const int64_t i = E->spike[b * T * n + k];
			sum += (s == 0 && E->old[b * n + i] ? E->before : E->now)[out + i * O + o];
		}
		E->arrived[x] = sum;
	}
}

/* The readouts' membranes, a thread for each. */
SB_KERNEL(sb_each_readout) {
	const int64_t T = E->steps, W = E->window, O = E->readouts;
	SB_EACH(x, E->lanes * O) {
		const int64_t o = x % O, b = x / O;
		double v = E->out0[x];
		for (int64_t s = 0; s < T; s++) {
			v = E->ocurrent + E->ozeta * E->arrived[(b * T + s) * O + o] + E->okappa * v;
			if (v < E->ovmin) v = E->ovmin;
			if (s >= T - W) {
				const double y = v + E->orest;
				E->raw[(b * W + s - (T - W)) * O + o] = E->entropy ? sb_Exp(y) : y;
			}
		}
		E->out[x] = v;
	}
}

/* Signals, errors and losses of the steps of the window, a thread for each step. */
SB_KERNEL(sb_each_signal) {
	const int64_t T = E->steps, W = E->window, O = E->readouts;
	SB_EACH(x, E->lanes * W) {
		const int64_t k = x % W, b = x / W;
		const double *const target = E->target + E->wanted[b] + (T - W + k) * E->stride[b], *const raw = E->raw + x * O;
		double *const signal = E->signal + x * O, *const wrong = E->wrong + x * O;
		double loss = 0;
		for (int64_t o = 0; o < O; o++) {
			double y = raw[o];
			if (E->entropy) {
				double others = 0;
				for (int64_t q = 0; q < O; q++) if (q != o) others += raw[q];
				y = y / (others + y);
			}
			signal[o] = y;
			wrong[o] = y - target[o];
			if (!E->entropy) loss += 0.5 * wrong[o] * wrong[o];
			else if (target[o] != 0) loss -= target[o] * sb_Log(y);
		}
		E->losses[x] = loss;
	}
}

SB_KERNEL(sb_each_means) {
	const int64_t T = E->steps, W = E->window, O = E->readouts;
	SB_EACH(x, E->lanes * O) {
		const int64_t o = x % O, b = x / O;
		double signal = 0, target = 0;
		for (int64_t k = 0; k < W; k++) {
			signal += E->signal[(b * W + k) * O + o];
			target += E->target[E->wanted[b] + (T - W + k) * E->stride[b] + o];
		}
		E->means[2 * x] = signal;
		E->means[2 * x + 1] = target;
	}
}

SB_KERNEL(sb_each_class) {
	const int64_t W = E->window, O = E->readouts;
	SB_EACH(b, E->lanes) {
		double loss = 0;
		for (int64_t k = 0; k < W; k++) loss += E->losses[b * W + k];
		E->loss[b] = loss;
		for (int what = 0; what < 2; what++) {
			double best = -SB_INF;
			int64_t first = 0;
			for (int64_t o = 0; o < O; o++) {
				const double x = E->means[2 * (b * O + o) + what];
				if (x > best) best = x, first = o;
			}
			(what ? E->expected : E->predicted)[b] = first;
		}
	}
}

typedef struct { double q, p, d; } sb_back;

SB_INLINE void sb_backstep(sb_back *k, const sb_population *p, double kappa, double h, double learning, double regular) {
	k->q = kappa * k->q + (1 - kappa) * learning;
	const double g = k->q + regular, c = h * (g + k->p), bh = p->beta * h;
	k->p = k->p * (p->rho - bh) - bh * g;
	k->d = p->alpha * k->d + p->zeta * c;
}

/* The recursion backwards in time, a thread for a neuron of a lane: D in place of ψ. */
SB_KERNEL(sb_each_backward) {
	const int64_t n = E->n, T = E->steps, W = E->window, O = E->readouts;
	SB_EACH(x, E->lanes * n) {
		const int64_t j = x % n, b = x / n;
		const sb_population *const p = E->population + E->of[j];
		const double regular = p->creg * ((double)E->count[x] / (double)T - p->want) / (double)T;
		sb_back full = {0, 0, 0}, late = {0, 0, 0};
		double ahead = E->psi[(b * T + T - 1) * n + j]; /* fetched while the step before is computed */
		for (int64_t s = T - 1; s > 0; s--) {
			double learning = 0;
			if (s >= T - W) {
				const double *const wrong = E->wrong + (b * W + s - (T - W)) * O;
				for (int64_t o = 0; o < O; o++) learning += E->feedback[o * n + j] * wrong[o];
			}
			const int64_t k = (b * T + s) * n + j;
			const double h = ahead;
			if (s > 1) ahead = E->psi[k - n];
			sb_backstep(&full, p, E->kappa, h, learning, regular);
			sb_backstep(&late, p, E->kappa, h, s == T - 1 ? 0 : learning, regular);
			E->psi[k] = full.d;
			E->lated[k] = late.d;
		}
	}
}

/* The same for the readouts: their D in place of their input. */
SB_KERNEL(sb_each_backout) {
	const int64_t T = E->steps, W = E->window, O = E->readouts;
	SB_EACH(x, E->lanes * O) {
		const int64_t o = x % O, b = x / O;
		double d = 0;
		for (int64_t s = T - 1; s >= 0; s--) {
			d *= E->okappa;
			if (s >= T - W) d += E->ozeta * E->wrong[(b * W + s - (T - W)) * O + o];
			E->arrived[(b * T + s) * O + o] = d;
		}
	}
}

/* Gradients of the weights onto recurrent neurons, a thread for a weight of a lane:
   the sum of D over the steps in which a spike of its source acts, latest first. */
SB_KERNEL(sb_each_gradient) {
	const int64_t n = E->n, T = E->steps, I = E->inputs, weights = (I + n) * n + n * E->readouts;
	SB_EACH(x, E->lanes * (I + n) * n) {
		const int64_t j = x % n, i = x / n % (I + n), b = x / n / (I + n);
		const double *const D = E->psi + b * T * n + j, *const L = E->lated + b * T * n + j;
		const int32_t *step;
		int64_t count, shift = 0; /* spikes of neurons act one step later */
		if (i < I) {
			const int64_t *const when = E->when + b * I + i;
			step = E->step + when[0];
			count = when[1] - when[0];
		} else {
			step = E->time + (b * n + i - I) * T;
			count = E->count[b * n + i - I];
			shift = 1;
		}
		double full = 0, late = 0;
		for (int64_t k = count - 1; k >= 0; k--) {
			const int64_t s = step[k] + shift;
			if (s == 0 || s == T) continue;
			full += D[s * n];
			late += L[s * n];
		}
		const int64_t w = i * n + j;
		if (b < E->kept) E->gradient[b * weights + w] = i < I && E->tardy[b * I + i] ? late : full;
		else E->full[w] = full, E->late[w] = late;
	}
}

SB_KERNEL(sb_each_outgradient) {
	const int64_t n = E->n, T = E->steps, O = E->readouts, out = (E->inputs + n) * n;
	SB_EACH(x, E->lanes * n * O) {
		const int64_t o = x % O, i = x / O % n, b = x / O / n;
		const int32_t *const step = E->time + (b * n + i) * T;
		double sum = 0;
		for (int64_t k = E->count[b * n + i] - 1; k >= 0; k--) {
			const int64_t s = step[k];
			if (s > 0 || E->zero[b * n + i]) sum += E->arrived[(b * T + s) * O + o];
		}
		(b < E->kept ? E->gradient + b * (out + n * O) : E->full)[out + i * O + o] = sum;
	}
}

/* The projection of a weight. */
SB_INLINE int sb_projection(const sb_eprop *E, int64_t x) {
	return x < E->inputs * E->n ? 0 : x < (E->inputs + E->n) * E->n ? 1 : 2;
}

/* Gradients into the sum of the batch, in the order of its sequences. */
SB_KERNEL(sb_each_collect) {
	const int64_t weights = (E->inputs + E->n + E->readouts) * E->n;
	SB_EACH(x, weights) {
		double sum = E->sum[x];
		for (int64_t b = 0; b < E->kept; b++) sum += E->gradient[b * weights + x] / E->average[sb_projection(E, x)];
		E->sum[x] = sum;
	}
}

/* The gradient of the last sequence into the sum; tardy is of inputs and neurons. */
SB_KERNEL(sb_each_settle) {
	const int64_t n = E->n, onto = (E->inputs + n) * n;
	SB_EACH(x, onto + n * E->readouts) {
		if (x < onto && E->tardy[x / n]) E->full[x] = E->late[x];
		E->sum[x] += E->full[x] / E->average[sb_projection(E, x)];
	}
}

/* The optimisers, a thread for a weight. */
SB_KERNEL(sb_each_update) {
	const int64_t n = E->n, first = E->inputs * n, onto = first + n * n;
	SB_EACH(x, onto + n * E->readouts) {
		const int k = sb_projection(E, x);
		const double old = E->now[x], g = E->sum[x] / E->batch[k];
		double w;
		if (E->adam[k]) {
			const double m = E->beta1[k] * E->m[x] + (1 - E->beta1[k]) * g;
			const double v = E->beta2[k] * E->v[x] + (1 - E->beta2[k]) * g * g;
			w = old - E->rate[k] * m / (SB_SQRT(v) + E->epsilon[k]);
			E->m[x] = m;
			E->v[x] = v;
		} else {
			w = old - E->rate[k] * g;
		}
		w = E->wmax[k] < w ? E->wmax[k] : w;
		w = E->wmin[k] >= w ? E->wmin[k] : w;
		if (k == 1 && (x - first) / n == (x - first) % n) w = 0;
		E->before[x] = old;
		E->now[x] = w;
		E->sum[x] = 0;
		if (w - w != 0) *E->finite = 0;
	}
}

SB_KERNEL(sb_each_finite) {
	SB_EACH(x, (E->inputs + E->n + E->readouts) * E->n) {
		const double a = E->sum[x], b = E->full[x], c = E->late[x];
		if (a - a != 0 || b - b != 0 || c - c != 0) *E->finite = 0;
	}
}

/* Networks that learn at every spike: onlinestep.go of package eprop has the formulas.
   t is NEST's step, u = t-2 the one learnt from; what is kept of two steps stands at
   its step modulo 2. */
typedef struct { /* onlineTable in eproponline.go */
	int64_t inputs, n, readouts, delta, refractory, adam;
	double dt, alpha, rho, beta, current, vth, vmin, vreset, want, creg, kappa, kappareg;
	double okappa, ocurrent, ovmin, orest, cutoff, ocutoff;
	double eta, wmin, wmax, beta1, beta2, epsilon;
	const sb_population *population; /* one, for its surrogate */
	const double *feedback; /* (n, readouts) */
	double *w, *zbar, *eps, *filtered, *regulartrace, *m, *v;
	double *V, *A, *Z, *rate, *learning; /* (n) */
	int32_t *R; /* (n) */
	double *out; /* (readouts) */
	double *psi, *regular, *wrong; /* (2, n), (2, n), (2, readouts) */
	int32_t *spike; /* (2, n): neurons that fire in a step */
	int64_t *spikes; /* (2): how many */
	int64_t *last, *before; /* (inputs+n): steps in which a spike arrived; -1 for none */
	int64_t *done; /* (inputs+n+n): steps for which the optimiser has run, of in, rec, out */
	int64_t first, steps; /* of this run */
	const int64_t *at;
	const int32_t *in; /* input spikes of step k of the run are in[at[k]] on */
	const double *target; /* (steps, readouts) */
	const uint8_t *open; /* (steps): errors count */
	const double *rates; /* Eta of update n = 0, 1, …, with Adam's corrections */
	int64_t *now; /* steps made in this run; whether it has ended early */
	double *loss;
} sb_online;

#define SB_ONLINE(name) extern "C" __global__ void __launch_bounds__(SB_BLOCK) name(const sb_online *E, int64_t sb_unused)

/* Whether synapses learn from step u, from a step before a spike until the cut-off. */
SB_INLINE int sb_active(int64_t last, int64_t u, double cutoff) { return (double)(u - (last - 1)) < cutoff; }

SB_INLINE void sb_optimise(const sb_online *E, int64_t x, int64_t done, int64_t n, double g) {
	double w = E->w[x];
	if (!E->adam) {
		w -= E->eta * g;
	} else {
		double m = E->m[x], v = E->v[x];
		if (m != 0 || v != 0 || g != 0) {
			for (int64_t update = done + 1; update <= n; update++) {
				m = E->beta1 * m + (1 - E->beta1) * g;
				v = E->beta2 * v + (1 - E->beta2) * g * g;
				w -= E->rates[update] * m / (SB_SQRT(v) + E->epsilon);
				g = 0;
			}
			E->m[x] = m;
			E->v[x] = v;
		}
	}
	w = E->wmax < w ? E->wmax : w;
	E->w[x] = E->wmin >= w ? E->wmin : w;
}

/* Traces and weights, a thread for a synapse. */
SB_ONLINE(sb_each_learn) {
	const int64_t I = E->inputs, n = E->n, O = E->readouts, onto = (I + n) * n, k = E->now[0];
	if (E->now[1] || k >= E->steps) return;
	const int64_t u = E->first + k - 2, slot = u & 1;
	const double *const psi = E->psi + slot * n, *const regular = E->regular + slot * n, *const wrong = E->wrong + slot * O;
	SB_EACH(x, onto + n * O) {
		const int out = x >= onto;
		const int64_t i = out ? I + (x - onto) / O : x / n, j = out ? (x - onto) % O : x % n; /* i counts inputs, then neurons */
		const int64_t last = E->last[i];
		if (last < 0 || (!out && i - I == j)) continue;
		const double z = last == u || E->before[i] == u ? 1 : 0;
		const int active = sb_active(last, u, out ? E->ocutoff : E->cutoff);
		double g;
		if (out) {
			E->zbar[x] = E->okappa * E->zbar[x] + z;
			g = wrong[j] * E->zbar[x];
		} else {
			const double zbar = E->alpha * E->zbar[x] + z;
			E->zbar[x] = zbar;
			const double e = active ? psi[j] * (zbar - E->beta * E->eps[x]) : 0;
			E->eps[x] = E->rho * E->eps[x] + e;
			E->filtered[x] = E->kappa * E->filtered[x] + e;
			E->regulartrace[x] = E->kappareg * E->regulartrace[x] + (1 - E->kappareg) * e;
			g = E->learning[j] * E->filtered[x] + regular[j] * E->regulartrace[x];
		}
		if (active) sb_optimise(E, x, E->done[out ? i + n : i], u + 1, g);
	}
}

/* Everything else of a step, in one block. */
SB_ONLINE(sb_block_online) {
	SB_SHARED uint64_t found[SB_BLOCK / 8];
	const int64_t I = E->inputs, n = E->n, O = E->readouts, onto = (I + n) * n, k = E->now[0];
	if (E->now[1] || k >= E->steps || SB_PART != 0) return;
	const int64_t t = E->first + k, u = t - 2, slot = t & 1, from = E->at[k], to = E->at[k + 1], sent = E->spikes[1 - slot];
	const int32_t *const sender = E->spike + (1 - slot) * n;
	double *const psi = E->psi + slot * n, *const regular = E->regular + slot * n, *const wrong = E->wrong + slot * O;
	SB_THREADS(th) {
		for (int64_t i = th; i < I + n; i += SB_BLOCK) { /* what has learnt */
			const int64_t last = E->last[i];
			if (last < 0) continue;
			if (sb_active(last, u, E->cutoff)) E->done[i] = u + 1;
			if (i >= I && sb_active(last, u, E->ocutoff)) E->done[i + n] = u + 1;
		}
	}
	SB_THREADS(th) {
		for (int64_t x = from + th; x < to; x += SB_BLOCK) {
			const int64_t i = E->in[x];
			E->before[i] = E->last[i];
			E->last[i] = t;
		}
		for (int64_t x = th; x < sent; x += SB_BLOCK) {
			const int64_t i = I + sender[x];
			E->before[i] = E->last[i];
			E->last[i] = t;
		}
		for (int64_t o = th; o < O; o += SB_BLOCK) {
			double sum = 0;
			for (int64_t x = 0; x < sent; x++) sum += E->w[onto + sender[x] * O + o];
			double v = E->ocurrent + sum + E->okappa * E->out[o];
			if (v < E->ovmin) v = E->ovmin;
			E->out[o] = v;
			wrong[o] = E->open[k] ? v + E->orest - E->target[k * O + o] : 0;
		}
	}
	int64_t all = 0;
	for (int64_t tile = 0; tile < n; tile += SB_BLOCK) {
		SB_THREADS(th) {
			const int64_t j = tile + th;
			int fires = 0;
			if (j < n) {
				double sum = 0;
				for (int64_t x = from; x < to; x++) sum += E->w[E->in[x] * n + j];
				for (int64_t x = 0; x < sent; x++) sum += E->w[(I + sender[x]) * n + j];
				double v = E->V[j];
				int32_t left = E->R[j];
				if (!E->delta || left == 0) { /* psc_delta neurons stand still while refractory */
					v = E->current + sum + E->alpha * v;
					if (v < E->vmin) v = E->vmin;
					E->A[j] = E->rho * E->A[j] + E->Z[j];
				}
				if (left > 0) left--;
				const double threshold = E->vth + E->beta * E->A[j];
				psi[j] = sb_surrogate(E->population, left > 0 ? SB_INF : v - threshold);
				if (v >= threshold && (E->delta || left == 0)) {
					fires = 1;
					left = (int32_t)E->refractory;
					v = E->delta ? E->vreset : v - E->vth;
				}
				E->V[j] = v, E->R[j] = left, E->Z[j] = fires;
				E->rate[j] = E->kappareg * E->rate[j] + (1 - E->kappareg) * ((double)fires / E->dt);
				regular[j] = E->creg * (E->rate[j] - E->want);
				double learning = 0;
				for (int64_t o = 0; o < O; o++) learning += E->feedback[j * O + o] * wrong[o];
				E->learning[j] = learning;
			}
			((uint8_t *)found)[th] = (uint8_t)fires;
		}
		const int64_t more = sb_before(found, SB_BLOCK);
		SB_THREADS(th) if (((const uint8_t *)found)[th]) E->spike[slot * n + all + sb_before(found, th)] = (int32_t)(tile + th);
		all += more;
	}
	SB_THREADS(th) if (th == 0) {
		double loss = *E->loss;
		for (int64_t o = 0; o < O; o++) loss += 0.5 * wrong[o] * wrong[o];
		*E->loss = loss;
		E->spikes[slot] = all;
		E->now[0] = k + 1;
		E->now[1] = loss - loss != 0;
	}
}
