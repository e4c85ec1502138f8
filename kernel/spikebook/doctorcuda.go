package main

import "github.com/spikebook/spikebook/cuda"

// checkCUDA describes the GPU and its libraries. Nothing needs them.
func checkCUDA(c *checkup) {
	text, ok := cuda.Describe()
	if ok {
		c.line("ok", "CUDA", text)
	} else {
		c.line("absent", "CUDA", text)
	}
}
