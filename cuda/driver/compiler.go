//go:build cgo && linux

package driver

/*
#include <stddef.h>

typedef int sb_result;
typedef void *sb_program;
#define CALL(f, types) ((sb_result (*) types)(f))

static sb_result sb_compilerVersion(void *f, int *a, int *b) { return CALL(f, (int *, int *))(a, b); }
static sb_result sb_create(void *f, sb_program *p, const char *text, const char *name) {
	return CALL(f, (sb_program *, const char *, const char *, int, const char *const *, const char *const *))(p, text, name, 0, NULL, NULL);
}
static sb_result sb_compile(void *f, sb_program p, int n, const char *const *options) { return CALL(f, (sb_program, int, const char *const *))(p, n, options); }
static sb_result sb_size(void *f, sb_program p, size_t *n) { return CALL(f, (sb_program, size_t *))(p, n); }
static sb_result sb_get(void *f, sb_program p, char *to) { return CALL(f, (sb_program, char *))(p, to); }
static sb_result sb_destroy(void *f, sb_program *p) { return CALL(f, (sb_program *))(p); }
static const char *sb_error(void *f, sb_result r) { return ((const char *(*)(sb_result))f)(r); }
static sb_result sb_archs(void *f, int *n) { return CALL(f, (int *))(n); }
*/
import "C"

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"unsafe"
)

// The functions of NVRTC by their places in Compiler.f.
const (
	nVersion = iota
	nCreate
	nCompile
	nLogSize
	nLog
	nSize
	nBinary
	nPTXSize
	nPTX
	nDestroy
	nErrorString
	nNumArchs
	nArchs
	compilerFunctions
)

var compilerNames = [compilerFunctions]string{
	"nvrtcVersion", "nvrtcCreateProgram", "nvrtcCompileProgram", "nvrtcGetProgramLogSize", "nvrtcGetProgramLog", "nvrtcGetCUBINSize", "nvrtcGetCUBIN", "nvrtcGetPTXSize", "nvrtcGetPTX",
	"nvrtcDestroyProgram", "nvrtcGetErrorString", "nvrtcGetNumSupportedArchs", "nvrtcGetSupportedArchs",
}

// Compiler is the opened NVRTC. It may be used by several goroutines.
type Compiler struct {
	shared       *shared
	f            [compilerFunctions]unsafe.Pointer
	Major, Minor int
	archs        []int
}

var compiler struct {
	sync.Mutex
	c    *Compiler
	from string
}

// OpenCompiler opens NVRTC once; after a failure, which names what was looked for
// and what to install, the next call tries again.
func OpenCompiler() (*Compiler, error) {
	compiler.Lock()
	defer compiler.Unlock()
	s := forCompiler()
	from := fmt.Sprint(s.candidates())
	if compiler.c != nil && compiler.from == from {
		return compiler.c, nil
	}
	sh, err := s.open()
	if err != nil {
		return nil, err
	}
	c := &Compiler{shared: sh}
	if err := sh.fill(compilerNames[:], c.f[:]); err != nil {
		return nil, err
	}
	var a, b, n C.int
	if err := c.check(nVersion, C.sb_compilerVersion(c.f[nVersion], &a, &b), "asking for NVRTC's version", ""); err != nil {
		return nil, err
	}
	c.Major, c.Minor = int(a), int(b)
	if err := c.check(nNumArchs, C.sb_archs(c.f[nNumArchs], &n), "asking for NVRTC's targets", ""); err != nil {
		return nil, err
	}
	archs := make([]C.int, max(n, 1))
	if err := c.check(nArchs, C.sb_archs(c.f[nArchs], &archs[0]), "asking for NVRTC's targets", ""); err != nil {
		return nil, err
	}
	for _, x := range archs[:n] {
		c.archs = append(c.archs, int(x))
	}
	compiler.c, compiler.from = c, from
	return c, nil
}

func (c *Compiler) check(f int, r C.sb_result, doing, log string) error {
	if r == 0 {
		return nil
	}
	name := C.GoString(C.sb_error(c.f[nErrorString], r))
	return &Error{Call: compilerNames[f], Code: int(r), Name: name, Doing: doing, Log: log}
}

// Path is the name under which the library was found.
func (c *Compiler) Path() string { return c.shared.name }

// Archs lists the compute capabilities that c compiles for: 75 is 7.5.
func (c *Compiler) Archs() []int { return slices.Clone(c.archs) }

// Compile makes a cubin of CUDA C++ for a device such as "sm_90", or PTX, ended by a
// zero byte, which drivers compile for that device and newer ones, for "compute_90".
// An error has the compiler's messages.
func (c *Compiler) Compile(source, arch string, options ...string) ([]byte, error) {
	doing := fmt.Sprintf("cuda: compiling %d bytes of kernels for %s with NVRTC %d.%d", len(source), arch, c.Major, c.Minor)
	text, name := append([]byte(source), 0), []byte("spikebook.cu\x00")
	var p C.sb_program
	if err := c.check(nCreate, C.sb_create(c.f[nCreate], &p, (*C.char)(unsafe.Pointer(&text[0])), (*C.char)(unsafe.Pointer(&name[0]))), doing, ""); err != nil {
		return nil, err
	}
	defer C.sb_destroy(c.f[nDestroy], &p)
	given := append([]string{"--gpu-architecture=" + arch}, options...)
	list := make([]*C.char, len(given))
	for i, o := range given {
		list[i] = C.CString(o)
		defer free(unsafe.Pointer(list[i]))
	}
	r := C.sb_compile(c.f[nCompile], p, C.int(len(list)), &list[0])
	if r != 0 {
		return nil, c.check(nCompile, r, doing, string(c.text(p, nLogSize, nLog)))
	}
	size, get := nSize, nBinary
	if strings.HasPrefix(arch, "compute_") {
		size, get = nPTXSize, nPTX
	}
	code := c.text(p, size, get)
	if len(code) == 0 {
		return nil, &Error{Call: compilerNames[get], Name: "no code", Doing: doing}
	}
	return code, nil
}

// text is the log or the binary of a program.
func (c *Compiler) text(p C.sb_program, size, get int) []byte {
	var n C.size_t
	if C.sb_size(c.f[size], p, &n) != 0 || n == 0 {
		return nil
	}
	b := make([]byte, n)
	if C.sb_get(c.f[get], p, (*C.char)(unsafe.Pointer(&b[0]))) != 0 {
		return nil
	}
	return b
}
