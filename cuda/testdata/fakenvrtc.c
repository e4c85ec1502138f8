/* A libnvrtc.so that compiles for the processor with the C++ compiler in
   $SPIKEBOOK_FAKE_CXX, with host.h and its files in the folder $SPIKEBOOK_FAKE. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef int R;
typedef struct { char *text, *log, name[4096]; } program;

R nvrtcVersion(int *a, int *b) { *a = 12; *b = 9; return 0; }
R nvrtcGetNumSupportedArchs(int *n) { *n = 2; return 0; }
R nvrtcGetSupportedArchs(int *a) { a[0] = 80; a[1] = 90; return 0; }
const char *nvrtcGetErrorString(R r) { return r == 6 ? "NVRTC_ERROR_COMPILATION" : "NVRTC_ERROR"; }
R nvrtcCreateProgram(program **p, const char *text, const char *name, int n, const char *const *headers, const char *const *names) {
	*p = calloc(1, sizeof **p);
	(*p)->text = strdup(text);
	return !name || n || headers || names;
}
R nvrtcCompileProgram(program *p, int n, const char *const *options) {
	int fmad = 1;
	for (int i = 0; i < n; i++) fmad &= strcmp(options[i], "--fmad=false") != 0;
	if (fmad || strcmp(options[0], "--gpu-architecture=sm_90")) return 5;
	static int number;
	const char *dir = getenv("SPIKEBOOK_FAKE"), *cxx = getenv("SPIKEBOOK_FAKE_CXX");
	snprintf(p->name, sizeof p->name, "%s/%d-%d.so", dir, getpid(), __sync_fetch_and_add(&number, 1));
	char command[16384];
	snprintf(command, sizeof command, "%s -x c++ -std=c++17 -O0 -w -shared -fPIC -ffp-contract=off -fno-math-errno -fno-exceptions -DSB_HOST='\"host.h\"' -I'%s' -o '%s' - -lm 2> '%s.log'",
		cxx, dir, p->name, p->name);
	FILE *f = popen(command, "w");
	if (!f) return 1;
	fputs(p->text, f);
	const int failed = pclose(f);
	char log[4096 + 8];
	snprintf(log, sizeof log, "%s.log", p->name);
	p->log = calloc(1, 65536);
	if ((f = fopen(log, "r"))) { fread(p->log, 1, 65535, f); fclose(f); }
	remove(log);
	return failed ? 6 : 0;
}
R nvrtcGetProgramLogSize(program *p, size_t *n) { *n = p->log ? strlen(p->log) + 1 : 1; return 0; }
R nvrtcGetProgramLog(program *p, char *to) { strcpy(to, p->log ? p->log : ""); return 0; }
R nvrtcGetCUBINSize(program *p, size_t *n) { *n = strlen(p->name) + 1; return 0; }
R nvrtcGetCUBIN(program *p, char *to) { strcpy(to, p->name); return 0; }
R nvrtcGetPTXSize(program *p, size_t *n) { return nvrtcGetCUBINSize(p, n); }
R nvrtcGetPTX(program *p, char *to) { return nvrtcGetCUBIN(p, to); }
R nvrtcDestroyProgram(program **p) { free((*p)->text); free((*p)->log); free(*p); *p = NULL; return 0; }
