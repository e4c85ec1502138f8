package live

import (
	"slices"
	"sync"
)

var (
	mu    sync.Mutex
	slots = map[int]any{} // slot number → *T
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
