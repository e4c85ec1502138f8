//go:build cgo

// Package ctest gives the worker's tests C code to run, since test files
// themselves cannot use cgo.
package ctest

// #include <stdio.h>
// #include <stdlib.h>
// #include <unistd.h>
//
// static void print(const char *s) { fputs(s, stdout); }
// static void crash(void)          { *(volatile int *)8 = 1; }
import "C"

import "unsafe"

// Present tells that this program was built with cgo.
const Present = true

// Print writes text to C's stdout and leaves it in the buffer.
func Print(text string) {
	s := C.CString(text)
	defer C.free(unsafe.Pointer(s))
	C.print(s)
}

// Crash writes to an address that is not mapped.
func Crash() { C.crash() }

// Abort ends the process as a failed assertion does.
func Abort() { C.abort() }

// Exit ends the process.
func Exit(status int) { C.exit(C.int(status)) }

// Sleep waits in C.
func Sleep(seconds int) { C.sleep(C.uint(seconds)) }
