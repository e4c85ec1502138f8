//go:build cgo && linux

package driver

/*
#include <stddef.h>
#include <stdint.h>

// Our own prototypes of the driver's functions, in the order of the names in
// this file. Handles are pointers, device memory is a number.
typedef int sb_result;
typedef unsigned long long sb_memory;
typedef void *sb_handle;

#define CALL(f, types) ((sb_result (*) types)(f))

static sb_result sb_init(void *f) { return CALL(f, (unsigned))(0); }
static sb_result sb_version(void *f, int *v) { return CALL(f, (int *))(v); }
static sb_result sb_count(void *f, int *n) { return CALL(f, (int *))(n); }
static sb_result sb_device(void *f, int *d, int n) { return CALL(f, (int *, int))(d, n); }
static sb_result sb_name(void *f, char *s, int n, int d) { return CALL(f, (char *, int, int))(s, n, d); }
static sb_result sb_attribute(void *f, int *v, int a, int d) { return CALL(f, (int *, int, int))(v, a, d); }
static sb_result sb_total(void *f, size_t *n, int d) { return CALL(f, (size_t *, int))(n, d); }
static sb_result sb_retain(void *f, sb_handle *c, int d) { return CALL(f, (sb_handle *, int))(c, d); }
static sb_result sb_release(void *f, int d) { return CALL(f, (int))(d); }
static sb_result sb_handle1(void *f, sb_handle h) { return CALL(f, (sb_handle))(h); }
static sb_result sb_handle2(void *f, sb_handle a, sb_handle b) { return CALL(f, (sb_handle, sb_handle))(a, b); }
static sb_result sb_info(void *f, size_t *a, size_t *b) { return CALL(f, (size_t *, size_t *))(a, b); }
static sb_result sb_alloc(void *f, sb_memory *m, size_t n) { return CALL(f, (sb_memory *, size_t))(m, n); }
static sb_result sb_free(void *f, sb_memory m) { return CALL(f, (sb_memory))(m); }
static sb_result sb_up(void *f, sb_memory m, const void *p, size_t n, sb_handle s) { return CALL(f, (sb_memory, const void *, size_t, sb_handle))(m, p, n, s); }
static sb_result sb_down(void *f, void *p, sb_memory m, size_t n, sb_handle s) { return CALL(f, (void *, sb_memory, size_t, sb_handle))(p, m, n, s); }
static sb_result sb_set(void *f, sb_memory m, size_t n, sb_handle s) { return CALL(f, (sb_memory, unsigned char, size_t, sb_handle))(m, 0, n, s); }
static sb_result sb_make(void *f, sb_handle *h, unsigned flags) { return CALL(f, (sb_handle *, unsigned))(h, flags); }
static sb_result sb_load(void *f, sb_handle *m, const void *image) { return CALL(f, (sb_handle *, const void *))(m, image); }
static sb_result sb_function(void *f, sb_handle *k, sb_handle m, const char *name) { return CALL(f, (sb_handle *, sb_handle, const char *))(k, m, name); }
static sb_result sb_launch(void *f, sb_handle k, unsigned blocks, unsigned threads, sb_handle s, sb_memory a, int64_t b) {
	void *args[] = {&a, &b};
	return CALL(f, (sb_handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, sb_handle, void **, void **))
		(k, blocks, 1, 1, threads, 1, 1, 0, s, args, NULL);
}
static sb_result sb_string(void *f, sb_result r, const char **s) { return CALL(f, (sb_result, const char **))(r, s); }
*/
import "C"

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"unsafe"
)

// The driver's functions by their places in Library.f.
const (
	fInit = iota
	fDriverGetVersion
	fDeviceGetCount
	fDeviceGet
	fDeviceGetName
	fDeviceGetAttribute
	fDeviceTotalMem
	fPrimaryCtxRetain
	fPrimaryCtxRelease
	fCtxSetCurrent
	fMemGetInfo
	fMemAlloc
	fMemFree
	fMemcpyHtoDAsync
	fMemcpyDtoHAsync
	fMemsetD8Async
	fStreamCreate
	fStreamDestroy
	fStreamSynchronize
	fModuleLoadData
	fModuleUnload
	fModuleGetFunction
	fLaunchKernel
	fEventCreate
	fEventDestroy
	fEventRecord
	fEventSynchronize
	fEventElapsedTime
	fStreamBeginCapture
	fStreamEndCapture
	fGraphInstantiate
	fGraphLaunch
	fGraphExecDestroy
	fGraphDestroy
	fGetErrorName
	fGetErrorString
	fLaunchCooperativeKernel
	fOccupancy
	functions
)

var names = [functions]string{
	"cuInit", "cuDriverGetVersion", "cuDeviceGetCount", "cuDeviceGet", "cuDeviceGetName", "cuDeviceGetAttribute", "cuDeviceTotalMem_v2",
	"cuDevicePrimaryCtxRetain", "cuDevicePrimaryCtxRelease_v2", "cuCtxSetCurrent", "cuMemGetInfo_v2",
	"cuMemAlloc_v2", "cuMemFree_v2", "cuMemcpyHtoDAsync_v2", "cuMemcpyDtoHAsync_v2", "cuMemsetD8Async",
	"cuStreamCreate", "cuStreamDestroy_v2", "cuStreamSynchronize", "cuModuleLoadData", "cuModuleUnload", "cuModuleGetFunction", "cuLaunchKernel",
	"cuEventCreate", "cuEventDestroy_v2", "cuEventRecord", "cuEventSynchronize", "cuEventElapsedTime",
	"cuStreamBeginCapture_v2", "cuStreamEndCapture", "cuGraphInstantiateWithFlags", "cuGraphLaunch", "cuGraphExecDestroy", "cuGraphDestroy",
	"cuGetErrorName", "cuGetErrorString", "cuLaunchCooperativeKernel", "cuOccupancyMaxActiveBlocksPerMultiprocessor",
}

// check makes an error of a result that is not success.
func (l *Library) check(f int, r C.sb_result, doing string) error {
	if r == 0 {
		return nil
	}
	e := &Error{Call: names[f], Code: int(r), Doing: doing}
	text := func(f int) string {
		var s *C.char
		if C.sb_string(l.f[f], r, &s) != 0 || s == nil {
			return ""
		}
		return C.GoString(s)
	}
	e.Name, e.Text = text(fGetErrorName), text(fGetErrorString)
	if e.Name == "" {
		e.Name = "an unknown error"
	}
	return e
}

// Library is the opened driver.
type Library struct {
	shared *shared
	f      [functions]unsafe.Pointer
	major  int // of the newest CUDA that the driver knows
	minor  int
}

var opened struct {
	sync.Mutex
	lib  *Library
	from string // candidates that were tried
	err  error
}

// Open opens and starts the driver. It is opened once; after a failure, which
// names what was looked for and what to install, the next call tries again.
func Open() (*Library, error) {
	opened.Lock()
	defer opened.Unlock()
	s := forDriver()
	from := fmt.Sprint(s.candidates())
	if opened.lib != nil && opened.from == from {
		return opened.lib, nil
	}
	sh, err := s.open()
	if err != nil {
		return nil, err
	}
	l := &Library{shared: sh}
	if err := sh.fill(names[:], l.f[:]); err != nil {
		return nil, err
	}
	if err := l.check(fInit, C.sb_init(l.f[fInit]), "starting the NVIDIA driver"); err != nil {
		return nil, err
	}
	var v C.int
	if err := l.check(fDriverGetVersion, C.sb_version(l.f[fDriverGetVersion], &v), "asking for the driver's version"); err != nil {
		return nil, err
	}
	l.major, l.minor = int(v)/1000, int(v)%1000/10
	opened.lib, opened.from = l, from
	return l, nil
}

// Path is the name under which the library was found.
func (l *Library) Path() string { return l.shared.name }

// Version is the newest CUDA that the driver knows: 12, 4.
func (l *Library) Version() (major, minor int) { return l.major, l.minor }

// Devices is the number of GPUs.
func (l *Library) Devices() (int, error) {
	var n C.int
	err := l.check(fDeviceGetCount, C.sb_count(l.f[fDeviceGetCount], &n), "counting GPUs")
	return int(n), err
}

// Device is a GPU.
type Device struct {
	Number          int
	Name            string // "NVIDIA H100 80GB HBM3"
	Major, Minor    int    // compute capability
	Memory          int64  // bytes
	Multiprocessors int
	Cooperative     bool // blocks of a kernel may wait for each other

	lib *Library
	id  C.int
}

// Arch is the compute capability as compilers want it: "sm_90".
func (d *Device) Arch() string { return fmt.Sprintf("sm_%d%d", d.Major, d.Minor) }

// Device finds GPU number n, from 0.
func (l *Library) Device(n int) (*Device, error) {
	count, err := l.Devices()
	if err != nil {
		return nil, err
	}
	if n < 0 || n >= count {
		return nil, fmt.Errorf("cuda: device %d, but there are %d GPUs; want 0 to %d: nvidia-smi lists them, CUDA_VISIBLE_DEVICES may hide some", n, count, count-1)
	}
	d := &Device{Number: n, lib: l}
	doing := fmt.Sprintf("asking for the properties of GPU %d", n)
	if err := l.check(fDeviceGet, C.sb_device(l.f[fDeviceGet], &d.id, C.int(n)), doing); err != nil {
		return nil, err
	}
	var name [256]C.char
	if err := l.check(fDeviceGetName, C.sb_name(l.f[fDeviceGetName], &name[0], C.int(len(name)-1), d.id), doing); err != nil {
		return nil, err
	}
	d.Name = C.GoString(&name[0])
	cooperative := 0
	for _, a := range []struct {
		number int // of the CUdevice_attribute
		to     *int
	}{{75, &d.Major}, {76, &d.Minor}, {16, &d.Multiprocessors}, {95, &cooperative}} {
		var v C.int
		if err := l.check(fDeviceGetAttribute, C.sb_attribute(l.f[fDeviceGetAttribute], &v, C.int(a.number), d.id), doing); err != nil {
			return nil, err
		}
		*a.to = int(v)
	}
	d.Cooperative = cooperative != 0
	var total C.size_t
	if err := l.check(fDeviceTotalMem, C.sb_total(l.f[fDeviceTotalMem], &total, d.id), doing); err != nil {
		return nil, err
	}
	d.Memory = int64(total)
	return d, nil
}

// Context is the primary context of a device, and a pool of its memory.
type Context struct {
	device *Device
	lib    *Library
	h      unsafe.Pointer

	mu   sync.Mutex
	free map[int64][]Memory // blocks to be used again, by size
	kept int64              // bytes in free
}

// Memory is a piece of device memory; 0 is none. It may be added to.
type Memory uint64

// Context retains the primary context of d.
func (d *Device) Context() (*Context, error) {
	c := &Context{device: d, lib: d.lib, free: map[int64][]Memory{}}
	err := d.lib.check(fPrimaryCtxRetain, C.sb_retain(d.lib.f[fPrimaryCtxRetain], (*C.sb_handle)(&c.h), d.id), "starting to use GPU "+d.Name)
	if err != nil {
		return nil, err
	}
	return c, nil
}

// Close gives the pool's memory back and releases the context. What was made in it
// is gone.
func (c *Context) Close() error {
	return errors.Join(c.Trim(), c.lib.check(fPrimaryCtxRelease, C.sb_release(c.lib.f[fPrimaryCtxRelease], c.device.id), "releasing GPU "+c.device.Name))
}

// in does f on a thread in which the context is current.
func (c *Context) in(f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := c.lib.check(fCtxSetCurrent, C.sb_handle1(c.lib.f[fCtxSetCurrent], C.sb_handle(c.h)), "switching to GPU "+c.device.Name); err != nil {
		return err
	}
	return f()
}

// Free is the number of bytes that the device has free, without the pool's.
func (c *Context) Free() (int64, error) {
	var free, total C.size_t
	err := c.in(func() error {
		return c.lib.check(fMemGetInfo, C.sb_info(c.lib.f[fMemGetInfo], &free, &total), "asking how much memory is free")
	})
	return int64(free), err
}

// rounded is the size of the block that n bytes get: multiples of 512 bytes, of
// 2 MB for large ones, so that blocks can be used again.
func rounded(n int64) int64 {
	unit := int64(512)
	if n > 1<<20 {
		unit = 2 << 20
	}
	return (max(n, 1) + unit - 1) / unit * unit
}

// Alloc finds n bytes, not zeroed, in the pool or on the device. An error names
// what was asked for and what was free.
func (c *Context) Alloc(n int64) (Memory, error) {
	size := rounded(n)
	c.mu.Lock()
	defer c.mu.Unlock()
	if list := c.free[size]; len(list) > 0 {
		m := list[len(list)-1]
		c.free[size] = list[:len(list)-1]
		c.kept -= size
		return m, nil
	}
	m, err := c.alloc(size)
	if e := (*Error)(nil); errors.As(err, &e) && e.Code == codeOutOfMemory && c.kept > 0 {
		if err := c.trim(); err != nil {
			return 0, err
		}
		m, err = c.alloc(size)
	}
	return m, err
}

// Fits tells whether the device could have n bytes for us, were it empty.
func (c *Context) Fits(n int64) error {
	if n <= c.device.Memory {
		return nil
	}
	free, err := c.Free()
	if err != nil {
		return err
	}
	return c.lib.check(fMemAlloc, codeOutOfMemory, c.wanting(n, free, c.device.Memory))
}

func (c *Context) wanting(n, free, total int64) string {
	return fmt.Sprintf("cuda: %s on %s, which has %s of %s free", bytes(n), c.device.Name, bytes(free), bytes(total))
}

func (c *Context) alloc(size int64) (Memory, error) {
	var m C.sb_memory
	err := c.in(func() error {
		r := C.sb_alloc(c.lib.f[fMemAlloc], &m, C.size_t(size))
		if r == 0 {
			return nil
		}
		var free, total C.size_t
		C.sb_info(c.lib.f[fMemGetInfo], &free, &total)
		return c.lib.check(fMemAlloc, r, c.wanting(size, int64(free), int64(total)))
	})
	return Memory(m), err
}

// bytes writes a size as people do.
func bytes(n int64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d bytes", n)
}

// Release puts n bytes from Alloc back into the pool. No work on the device may
// be left that uses them: call Wait before.
func (c *Context) Release(m Memory, n int64) {
	if m == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	size := rounded(n)
	c.free[size] = append(c.free[size], m)
	c.kept += size
}

// Trim gives the pool's memory back to the device.
func (c *Context) Trim() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.trim()
}

func (c *Context) trim() error {
	return c.in(func() error {
		var errs []error
		for _, list := range c.free {
			for _, m := range list {
				errs = append(errs, c.lib.check(fMemFree, C.sb_free(c.lib.f[fMemFree], C.sb_memory(m)), "freeing device memory"))
			}
		}
		clear(c.free)
		c.kept = 0
		return errors.Join(errs...)
	})
}

// Module is compiled code on the device.
type Module struct {
	c *Context
	h unsafe.Pointer
}

// Load loads a cubin, or PTX that ends with a zero byte.
func (c *Context) Load(image []byte) (*Module, error) {
	m := &Module{c: c}
	err := c.in(func() error {
		return c.lib.check(fModuleLoadData, C.sb_load(c.lib.f[fModuleLoadData], (*C.sb_handle)(&m.h), unsafe.Pointer(unsafe.SliceData(image))),
			fmt.Sprintf("cuda: loading %d bytes of compiled kernels onto %s (%s)", len(image), c.device.Name, c.device.Arch()))
	})
	runtime.KeepAlive(image)
	if err != nil {
		return nil, err
	}
	return m, nil
}

// Unload removes the module; its functions may not be launched any more.
func (m *Module) Unload() error {
	return m.c.in(func() error {
		return m.c.lib.check(fModuleUnload, C.sb_handle1(m.c.lib.f[fModuleUnload], C.sb_handle(m.h)), "unloading kernels")
	})
}

// Function is a kernel of a module.
type Function struct {
	h    unsafe.Pointer
	name string
}

// Function finds a kernel by its name.
func (m *Module) Function(name string) (Function, error) {
	f := Function{name: name}
	n := append([]byte(name), 0)
	err := m.c.in(func() error {
		return m.c.lib.check(fModuleGetFunction, C.sb_function(m.c.lib.f[fModuleGetFunction], (*C.sb_handle)(&f.h), C.sb_handle(m.h), (*C.char)(unsafe.Pointer(&n[0]))),
			"cuda: looking for kernel "+name)
	})
	return f, err
}

// Stream is a queue of work on the device.
type Stream struct {
	c    *Context
	h    unsafe.Pointer
	sent runtime.Pinner // what copies that are on their way read
}

// Stream makes a queue.
func (c *Context) Stream() (*Stream, error) {
	s := &Stream{c: c}
	const nonBlocking = 1 // does not wait for the default stream
	err := c.in(func() error {
		return c.lib.check(fStreamCreate, C.sb_make(c.lib.f[fStreamCreate], (*C.sb_handle)(&s.h), nonBlocking), "making a stream on "+c.device.Name)
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// call does one call on the stream in its context.
func (s *Stream) call(f int, doing string, call func(f unsafe.Pointer, l *Library) C.sb_result) error {
	return s.c.in(func() error { return s.c.lib.check(f, call(s.c.lib.f[f], s.c.lib), doing) })
}

// Close removes the queue once its work is done.
func (s *Stream) Close() error {
	return s.call(fStreamDestroy, "closing a stream", func(f unsafe.Pointer, _ *Library) C.sb_result { return C.sb_handle1(f, C.sb_handle(s.h)) })
}

// Wait waits for all work of the queue. Errors of kernels show here.
func (s *Stream) Wait() error {
	defer s.sent.Unpin()
	return s.call(fStreamSynchronize, "cuda: waiting for "+s.c.device.Name, func(f unsafe.Pointer, _ *Library) C.sb_result {
		return C.sb_handle1(f, C.sb_handle(s.h))
	})
}

// Upload copies p to the device. p may be changed when it returns.
func (s *Stream) Upload(to Memory, p []byte) error {
	if err := s.Send(to, p); err != nil || len(p) == 0 {
		return err
	}
	return s.Wait()
}

// Send is Upload without waiting: p may be changed after the next Wait or Download.
func (s *Stream) Send(to Memory, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	s.sent.Pin(unsafe.SliceData(p))
	return s.call(fMemcpyHtoDAsync, fmt.Sprintf("cuda: copying %s to %s", bytes(int64(len(p))), s.c.device.Name), func(f unsafe.Pointer, l *Library) C.sb_result {
		return C.sb_up(f, C.sb_memory(to), unsafe.Pointer(unsafe.SliceData(p)), C.size_t(len(p)), C.sb_handle(s.h))
	})
}

// Download copies from the device into p, after waiting for the queue.
func (s *Stream) Download(p []byte, from Memory) error {
	if len(p) == 0 {
		return nil
	}
	defer s.sent.Unpin()
	return s.call(fMemcpyDtoHAsync, fmt.Sprintf("cuda: copying %s from %s", bytes(int64(len(p))), s.c.device.Name), func(f unsafe.Pointer, l *Library) C.sb_result {
		if r := C.sb_down(f, unsafe.Pointer(unsafe.SliceData(p)), C.sb_memory(from), C.size_t(len(p)), C.sb_handle(s.h)); r != 0 {
			return r
		}
		return C.sb_handle1(l.f[fStreamSynchronize], C.sb_handle(s.h))
	})
}

// Zero sets n bytes to 0.
func (s *Stream) Zero(m Memory, n int64) error {
	return s.call(fMemsetD8Async, "cuda: zeroing device memory", func(f unsafe.Pointer, _ *Library) C.sb_result {
		return C.sb_set(f, C.sb_memory(m), C.size_t(n), C.sb_handle(s.h))
	})
}

// Launch runs a kernel of two arguments, a pointer and a 64-bit number.
func (s *Stream) Launch(k Function, blocks, threads int, a Memory, b int64) error {
	return s.call(fLaunchKernel, fmt.Sprintf("cuda: launching %s in %d blocks of %d threads", k.name, blocks, threads), func(f unsafe.Pointer, _ *Library) C.sb_result {
		return C.sb_launch(f, C.sb_handle(k.h), C.unsigned(blocks), C.unsigned(threads), C.sb_handle(s.h), C.sb_memory(a), C.int64_t(b))
	})
}
