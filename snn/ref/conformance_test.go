package ref_test

import (
	"testing"

	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// TestConformance compares with a walker of the expression trees that shares
// nothing with this package but the functions of vmath and rng.
func TestConformance(t *testing.T) { plantest.Conformance(t, ref.New(), plantest.Naive()) }

// TestConformanceOfBlocks makes everything go over the ends of blocks: they are
// two words of eight marks and some more.
func TestConformanceOfBlocks(t *testing.T) {
	defer ref.SetBlock(21)()
	plantest.Conformance(t, ref.New(), plantest.Naive())
}
