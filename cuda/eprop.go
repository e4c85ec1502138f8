package cuda

import (
	_ "embed"
	"fmt"

	"github.com/spikebook/spikebook/snn/eprop"
)

//go:embed eprop.cu
var epropKernels string

// epropSource is the whole text of the kernels of e-prop. It has neither sizes nor
// parameters in it, so it is compiled once for a device.
func epropSource() (string, error) {
	t := newText()
	t.calls["Exp"], t.calls["Log"] = true, true
	s, err := t.source(0)
	return s + epropKernels, err
}

// CompileEprop makes what trains p by e-prop on the device:
//
//	sim, err := net.Build(eprop.On(cuda.Device(0)))
func (b *backend) CompileEprop(p *eprop.Program) (eprop.Executor, error) {
	source, err := epropSource()
	if err != nil {
		return nil, fmt.Errorf("cuda: e-prop: %w", err)
	}
	return newEpropExecutor(p, source, b.n)
}

// CompileOnline makes what runs p on the device, likewise.
func (b *backend) CompileOnline(p *eprop.OnlineProgram) (eprop.OnlineExecutor, error) {
	source, err := epropSource()
	if err != nil {
		return nil, fmt.Errorf("cuda: e-prop: %w", err)
	}
	return newOnlineExecutor(p, source, b.n)
}
