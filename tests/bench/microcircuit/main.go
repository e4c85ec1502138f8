// Microcircuit times the cortical microcircuit of Potjans and Diesmann (2014):
// 77,169 leaky integrate-and-fire neurons and 3·10⁸ synapses at full scale.
//
//	go run ./tests/bench/microcircuit -scale 1 -time 1s
//
// It prints the time for making the network, seconds of computing per
// biological second, and the rate of every population beside the published one.
package main

import (
	"flag"
	"fmt"
	"log"
	"math"
	"time"

	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/tests/bench/networks"
)

func main() {
	scale := flag.Float64("scale", 1, "neurons, and synapses per neuron, as parts of the full model")
	simulated := flag.Duration("time", time.Second, "biological time, after 200 ms to settle")
	backend := flag.String("backend", "cc", "cc, ref, cuda or cuda-fast")
	flag.Parse()
	log.SetFlags(0)
	on := map[string]snn.Backend{"cc": snn.CC, "ref": snn.Ref, "cuda": cuda.Device(0), "cuda-fast": cuda.Device(0, cuda.Fast)}[*backend]
	duration := snn.Time(simulated.Milliseconds())
	if on == nil || !(*scale > 0 && *scale <= 1) || duration <= 0 {
		log.Fatalf("microcircuit: -backend %s -scale %g -time %v, want cc, ref, cuda or cuda-fast, a scale above 0 and at most 1, and at least 1 ms", *backend, *scale, *simulated)
	}

	begin := time.Now()
	net, rasters := networks.Microcircuit(*scale)
	sim, err := net.Build(snn.On(on))
	if err != nil {
		log.Fatal(err)
	}
	neurons, total := 0, 0
	for i := range networks.Names {
		neurons += networks.Size(i, *scale)
		for j := range networks.Names {
			total += int(math.Round(networks.Synapses(i, j) * *scale * *scale))
		}
	}
	fmt.Printf("%d neurons, %d synapses, made in %.1f s\n", neurons, total, time.Since(begin).Seconds())

	const settle = 200 * snn.Millisecond
	if err := sim.Run(settle); err != nil {
		log.Fatal(err)
	}
	begin = time.Now()
	if err := sim.Run(duration); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%.2f s per biological second on %s\n", time.Since(begin).Seconds()/(float64(duration)/1000), sim.Backend())
	fmt.Println("population  rate (Hz)  published  difference")
	for i, name := range networks.Names {
		rate := sim.Spikes(rasters[i]).Between(settle, settle+duration).Rate(duration)
		fmt.Printf("%-10s  %9.3f  %9.3f  %+8.1f %%\n", name, rate, networks.Published[i], 100*(rate/networks.Published[i]-1))
	}
}
