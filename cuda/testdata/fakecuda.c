/* A libcuda.so.1 whose device is the processor: what package driver calls, and no
   more. Modules are the shared libraries that fakenvrtc.c makes; a cubin is the name
   of one. $SPIKEBOOK_FAKE_FAIL names a call that fails, as name:code. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

typedef int R;
typedef unsigned long long M;

static int64_t used, limit = 4ll << 30, launched;
static __thread void *current;

static R fails(const char *call) {
	const char *f = getenv("SPIKEBOOK_FAKE_FAIL");
	const size_t n = strlen(call);
	return f && !strncmp(f, call, n) && f[n] == ':' ? atoi(f + n + 1) : 0;
}
/* Calls that work on the device need a context on their thread. */
#define CALL(name) do { const R r = fails(name); if (r) return r; } while (0)
#define WORK(name) do { CALL(name); if (!current) return 201; } while (0)

R cuInit(unsigned f) { CALL("cuInit"); return f != 0; }
R cuDriverGetVersion(int *v) { *v = 12090; return 0; }
R cuDeviceGetCount(int *n) { CALL("cuDeviceGetCount"); *n = 1; return 0; }
R cuDeviceGet(int *d, int n) { *d = n + 40; return n != 0 ? 101 : 0; }
R cuDeviceGetName(char *s, int n, int d) { snprintf(s, n, "processor"); return d != 40; }
R cuDeviceGetAttribute(int *v, int a, int d) { *v = a == 75 ? 9 : a == 76 ? 0 : a == 16 ? 2 : a == 95 ? 1 : -1; return *v < 0 || d != 40; }
R cuDeviceTotalMem_v2(size_t *n, int d) { *n = limit; return d != 40; }
R cuDevicePrimaryCtxRetain(void **c, int d) { *c = &limit; return d != 40; }
R cuDevicePrimaryCtxRelease_v2(int d) { return d != 40; }
R cuCtxSetCurrent(void *c) { CALL("cuCtxSetCurrent"); current = c; return c != &limit; }
R cuMemGetInfo_v2(size_t *f, size_t *t) { WORK("cuMemGetInfo_v2"); *f = limit - used; *t = limit; return 0; }

/* Blocks have their size before them, and a mark behind them that must stay. */
static const char mark[] = "end of the block";
R cuMemAlloc_v2(M *m, size_t n) {
	WORK("cuMemAlloc_v2");
	if (used + (int64_t)n > limit) return 2;
	char *p = malloc(n + 256 + sizeof mark);
	if (!p) return 2;
	used += n;
	*(size_t *)p = n;
	memset(p + 256, 0xA5, n);
	memcpy(p + 256 + n, mark, sizeof mark);
	*m = (M)(uintptr_t)(p + 256);
	return 0;
}
R cuMemFree_v2(M m) {
	WORK("cuMemFree_v2");
	char *p = (char *)(uintptr_t)m - 256;
	const size_t n = *(size_t *)p;
	if (memcmp(p + 256 + n, mark, sizeof mark)) return 700;
	used -= n;
	free(p);
	return 0;
}

typedef struct { void (*f)(void *, int64_t); int64_t *part, *parts, *backwards; void (**yield)(void); int each; } kernel;
typedef struct { kernel *k; unsigned blocks; void *a; int64_t b; } work;
typedef struct { work *w; int64_t n; } graph;
typedef struct { graph *recording; } stream;

/* Kernels of one library share its variables. */
static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER;

static void run(const work *w) {
	kernel *k = w->k;
	pthread_mutex_lock(&one);
	*k->backwards = launched++ & 1;
	*k->parts = k->each ? 1 : w->blocks;
	for (int64_t b = 0; b < *k->parts; b++) {
		*k->part = *k->backwards ? *k->parts - 1 - b : b;
		k->f(w->a, w->b);
	}
	pthread_mutex_unlock(&one);
}

R cuMemcpyHtoDAsync_v2(M m, const void *p, size_t n, stream *s) { WORK("cuMemcpyHtoDAsync_v2"); memcpy((void *)(uintptr_t)m, p, n); return !s || s->recording; }
R cuMemcpyDtoHAsync_v2(void *p, M m, size_t n, stream *s) { WORK("cuMemcpyDtoHAsync_v2"); memcpy(p, (void *)(uintptr_t)m, n); return !s || s->recording; }
R cuMemsetD8Async(M m, unsigned char c, size_t n, stream *s) { WORK("cuMemsetD8Async"); memset((void *)(uintptr_t)m, c, n); return !s || s->recording; }
R cuStreamCreate(stream **s, unsigned f) { WORK("cuStreamCreate"); *s = calloc(1, sizeof **s); return f != 1; }
R cuStreamDestroy_v2(stream *s) { WORK("cuStreamDestroy_v2"); free(s); return 0; }
R cuStreamSynchronize(stream *s) { WORK("cuStreamSynchronize"); return s->recording ? 900 : 0; }

R cuModuleLoadData(void **m, const void *image) {
	WORK("cuModuleLoadData");
	*m = dlopen(image, RTLD_NOW | RTLD_LOCAL);
	if (!*m) fprintf(stderr, "%s\n", dlerror());
	return *m ? 0 : 200;
}
R cuModuleUnload(void *m) { WORK("cuModuleUnload"); return dlclose(m) ? 1 : 0; }
R cuModuleGetFunction(kernel **k, void *m, const char *name) {
	WORK("cuModuleGetFunction");
	*k = calloc(1, sizeof **k); /* as many as tests make */
	(*k)->f = (void (*)(void *, int64_t))dlsym(m, name);
	(*k)->part = dlsym(m, "sb_blocknumber");
	(*k)->parts = dlsym(m, "sb_blockcount");
	(*k)->backwards = dlsym(m, "sb_backwards");
	(*k)->yield = dlsym(m, "sb_yield");
	(*k)->each = !strncmp(name, "sb_each_", 8);
	return (*k)->f && (*k)->part ? 0 : 500;
}
R cuLaunchKernel(kernel *k, unsigned bx, unsigned by, unsigned bz, unsigned tx, unsigned ty, unsigned tz, unsigned shared, stream *s, void **args, void **extra) {
	WORK("cuLaunchKernel");
	if (!bx || bx > 1024 || by != 1 || bz != 1 || tx != 256 || ty != 1 || tz != 1 || shared || extra) return 1;
	work w = {k, bx, *(void **)args[0], *(int64_t *)args[1]};
	if (s->recording) {
		graph *g = s->recording;
		g->w = realloc(g->w, (g->n + 1) * sizeof w);
		g->w[g->n++] = w;
	} else run(&w);
	return 0;
}
/* Blocks that wait for each other are coroutines: from one wait to the next they go
   one after the other, from the first to the last and the other way by turns, so
   what needs a wait and has none reads what is not there yet. */
enum { resident = 2 * 2, stack = 1 << 18 };
static ucontext_t all, one_block[resident];
static int running, ended[resident];
static struct { kernel *k; void *a; int64_t b; } together;
static void leave(void) { swapcontext(&one_block[running], &all); }
static void begin(void) {
	const int me = running;
	together.k->f(together.a, together.b);
	ended[me] = 1;
	for (;;) leave();
}
R cuOccupancyMaxActiveBlocksPerMultiprocessor(int *n, kernel *k, int threads, size_t shared) { WORK("cuOccupancyMaxActiveBlocksPerMultiprocessor"); *n = threads == 256 && !shared ? 2 : 0; return 0; }
R cuLaunchCooperativeKernel(kernel *k, unsigned bx, unsigned by, unsigned bz, unsigned tx, unsigned ty, unsigned tz, unsigned shared, stream *s, void **args) {
	WORK("cuLaunchCooperativeKernel");
	if (!bx || by != 1 || bz != 1 || tx != 256 || ty != 1 || tz != 1 || shared || s->recording) return 1;
	if (bx > resident) return 720;
	pthread_mutex_lock(&one);
	together.k = k, together.a = *(void **)args[0], together.b = *(int64_t *)args[1];
	*k->yield = leave;
	for (unsigned b = 0; b < bx; b++) {
		getcontext(&one_block[b]);
		one_block[b].uc_stack.ss_sp = malloc(stack);
		one_block[b].uc_stack.ss_size = stack;
		makecontext(&one_block[b], begin, 0);
		ended[b] = 0;
	}
	unsigned done = 0;
	R r = 0;
	while (!done && !r) {
		*k->backwards = launched++ & 1;
		*k->parts = bx;
		for (unsigned b = 0; b < bx; b++) {
			running = *k->part = *k->backwards ? bx - 1 - b : b;
			swapcontext(&all, &one_block[running]);
			done += ended[running];
		}
		if (done && done != bx) r = 719; /* some wait for others that have gone */
	}
	for (unsigned b = 0; b < bx; b++) free(one_block[b].uc_stack.ss_sp);
	pthread_mutex_unlock(&one);
	return r;
}
R cuStreamBeginCapture_v2(stream *s, int mode) { WORK("cuStreamBeginCapture_v2"); if (s->recording) return 900; s->recording = calloc(1, sizeof(graph)); return mode != 2; }
R cuStreamEndCapture(stream *s, graph **g) { *g = s->recording; s->recording = NULL; WORK("cuStreamEndCapture"); return *g ? 0 : 900; }
R cuGraphInstantiateWithFlags(graph **x, graph *g, unsigned long long f) {
	WORK("cuGraphInstantiateWithFlags");
	*x = calloc(1, sizeof **x);
	(*x)->n = g->n;
	(*x)->w = malloc((g->n + 1) * sizeof *g->w);
	memcpy((*x)->w, g->w, g->n * sizeof *g->w);
	return f != 0;
}
R cuGraphLaunch(graph *g, stream *s) { WORK("cuGraphLaunch"); if (s->recording) return 900; for (int64_t i = 0; i < g->n; i++) run(&g->w[i]); return 0; }
R cuGraphExecDestroy(graph *g) { WORK("cuGraphExecDestroy"); free(g->w); free(g); return 0; }
R cuGraphDestroy(graph *g) { WORK("cuGraphDestroy"); free(g->w); free(g); return 0; }

R cuEventCreate(void **e, unsigned f) { WORK("cuEventCreate"); *e = malloc(8); return f != 0; }
R cuEventDestroy_v2(void *e) { WORK("cuEventDestroy_v2"); free(e); return 0; }
R cuEventRecord(void *e, stream *s) { WORK("cuEventRecord"); *(int64_t *)e = launched; return !s; }
R cuEventSynchronize(void *e) { WORK("cuEventSynchronize"); return !e; }
/* A launch takes a millisecond. */
R cuEventElapsedTime(float *ms, void *a, void *b) { WORK("cuEventElapsedTime"); *ms = *(int64_t *)b - *(int64_t *)a; return 0; }

R cuGetErrorName(R r, const char **s) { *s = r == 2 ? "CUDA_ERROR_OUT_OF_MEMORY" : r == 100 ? "CUDA_ERROR_NO_DEVICE" : r == 700 ? "CUDA_ERROR_ILLEGAL_ADDRESS" : NULL; return *s ? 0 : 1; }
R cuGetErrorString(R r, const char **s) { *s = r == 2 ? "out of memory" : r == 100 ? "no CUDA-capable device is detected" : r == 700 ? "an illegal memory access was encountered" : NULL; return *s ? 0 : 1; }
