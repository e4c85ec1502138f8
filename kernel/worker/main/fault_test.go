package main

import "unsafe"

// faultAt reads an address that is not mapped.
func faultAt(address uintptr) int {
	p := *(*unsafe.Pointer)(unsafe.Pointer(&address))
	return *(*int)(p)
}
