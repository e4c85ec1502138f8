//go:build cgo && linux

package driver

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"unsafe"
)

// shared is an open library.
type shared struct {
	handle unsafe.Pointer
	name   string // as it was found
}

// open opens the first candidate that can be loaded.
func (s search) open() (*shared, error) {
	// dlerror is kept per thread.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var said []string
	for _, c := range s.candidates() {
		name := C.CString(c)
		h := C.dlopen(name, C.RTLD_NOW|C.RTLD_LOCAL)
		C.free(unsafe.Pointer(name))
		if h != nil {
			return &shared{h, c}, nil
		}
		text := C.GoString(C.dlerror())
		if filepath.IsAbs(c) {
			if _, err := os.Stat(c); err == nil {
				said = append(said, text)
			}
		}
	}
	return nil, s.notFound(said)
}

// symbol is a function of the library. Old libraries lack new functions.
func (l *shared) symbol(name string) (unsafe.Pointer, error) {
	n := C.CString(name)
	defer C.free(unsafe.Pointer(n))
	p := C.dlsym(l.handle, n)
	if p == nil {
		return nil, fmt.Errorf("cuda: %s has no function %s; want version 11.2 or newer: install a newer driver or NVRTC", l.name, name)
	}
	return p, nil
}

// fill looks up functions by name.
func (l *shared) fill(names []string, to []unsafe.Pointer) error {
	for i, n := range names {
		p, err := l.symbol(n)
		if err != nil {
			return err
		}
		to[i] = p
	}
	return nil
}

func free(p unsafe.Pointer) { C.free(p) }
