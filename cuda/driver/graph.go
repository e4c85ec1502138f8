//go:build cgo && linux

package driver

/*
#include <stddef.h>

typedef int sb_result;
typedef void *sb_handle;

#define CALL(f, types) ((sb_result (*) types)(f))

static sb_result sb_begin(void *f, sb_handle s, int mode) { return CALL(f, (sb_handle, int))(s, mode); }
static sb_result sb_endcapture(void *f, sb_handle s, sb_handle *g) { return CALL(f, (sb_handle, sb_handle *))(s, g); }
static sb_result sb_instantiate(void *f, sb_handle *x, sb_handle g) { return CALL(f, (sb_handle *, sb_handle, unsigned long long))(x, g, 0); }
static sb_result sb_elapsed(void *f, float *ms, sb_handle a, sb_handle b) { return CALL(f, (float *, sb_handle, sb_handle))(ms, a, b); }
static sb_result sb_handle1(void *f, sb_handle h) { return CALL(f, (sb_handle))(h); }
static sb_result sb_handle2(void *f, sb_handle a, sb_handle b) { return CALL(f, (sb_handle, sb_handle))(a, b); }
static sb_result sb_make(void *f, sb_handle *h, unsigned flags) { return CALL(f, (sb_handle *, unsigned))(h, flags); }
*/
import "C"

import (
	"errors"
	"unsafe"
)

// Graph is work that was recorded, to be launched as a whole.
type Graph struct {
	s *Stream
	h unsafe.Pointer
}

// Record makes a graph of the launches that work does on s; nothing runs.
func (s *Stream) Record(work func() error) (*Graph, error) {
	const relaxed = 2 // other threads and calls are not restricted
	if err := s.call(fStreamBeginCapture, "cuda: recording a step", func(f unsafe.Pointer, _ *Library) C.sb_result {
		return C.sb_begin(f, C.sb_handle(s.h), relaxed)
	}); err != nil {
		return nil, err
	}
	failed := work()
	var made C.sb_handle
	err := s.call(fStreamEndCapture, "cuda: recording a step", func(f unsafe.Pointer, _ *Library) C.sb_result { return C.sb_endcapture(f, C.sb_handle(s.h), &made) })
	if made != nil {
		defer s.call(fGraphDestroy, "cuda: recording a step", func(f unsafe.Pointer, _ *Library) C.sb_result { return C.sb_handle1(f, made) })
	}
	if failed != nil || err != nil {
		return nil, errors.Join(failed, err)
	}
	g := &Graph{s: s}
	err = s.call(fGraphInstantiate, "cuda: preparing a recorded step", func(f unsafe.Pointer, _ *Library) C.sb_result {
		return C.sb_instantiate(f, (*C.sb_handle)(&g.h), made)
	})
	if err != nil {
		return nil, err
	}
	return g, nil
}

// Launch runs the graph.
func (g *Graph) Launch() error {
	return g.s.call(fGraphLaunch, "cuda: launching a recorded step", func(f unsafe.Pointer, _ *Library) C.sb_result {
		return C.sb_handle2(f, C.sb_handle(g.h), C.sb_handle(g.s.h))
	})
}

// Close frees the graph.
func (g *Graph) Close() error {
	return g.s.call(fGraphExecDestroy, "cuda: freeing a recorded step", func(f unsafe.Pointer, _ *Library) C.sb_result { return C.sb_handle1(f, C.sb_handle(g.h)) })
}

// Time is how long the device takes for the work that f puts on s, in ms.
func (s *Stream) Time(work func() error) (ms float64, err error) {
	var e [2]C.sb_handle
	doing := "cuda: measuring time"
	for i := range e {
		if err := s.call(fEventCreate, doing, func(f unsafe.Pointer, _ *Library) C.sb_result { return C.sb_make(f, &e[i], 0) }); err != nil {
			return 0, err
		}
		defer s.call(fEventDestroy, doing, func(f unsafe.Pointer, _ *Library) C.sb_result { return C.sb_handle1(f, e[i]) })
	}
	mark := func(i int) error {
		return s.call(fEventRecord, doing, func(f unsafe.Pointer, _ *Library) C.sb_result { return C.sb_handle2(f, e[i], C.sb_handle(s.h)) })
	}
	if err := mark(0); err != nil {
		return 0, err
	}
	if err := work(); err != nil {
		return 0, err
	}
	if err := mark(1); err != nil {
		return 0, err
	}
	if err := s.call(fEventSynchronize, doing, func(f unsafe.Pointer, _ *Library) C.sb_result { return C.sb_handle1(f, e[1]) }); err != nil {
		return 0, err
	}
	var t C.float
	err = s.call(fEventElapsedTime, doing, func(f unsafe.Pointer, _ *Library) C.sb_result { return C.sb_elapsed(f, &t, e[0], e[1]) })
	return float64(t), err
}
