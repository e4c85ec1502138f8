//go:build !cgo

package cc

import (
	"errors"
	"sync/atomic"
	"unsafe"

	"github.com/spikebook/spikebook/snn/plan"
)

const haveCgo = false

var errNoCgo = errors.New("built without cgo")

type library struct{}

func open(string) (*library, error) { return nil, errNoCgo }
func (*library) close()             {}

type memory struct {
	got  []int64
	rest []byte
}

func newMemory(*unit, int, int) (*memory, error)                { return nil, errNoCgo }
func (*memory) bind(*plan.Program, *plan.State)                 {}
func (*memory) sample(int, unsafe.Pointer, unsafe.Pointer, int) {}
func (*memory) release()                                        {}
func (*memory) free()                                           {}
func (*memory) share(int, sharing)                              {}
func (*memory) helpers(*library, int) func()                    { return func() {} }

func (*memory) run(*library, int64, int64, *atomic.Uint32) int64 { return 0 }
