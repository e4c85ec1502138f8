// Mushroom times training and testing of the mushroom body (notebook
// mushroom_body) in images per second: on one thread, on two, in a batch of two
// copies, and in pure Go. It prints one JSON object.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/spikebook/spikebook/datasets/mnist"
	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/tests/bench/networks"
)

type network struct{ networks.Mushroom }

func (n network) present(sim *snn.Sim, images mnist.Set, i int) {
	if err := n.Present(sim, images, i); err != nil {
		fail(err)
	}
}

// rate is images per second over at least a second.
func (n network) rate(on snn.Backend, images mnist.Set) float64 {
	sim, err := n.Net.Build(snn.On(on))
	if err != nil {
		fail(err)
	}
	defer sim.Close()
	n.present(sim, images, 0)
	begin, done := time.Now(), 0
	for time.Since(begin) < *seconds {
		done++
		n.present(sim, images, done)
	}
	return float64(done) / time.Since(begin).Seconds()
}

func (n network) batchRate(copies int, images mnist.Set) float64 {
	sim, err := n.Net.Build(snn.On(snn.CC))
	if err != nil {
		fail(err)
	}
	batch, err := sim.Batch(copies)
	if err != nil {
		fail(err)
	}
	done := make(chan int)
	begin := time.Now()
	for c := range copies {
		go func() {
			k := 0
			for ; time.Since(begin) < *seconds; k++ {
				n.present(batch.Sim(c), images, c+k*copies)
			}
			done <- k
		}()
	}
	total := 0
	for range copies {
		total += <-done
	}
	return float64(total) / time.Since(begin).Seconds()
}

var seconds = flag.Duration("for", 3*time.Second, "how long to run each")

func main() {
	flag.Parse()
	images, err := mnist.Test(10_000)
	if err != nil {
		fail(err)
	}
	train, test := network{networks.NewMushroom(true)}, network{networks.NewMushroom(false)}
	json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"train, one thread": train.rate(snn.CCOn(1), images), "train, two threads": train.rate(snn.CCOn(2), images),
		"test, one thread": test.rate(snn.CCOn(1), images), "test, two copies": test.batchRate(2, images),
		"train, pure Go": train.rate(snn.Ref, images),
	})
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "mushroom:", err)
	os.Exit(1)
}
