// Command cgen translates packages vmath and rng to C, operation by operation,
// so that backends written in C compute the same bits. It understands the small
// part of Go these packages keep to: functions of numbers and small structs,
// assignments, if, for and return. It refuses a product of floating-point
// numbers that is not inside a conversion float64(…), because Go may fuse it
// with a later sum on some machines.
//
//	go generate ./snn/vmath/csource
//
// A function with the comment "c:noinline" is not to be inlined.
package main

import (
	"fmt"
	"os"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: cgen SNN-FOLDER OUTPUT")
		os.Exit(2)
	}
	text, err := translate(os.Args[1])
	if err == nil {
		err = os.WriteFile(os.Args[2], []byte(text), 0o666)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "cgen:", err)
		os.Exit(1)
	}
}
