//go:build cgo && linux

package driver

/*
#include <stddef.h>
#include <stdint.h>

typedef int sb_result;
typedef unsigned long long sb_memory;
typedef void *sb_handle;

#define CALL(f, types) ((sb_result (*) types)(f))

static sb_result sb_cooperate(void *f, sb_handle k, unsigned blocks, unsigned threads, sb_handle s, sb_memory a, int64_t b) {
	void *args[] = {&a, &b};
	return CALL(f, (sb_handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, sb_handle, void **))
		(k, blocks, 1, 1, threads, 1, 1, 0, s, args);
}
static sb_result sb_occupancy(void *f, int *n, sb_handle k, int threads) { return CALL(f, (int *, sb_handle, int, size_t))(n, k, threads, 0); }
*/
import "C"

import "fmt"

// Resident is the number of blocks of a kernel that the device holds at the same
// time; 0 if it cannot launch blocks that wait for each other.
func (c *Context) Resident(k Function, threads int) (int, error) {
	if !c.device.Cooperative {
		return 0, nil
	}
	var n C.int
	err := c.in(func() error {
		f := c.lib.f[fOccupancy]
		return c.lib.check(fOccupancy, (C.sb_occupancy(f, &n, C.sb_handle(k.h), C.int(threads))), "cuda: asking how many blocks of "+k.name+" fit")
	})
	return int(n) * c.device.Multiprocessors, err
}

// LaunchTogether is Launch of blocks that wait for each other, of which there are at
// most [Context.Resident].
func (s *Stream) LaunchTogether(k Function, blocks, threads int, a Memory, b int64) error {
	return s.c.in(func() error {
		r := C.sb_cooperate(s.c.lib.f[fLaunchCooperativeKernel], C.sb_handle(k.h), C.unsigned(blocks), C.unsigned(threads), C.sb_handle(s.h), C.sb_memory(a), C.int64_t(b))
		return s.c.lib.check(fLaunchCooperativeKernel, r, fmt.Sprintf("cuda: launching %s in %d blocks of %d threads that wait for each other", k.name, blocks, threads))
	})
}
