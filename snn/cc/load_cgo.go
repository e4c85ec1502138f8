//go:build cgo

package cc

/*
#cgo linux LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>

// The same as in emit.go.
typedef struct {
	void **buf;
	const int64_t *n;
	const double *d;
	const uint32_t *k;
	char *scratch;
	void **rec;
	int64_t *got;
	int64_t *room;
	void *pool;
	int64_t threads, worth, grain, shift;
	uint8_t *rest;
	char *store;
} sb_args;

typedef int64_t (*sb_run)(const sb_args *, int64_t, int64_t, const uint32_t *);

// The beginning of sb_pool in emitstep.go.
typedef struct { uint64_t word; uint32_t quit; } sb_pool;

typedef void (*sb_work)(const sb_args *, int64_t);

static void sb_help(void *f, const sb_args *a, int64_t id) { ((sb_work)f)(a, id); }

static void sb_quit(const sb_args *a, uint32_t quit) { __atomic_store_n(&((sb_pool *)a->pool)->quit, quit, __ATOMIC_RELAXED); }

static int64_t sb_call(void *f, const sb_args *a, int64_t step, int64_t n, const uint32_t *stop) {
	return ((sb_run)f)(a, step, n, stop);
}
*/
import "C"

import (
	"errors"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/spikebook/spikebook/snn/plan"
)

const haveCgo = true

// library is a loaded shared library.
type library struct{ handle, run, work unsafe.Pointer }

func open(file string) (*library, error) {
	name := C.CString(file)
	defer C.free(unsafe.Pointer(name))
	// dlerror is kept per thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	h := C.dlopen(name, C.RTLD_NOW|C.RTLD_LOCAL)
	if h == nil {
		return nil, errors.New(C.GoString(C.dlerror()))
	}
	l := &library{handle: h}
	for _, f := range []struct {
		name string
		to   *unsafe.Pointer
	}{{"sb_run", &l.run}, {"sb_work", &l.work}} {
		symbol := C.CString(f.name)
		*f.to = C.dlsym(h, symbol)
		C.free(unsafe.Pointer(symbol))
		if *f.to == nil {
			err := errors.New(C.GoString(C.dlerror()))
			C.dlclose(h)
			return nil, err
		}
	}
	return l, nil
}

func (l *library) close() {
	if l.handle != nil {
		C.dlclose(l.handle)
		l.handle = nil
	}
}

// memory is what the C side reads: one block from C's allocator with all the
// tables, and pointers to the buffers of a state. Go memory that it points to
// stays pinned until it points elsewhere.
type memory struct {
	block unsafe.Pointer
	args  *C.sb_args
	buf   []unsafe.Pointer
	rec   []unsafe.Pointer
	got   []int64
	room  []int64
	rest  []byte

	pinned  *runtime.Pinner
	samples runtime.Pinner
}

// newMemory allocates the tables of u for a program with nbuf buffers and nrec
// records.
func newMemory(u *unit, nbuf, nrec int) (*memory, error) {
	const align = 64
	size := uintptr(0)
	part := func(n, width int) uintptr {
		at := size
		size += (uintptr(n)*uintptr(width) + align - 1) &^ (align - 1)
		return at
	}
	args := part(1, int(unsafe.Sizeof(C.sb_args{})))
	buf, n, d, k := part(nbuf, 8), part(len(u.n), 8), part(len(u.d), 8), part(len(u.k), 4)
	rec, got, room := part(2*nrec, 8), part(nrec, 8), part(nrec, 8)
	pool, rest, scratch := part(poolSize, 1), part(u.rest, 1), part(u.scratch, 1)
	store := part(u.store, 1)
	block := C.calloc(1, C.size_t(size+align))
	if block == nil {
		return nil, errors.New("out of memory")
	}
	m := &memory{block: block, pinned: new(runtime.Pinner)}
	base := unsafe.Add(block, (align-uintptr(block)%align)%align)
	m.args = (*C.sb_args)(unsafe.Add(base, args))
	m.buf = unsafe.Slice((*unsafe.Pointer)(unsafe.Add(base, buf)), nbuf)
	m.rec = unsafe.Slice((*unsafe.Pointer)(unsafe.Add(base, rec)), 2*nrec)
	m.got = unsafe.Slice((*int64)(unsafe.Add(base, got)), nrec)
	m.room = unsafe.Slice((*int64)(unsafe.Add(base, room)), nrec)
	copy(unsafe.Slice((*int64)(unsafe.Add(base, n)), len(u.n)), u.n)
	copy(unsafe.Slice((*float64)(unsafe.Add(base, d)), len(u.d)), u.d)
	copy(unsafe.Slice((*uint32)(unsafe.Add(base, k)), len(u.k)), u.k)
	m.args.buf = (*unsafe.Pointer)(unsafe.Add(base, buf))
	m.args.n = (*C.int64_t)(unsafe.Add(base, n))
	m.args.d = (*C.double)(unsafe.Add(base, d))
	m.args.k = (*C.uint32_t)(unsafe.Add(base, k))
	m.args.rec = (*unsafe.Pointer)(unsafe.Add(base, rec))
	m.args.got = (*C.int64_t)(unsafe.Add(base, got))
	m.args.room = (*C.int64_t)(unsafe.Add(base, room))
	m.args.pool = unsafe.Add(base, pool)
	m.rest = unsafe.Slice((*byte)(unsafe.Add(base, rest)), u.rest)
	m.args.rest = (*C.uint8_t)(unsafe.Add(base, rest))
	m.args.store = (*C.char)(unsafe.Add(base, store))
	m.args.scratch = (*C.char)(unsafe.Add(base, scratch))
	return m, nil
}

// bind points at the buffers of s. Nothing happens when it does already.
func (m *memory) bind(p *plan.Program, s *plan.State) {
	same := true
	for i, b := range p.Buffers {
		same = same && m.buf[i] == first(b.Type, s, i)
	}
	if same {
		return
	}
	// What the table points at must be alive while it is overwritten, for the
	// collector's write barrier looks at old values too.
	old := m.pinned
	m.pinned = new(runtime.Pinner)
	for i, b := range p.Buffers {
		q := first(b.Type, s, i)
		m.pinned.Pin(q)
		m.buf[i] = q
	}
	old.Unpin()
}

func first(t plan.Type, s *plan.State, i int) unsafe.Pointer {
	switch t {
	case plan.F64:
		return unsafe.Pointer(unsafe.SliceData(s.F64[i]))
	case plan.F32:
		return unsafe.Pointer(unsafe.SliceData(s.F32[i]))
	case plan.I64:
		return unsafe.Pointer(unsafe.SliceData(s.I64[i]))
	case plan.I32:
		return unsafe.Pointer(unsafe.SliceData(s.I32[i]))
	}
	return unsafe.Pointer(unsafe.SliceData(s.Bool[i]))
}

// sample points record r at memory for room values or samples and as many steps,
// until release.
func (m *memory) sample(r int, values, steps unsafe.Pointer, room int) {
	if values != nil {
		m.samples.Pin(values)
		m.samples.Pin(steps)
	}
	m.rec[2*r], m.rec[2*r+1], m.got[r], m.room[r] = values, steps, 0, int64(room)
}

func (m *memory) release() {
	clear(m.rec)
	m.samples.Unpin()
}

func (m *memory) run(l *library, step, n int64, stop *atomic.Uint32) int64 {
	return int64(C.sb_call(l.run, m.args, C.int64_t(step), C.int64_t(min(n, math.MaxInt64)), (*C.uint32_t)(unsafe.Pointer(stop))))
}

// share says how many threads make the steps from now on, and how. All blocks of
// neurons are awake again.
func (m *memory) share(threads int, how sharing) {
	m.args.threads, m.args.worth, m.args.grain = C.int64_t(threads), C.int64_t(how.worth), C.int64_t(how.grain)
	m.args.shift = C.int64_t(how.block)
	clear(m.rest)
}

// helpers starts the threads beside the calling one; the function that it returns
// ends them.
func (m *memory) helpers(l *library, n int) (end func()) {
	var all sync.WaitGroup
	C.sb_quit(m.args, 0)
	for id := range n {
		all.Go(func() { C.sb_help(l.work, m.args, C.int64_t(id+1)) })
	}
	return func() {
		C.sb_quit(m.args, 1)
		all.Wait()
	}
}

func (m *memory) free() {
	if m.block == nil {
		return
	}
	m.release()
	clear(m.buf)
	m.pinned.Unpin()
	C.free(m.block)
	*m = memory{}
}
