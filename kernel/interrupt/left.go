package interrupt

import (
	"slices"
	"sync"
	"sync/atomic"
	"unsafe"
)

// An Owner stands for a goroutine and all that it starts: they share the
// profiler labels (runtime/pprof) that the worker gives each run of a cell.
type Owner struct{ labels unsafe.Pointer }

// left counts the owners that were left behind; owners lists them.
var (
	left    atomic.Uint32
	owners  atomic.Pointer[[]unsafe.Pointer]
	leaving sync.Mutex // held to change the two
)

// Self returns the owner of the calling goroutine, which must have labels.
func Self() Owner { return Owner{profileLabels()} }

// Leave stops everything of an owner from now on, whatever the word says: each
// of its goroutines ends when it next looks. The worker leaves a run behind that
// an interrupt did not reach, and the next cell may clear the word.
//
// While an owner is left behind, the checks of all others cost some nanoseconds.
func Leave(o Owner) { change(o, true) }

// Forget takes Leave back.
func Forget(o Owner) { change(o, false) }

func change(o Owner, leave bool) {
	if o.labels == nil {
		return // goroutines without labels are everybody's
	}
	leaving.Lock()
	defer leaving.Unlock()
	var list []unsafe.Pointer
	if old := owners.Load(); old != nil {
		list = slices.DeleteFunc(slices.Clone(*old), func(p unsafe.Pointer) bool { return p == o.labels })
	}
	if leave {
		list = append(list, o.labels)
	}
	owners.Store(&list)
	left.Store(uint32(len(list)))
}

// requested is the slow path of Requested: either everybody is asked to stop, or
// some were left behind.
func requested() bool {
	if word.Load() != 0 {
		return true
	}
	list := owners.Load()
	if list == nil || len(*list) == 0 {
		return false
	}
	labels := profileLabels()
	return labels != nil && slices.Contains(*list, labels)
}

// profileLabels returns the labels of the calling goroutine. The runtime promises
// to keep this link for packages outside the standard library.
//
//go:linkname profileLabels runtime/pprof.runtime_getProfLabel
func profileLabels() unsafe.Pointer
