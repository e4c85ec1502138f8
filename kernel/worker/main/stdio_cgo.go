//go:build cgo

package main

// #include <stdio.h>
//
// static void line_buffer(void) { setvbuf(stdout, NULL, _IOLBF, 0); }
// static void flush_all(void)   { fflush(NULL); }
import "C"

// lineBufferC makes C's stdout, which would be fully buffered on a pipe, deliver
// whole lines. All plugins share this C library.
func lineBufferC() { C.line_buffer() }

// flushC writes what C code has printed and the C library still holds.
func flushC() { C.flush_all() }
