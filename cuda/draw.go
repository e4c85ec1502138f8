//go:build cgo && linux

package cuda

import (
	"fmt"
	"math"

	"github.com/spikebook/spikebook/cuda/driver"
	"github.com/spikebook/spikebook/snn/model"
	"github.com/spikebook/spikebook/snn/plan"
)

// drawTable is sb_draws.
type drawTable struct {
	to, rows, targets        driver.Memory
	n, segments, slots, post int64
	diagonal, k0, k1         int64
	a, b, lo, hi             float64
}

var drawNames = map[model.Dist]string{
	model.UniformDist: "uniform", model.NormalDist: "normal", model.LogNormalDist: "lognormal", model.ExponentialDist: "exponential",
}

// Draw fills a buffer of the state that is kept on the device, if it is large.
func (x *executor) Draw(buffer int, d plan.Draws) (bool, error) {
	b, err := x.block(buffer)
	if b == nil || err != nil {
		return false, err
	}
	of := x.p.Buffers[buffer]
	name, known := drawNames[d.Dist]
	if !known || of.Part != nil || of.Len < drawAtLeast || of.Type != plan.F32 && of.Type != plan.F64 || x.blocks[buffer] == nil {
		return false, nil
	}
	t := drawTable{to: b.m, n: int64(of.Len), post: int64(d.Post), diagonal: int64(d.Diagonal),
		k0: int64(d.Key[0]), k1: int64(d.Key[1]), a: d.Args[0], b: d.Args[1], lo: d.Lo, hi: d.Hi}
	if d.Lo == 0 && d.Hi == 0 {
		t.lo, t.hi = math.Inf(-1), math.Inf(1)
	}
	if r := d.Pairs; r != nil {
		rows, targets := x.blocks[x.root(r.Rows)], x.blocks[x.root(r.Targets)]
		if rows == nil || targets == nil {
			return false, nil
		}
		for i, l := range map[int]*block{x.root(r.Rows): rows, x.root(r.Targets): targets} {
			if err := l.send(x.stream, values(x.p.Buffers[i].Type, x.kept, i)); err != nil {
				return false, err
			}
		}
		t.rows, t.targets, t.segments, t.slots = rows.m, targets.m, int64(x.p.Buffers[r.Rows].Len-1), int64(r.Segments)
	}
	kernel, err := x.gpu.drawing(name + map[plan.Type]string{plan.F32: "_float", plan.F64: "_double"}[of.Type])
	if err != nil {
		return false, err
	}
	text := raw([]drawTable{t})
	table, err := x.gpu.Alloc(int64(len(text)))
	if err != nil {
		return false, err
	}
	defer x.gpu.Release(table, int64(len(text)))
	if err := x.stream.Upload(table, text); err != nil {
		return false, err
	}
	if err := x.stream.Launch(kernel, blocksFor(t.n), blockSize, table, 0); err != nil {
		return false, fmt.Errorf("drawing %s: %w", of.Name, err)
	}
	b.mark(theDevice)
	return true, x.stream.Wait()
}

// drawing finds a kernel that draws, which are loaded when the first is wanted.
func (g *gpu) drawing(name string) (driver.Function, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.draws == nil {
		source, err := drawSource()
		if err != nil {
			return driver.Function{}, err
		}
		c, err := driver.OpenCompiler()
		if err != nil {
			return driver.Function{}, err
		}
		arch, err := target(g.device, c)
		if err != nil {
			return driver.Function{}, err
		}
		image, err := compiled(c, source, arch)
		if err != nil {
			return driver.Function{}, err
		}
		if g.draws, err = g.Load(image); err != nil {
			return driver.Function{}, err
		}
	}
	return g.draws.Function("sb_each_" + name)
}
