// Package clib shows that the worker may use C.
package clib

// static int six(void) { return 6; }
import "C"

// Six asks C.
func Six() int { return int(C.six()) }
