// Package npy stands in for a package of the toolkit.
package npy

import _ "embed"

//go:embed word.txt
var word string

// Shared is one variable for all cells.
var Shared int

// Word returns the embedded text.
func Word() string { return word }
