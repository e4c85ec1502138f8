//go:build !cgo

// Package ctest gives the worker's tests C code to run, since test files
// themselves cannot use cgo.
package ctest

// Present tells that this program was built with cgo.
const Present = false

// Without cgo there is no C code; tests look at Present first.

func Print(string) {}
func Crash()       {}
func Abort()       {}
func Exit(int)     {}
func Sleep(int)    {}
