package comm

import (
	"fmt"
	"sync/atomic"
)

// render makes the forms of a value; set by the worker.
var render atomic.Pointer[func(values ...any) (data, metadata map[string]any)]

// SetRender sets how [Bundle] shows values. The worker calls it once.
func SetRender(f func(values ...any) (data, metadata map[string]any)) { render.Store(&f) }

// Bundle returns the forms of a value by mime type, as a cell that ends with it
// shows it, and their metadata by mime type. Without a notebook it is text.
func Bundle(value any) (data, metadata map[string]any) {
	if f := render.Load(); f != nil {
		return (*f)(value)
	}
	return map[string]any{"text/plain": fmt.Sprint(value)}, nil
}
