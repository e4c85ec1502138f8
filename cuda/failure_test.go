//go:build cgo && linux

package cuda_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/spikebook/spikebook/cuda"
	"github.com/spikebook/spikebook/cuda/driver"
	"github.com/spikebook/spikebook/snn"
	"github.com/spikebook/spikebook/snn/plan"
	"github.com/spikebook/spikebook/snn/plan/plantest"
	"github.com/spikebook/spikebook/snn/ref"
)

// failing makes a call of the driver fail with a code until the test ends.
func failing(t *testing.T, call string) { t.Setenv("SPIKEBOOK_FAKE_FAIL", call) }

// TestFailures lets every call fail in turn: the error names it, and the state is
// as it was.
func TestFailures(t *testing.T) {
	standIn(t)
	p, s := plantest.Spiking()
	_, before := plantest.Spiking()
	good, err := cuda.Device(0, cuda.Graphs).Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	defer good.Close()
	persistent, err := cuda.Device(0).Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	defer persistent.Close()
	for _, call := range []string{"cuLaunchCooperativeKernel", "cuMemsetD8Async", "cuMemcpyHtoDAsync_v2", "cuStreamBeginCapture_v2", "cuLaunchKernel", "cuStreamEndCapture", "cuGraphInstantiateWithFlags", "cuGraphLaunch", "cuMemcpyDtoHAsync_v2", "cuCtxSetCurrent"} {
		t.Run(call, func(t *testing.T) {
			failing(t, call+":700")
			x := good
			if call == "cuLaunchCooperativeKernel" || call == "cuMemsetD8Async" {
				x = persistent
			}
			n, err := x.Run(s, 20, nil)
			var e *driver.Error
			if n != 0 || !errors.As(err, &e) || e.Call != call || !e.Lost() || !strings.Contains(err.Error(), "builds on another backend") {
				t.Fatalf("%d steps and error %v, want none and that of %s", n, err, call)
			}
			if d := plantest.Diff(p, s, before); d != "" {
				t.Errorf("the state has changed: %s", d)
			}
		})
	}
	for _, call := range []string{"cuStreamCreate", "cuModuleLoadData", "cuModuleGetFunction", "cuOccupancyMaxActiveBlocksPerMultiprocessor"} {
		t.Run(call, func(t *testing.T) {
			failing(t, call+":999")
			_, err := cuda.Device(0).Compile(p)
			if err == nil || !strings.Contains(err.Error(), call) {
				t.Fatalf("error %v, want that of %s", err, call)
			}
		})
	}
	// What failed goes on when nothing fails any more.
	if n, err := good.Run(s, 20, nil); n != 20 || err != nil {
		t.Fatalf("%d of 20 steps, error %v", n, err)
	}
	x, _ := ref.New().Compile(p)
	x.Run(before, 20, nil)
	if d := plantest.Diff(p, s, before); d != "" {
		t.Errorf("after the failures: %s", d)
	}
}

// TestOldDriver: a driver that does not know what NVRTC has made says which of the
// two to change.
func TestOldDriver(t *testing.T) {
	standIn(t)
	p, _ := plantest.Spiking()
	for _, code := range []string{"200", "209", "222"} {
		failing(t, "cuModuleLoadData:"+code)
		if _, err := cuda.Device(0).Compile(p); err == nil || !strings.Contains(err.Error(), "newer driver, or an older NVRTC") {
			t.Errorf("code %s: error %v, want one that names driver and NVRTC", code, err)
		}
	}
}

// TestLost: a simulation whose device is lost tells it, keeps the error, and its
// network builds on another backend.
func TestLost(t *testing.T) {
	standIn(t)
	net := snn.New("lost", snn.Dt(1))
	pop := net.Population("pop", snn.Rate("tau*dr/dt = -r", snn.P{"tau": 10}), 3).Init("r", 1)
	sim, err := net.Build(snn.On(cuda.Device(0)))
	if err != nil {
		t.Fatal(err)
	}
	failing(t, "cuMemcpyDtoHAsync_v2:719")
	for range 2 {
		if err := sim.Run(2); err == nil || !strings.Contains(err.Error(), "builds on another backend") {
			t.Fatalf("error %v, want that the device is lost", err)
		}
	}
	if r := sim.Var(pop, "r").Value(); r != 1 {
		t.Errorf("r is %v after the loss, want 1, as it was read last", r)
	}
	other, err := net.Build(snn.On(snn.Ref))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := other.Run(2); err != nil || other.Var(pop, "r").Value() != 0.81 {
		t.Errorf("on Ref: r is %v, error %v; want 0.81", other.Var(pop, "r").Value(), err)
	}
}

// TestTooLarge: memory that the device does not have is an error that tells what
// was asked for and what was free; the description builds elsewhere.
func TestTooLarge(t *testing.T) {
	standIn(t)
	p := &plan.Program{Name: "large", Dt: 1, Buffers: []plan.Buffer{{Name: "x", Len: 1 << 30}, {Name: "y", Len: 1}}}
	p.Ops = []plan.Op{&plan.Reduce{Label: "sum", Operation: "sum", In: 0, Out: 1}}
	_, err := cuda.Device(0).Compile(p)
	if err == nil || !strings.Contains(err.Error(), "8.0 GiB") || !strings.Contains(err.Error(), "of 4.0 GiB free") || !strings.Contains(err.Error(), "cuMemAlloc_v2") {
		t.Fatalf("error %v, want one that tells of 8 GiB asked for and what of 4 GiB was free", err)
	}
}

// TestNoDevice: numbers of GPUs that are not there.
func TestNoDevice(t *testing.T) {
	p, _ := plantest.Spiking()
	for _, n := range []int{-1, 1, 1000} {
		if _, err := cuda.Device(n).Compile(p); err == nil || !strings.Contains(err.Error(), "nvidia-smi") {
			t.Errorf("device %d: error %v, want one that tells how many there are", n, err)
		}
	}
}

// TestGoroutines: simulations on one device run at the same time.
func TestGoroutines(t *testing.T) {
	p, want := plantest.Spiking()
	x, err := ref.New().Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Run(want, 100, nil); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			p, s := plantest.Spiking()
			x, err := cuda.Device(0).Compile(p)
			if err != nil {
				t.Error(err)
				return
			}
			defer x.Close()
			for range 4 {
				if _, err := x.Run(s, 25, nil); err != nil {
					t.Error(err)
				}
			}
			if d := plantest.Diff(p, s, want); d != "" {
				t.Error(d)
			}
		})
	}
	all.Wait()
}

// TestClosed: runs after Close are refused, a second Close does nothing.
func TestClosed(t *testing.T) {
	p, s := plantest.Spiking()
	x, err := cuda.Device(0).Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := x.Run(s, 1, nil); err == nil || !strings.Contains(err.Error(), "Close") {
		t.Errorf("run after Close: error %v", err)
	}
}

// TestWrongLists: connectivity that would make kernels write elsewhere is refused.
func TestWrongLists(t *testing.T) {
	p := &plan.Program{Name: "rows", Dt: 1, Buffers: []plan.Buffer{
		{Name: "rows", Type: plan.I64, Len: 3}, {Name: "targets", Type: plan.I32, Len: 2}, {Name: "out", Len: 2}}}
	p.Ops = []plan.Op{sumOfOnes(plan.Shape{Kind: plan.SparseRows, Pre: 2, Post: 2,
		Sparse: &plan.Sparse{Rows: 0, Targets: 1, Segments: 1, Sources: -1, Columns: -1, Slots: -1}}, 2)}
	x, err := cuda.Device(0).Compile(p)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	for name, c := range map[string]struct {
		rows    []int64
		targets []int32
	}{
		"beyond the end": {[]int64{0, 1, 3}, []int32{0, 1}},
		"descending":     {[]int64{0, 2, 1}, []int32{0, 1}},
		"not from 0":     {[]int64{1, 1, 2}, []int32{0, 1}},
		"no such neuron": {[]int64{0, 1, 2}, []int32{0, 2}},
		"negative":       {[]int64{0, 1, 2}, []int32{-1, 1}},
	} {
		s := plan.NewState(p)
		copy(s.I64[0], c.rows)
		copy(s.I32[1], c.targets)
		if _, err := x.Run(s, 1, nil); err == nil || !strings.Contains(err.Error(), "CheckConnectivity") {
			t.Errorf("%s: error %v", name, err)
		}
	}
	s := plan.NewState(p)
	copy(s.I64[0], []int64{0, 1, 2})
	copy(s.I32[1], []int32{1, 1})
	if _, err := x.Run(s, 1, nil); err != nil || s.F64[2][0] != 0 || s.F64[2][1] != 2 {
		t.Errorf("sums %v, error %v, want 0 and 2", s.F64[2], err)
	}
}
