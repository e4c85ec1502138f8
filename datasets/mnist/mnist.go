package mnist

import (
	"context"
	_ "embed"
	"fmt"
	"strings"
	"time"

	"github.com/spikebook/spikebook/kernel/interrupt"
)

//go:generate go run pack.go

// Embedded is the number of training images that are part of the program.
const Embedded = 10_000

// The embedded files. They are variables without initialisers that mention
// them, so that a program that reaches neither Train nor Test is linked without.
var (
	//go:embed data/train-10000-images-idx3-ubyte.gz
	someTrainImages string
	//go:embed data/train-10000-labels-idx1-ubyte.gz
	someTrainLabels string
	//go:embed data/t10k-images-idx3-ubyte.gz
	allTestImages string
	//go:embed data/t10k-labels-idx1-ubyte.gz
	allTestLabels string
)

// Train is the first n of the 60,000 training images. Up to [Embedded] images
// come from the program itself; for more the full set is read from a file or
// downloaded, as the package comment tells, with lines on standard error while
// that goes on. In a notebook an interrupt ends the download; the error is then
// [interrupt.Interrupted].
func Train(n int) (Set, error) {
	if n >= 1 && n <= Embedded {
		return embedded(someTrain, someTrainImages, someTrainLabels, n)
	}
	ctx, stop := untilInterrupt()
	defer stop()
	return DefaultSource().Train(ctx, n)
}

// Test is the first n of the 10,000 test images; it needs no file.
func Test(n int) (Set, error) {
	if err := test.check(n); err != nil {
		return Set{}, err
	}
	return embedded(test, allTestImages, allTestLabels, n)
}

// embedded unpacks the first n images of a pair of embedded files.
func embedded(p pair, images, labels string, n int) (Set, error) {
	var s Set
	var err error
	if s.Images, err = p.images.read(strings.NewReader(images), n); err == nil {
		s.Labels, err = p.labels.read(strings.NewReader(labels), n)
	}
	if err != nil {
		return Set{}, fmt.Errorf("%s: a file in package mnist %w; build the program from an unchanged copy of Spikebook", p.name, err)
	}
	return s, nil
}

// untilInterrupt returns a context that ends when a notebook's stop button is
// pressed.
func untilInterrupt() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(context.Background())
	go func() {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if interrupt.Requested() {
					cancel(interrupt.Interrupted{})
				}
			}
		}
	}()
	return ctx, func() { cancel(nil) }
}
