package live

import (
	"slices"
	"sync"
	"unsafe"
)

var (
	mu      sync.Mutex
	slots   = map[int]any{} // slot number → *T
	defined []int           // slots that were defined since [TakeDefined]
)

// Bind returns the heap cell of a slot, made zero when the slot is new. A slot
// that is already bound keeps its memory and its value.
//
// The kernel gives a variable whose type changes a new slot, so T agrees with
// what the slot holds. Should it not, the slot starts again at zero: the old
// memory stays valid for the code that holds its pointer.
func Bind[T any](slot int) *T {
	mu.Lock()
	defer mu.Unlock()
	if p, ok := slots[slot].(*T); ok {
		return p
	}
	p := new(T)
	slots[slot] = p
	return p
}

// Carry binds a slot to the memory of another one, whose variable has a type of
// the same layout: a type was declared again with more methods, and the
// variables of the older type go on with the newer one. Code that was compiled
// before keeps its pointer to the same memory. If the other slot is not bound
// the variable begins at zero.
//
// The kernel compares the layouts, down through all that the type mentions. The
// collector goes by the type with which memory was allocated, so it is content
// with either.
func Carry[T any](slot, from int) *T {
	mu.Lock()
	defer mu.Unlock()
	if p, ok := slots[slot].(*T); ok {
		return p
	}
	p := new(T)
	if old, ok := slots[from]; ok {
		// An interface that holds a pointer is two words: type and pointer.
		p = (*T)((*[2]unsafe.Pointer)(unsafe.Pointer(&old))[1])
	}
	slots[slot] = p
	return p
}

// Defined notes that the statement which defines the variables of these slots
// has run. A cell that stops before defines nothing.
func Defined(numbers ...int) {
	mu.Lock()
	defer mu.Unlock()
	for _, n := range numbers {
		if !slices.Contains(defined, n) {
			defined = append(defined, n)
		}
	}
}

// TakeDefined returns the slots that were defined since its last call, in order.
func TakeDefined() []int {
	mu.Lock()
	defer mu.Unlock()
	list := defined
	defined = nil
	return list
}

// Slot is one bound variable.
type Slot struct {
	Number int
	Value  any // pointer to the variable: *T
}

// Slots returns all bound slots in ascending order of their numbers.
func Slots() []Slot {
	mu.Lock()
	defer mu.Unlock()
	all := make([]Slot, 0, len(slots))
	for n, p := range slots {
		all = append(all, Slot{n, p})
	}
	slices.SortFunc(all, func(a, b Slot) int { return a.Number - b.Number })
	return all
}

// Lookup returns the pointer (*T) of a slot, or nil if the slot is not bound.
func Lookup(slot int) any {
	mu.Lock()
	defer mu.Unlock()
	return slots[slot]
}

// Drop forgets a slot, so that its memory can be collected once no code refers
// to it. Dropping a slot that is not bound does nothing.
func Drop(slot int) {
	mu.Lock()
	defer mu.Unlock()
	delete(slots, slot)
}
