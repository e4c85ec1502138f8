//go:build cgo && linux

package cuda

import (
	"sync"
	"sync/atomic"
	"unsafe"

	"github.com/spikebook/spikebook/cuda/driver"
	"github.com/spikebook/spikebook/snn/plan"
)

// contexts are the devices in use. A primary context is retained once for the life
// of the process.
var contexts struct {
	sync.Mutex
	lib    *driver.Library
	opened map[int]*gpu
}

// gpu is a device with its context.
type gpu struct {
	*driver.Context
	device *driver.Device

	mu      sync.Mutex
	arrays  map[array]*block
	wirings map[wiringKey]*wired
	draws   *driver.Module // see drawing
}

func open(n int) (*gpu, error) {
	contexts.Lock()
	defer contexts.Unlock()
	l, err := driver.Open()
	if err != nil {
		return nil, err
	}
	if contexts.lib != l {
		contexts.lib, contexts.opened = l, map[int]*gpu{}
	}
	if g := contexts.opened[n]; g != nil {
		return g, nil
	}
	d, err := l.Device(n)
	if err != nil {
		return nil, err
	}
	c, err := d.Context()
	if err != nil {
		return nil, err
	}
	g := &gpu{Context: c, device: d, arrays: map[array]*block{}, wirings: map[wiringKey]*wired{}}
	contexts.opened[n] = g
	return g, nil
}

// array names an array of the host. A block that stands for it keeps it alive, so no
// other array gets its name.
type array struct {
	first *byte
	bytes int
}

func arrayOf(values []byte) array { return array{unsafe.SliceData(values), len(values)} }

// block is device memory that stands for an array of the host. Executors that keep
// states with that array share it: copies of a batch what no step writes, updates
// and the network's step everything.
type block struct {
	m      driver.Memory
	of     array
	shared bool         // it is in gpu.arrays
	users  atomic.Int32 // changed under gpu.mu

	mu     sync.Mutex
	ahead  side
	writes int // how often the host's values were sent
}

// side says whose values are newer.
type side uint8

const (
	neither side = iota
	theHost
	theDevice
)

// hold finds or makes the block of an array, whose values are those of the host.
func (g *gpu) hold(values []byte, shared bool) (*block, error) {
	key := arrayOf(values)
	g.mu.Lock()
	defer g.mu.Unlock()
	shared = shared && len(values) > 0
	if b := g.arrays[key]; shared && b != nil {
		b.users.Add(1)
		return b, nil
	}
	m, err := g.Alloc(int64(len(values)))
	if err != nil {
		return nil, err
	}
	b := &block{m: m, of: key, shared: shared, ahead: theHost}
	b.users.Store(1)
	if shared {
		g.arrays[key] = b
	}
	return b, nil
}

// find is the block of an array, or nil.
func (g *gpu) find(values []byte) *block {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.arrays[arrayOf(values)]
}

// leave ends one user's use of a block.
func (g *gpu) leave(b *block) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if b.users.Add(-1) > 0 {
		return
	}
	if b.shared {
		delete(g.arrays, b.of)
	}
	g.Release(b.m, int64(b.of.bytes))
}

// send copies the host's values to the device where these are newer. It has arrived when it
// returns if others read the block too.
func (b *block) send(s *driver.Stream, values []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ahead != theHost {
		return nil
	}
	var err error
	if b.shared && b.users.Load() > 1 {
		err = s.Upload(b.m, values)
	} else {
		err = s.Send(b.m, values)
	}
	if err == nil {
		b.ahead = neither
		b.writes++
	}
	return err
}

// fetch copies the device's values to the host where these are newer.
func (b *block) fetch(s *driver.Stream, values []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.ahead != theDevice {
		return nil
	}
	if err := s.Download(values, b.m); err != nil {
		return err
	}
	b.ahead = neither
	return nil
}

// mark says whose values are newer from now on.
func (b *block) mark(by side) {
	b.mu.Lock()
	b.ahead = by
	b.mu.Unlock()
}

// wired is the wiring of a list of synapses on the device, shared like blocks.
type wired struct {
	key   wiringKey
	m     [4]driver.Memory // sources, columns, slots, whether they are sorted
	size  [4]int64
	users int

	mu    sync.Mutex
	known bool
	of    [2]int // writes of the blocks of rows and targets that it was made of
}

// wiringKey names the arrays that a wiring is made of.
type wiringKey struct {
	rows, targets  array
	post, segments int
	columns        bool
}

// wiring finds or makes room for the wiring of a shape of a state.
func (g *gpu) wiring(l lists, rows, targets []byte, shared bool) (*wired, error) {
	key := wiringKey{arrayOf(rows), arrayOf(targets), l.shape.Post, l.shape.Sparse.Segments, l.columns}
	g.mu.Lock()
	defer g.mu.Unlock()
	if w := g.wirings[key]; shared && w != nil {
		w.users++
		return w, nil
	}
	w := &wired{key: key, users: 1, size: [4]int64{1, 1, 1, 8}}
	if l.columns {
		w.size = [4]int64{int64(len(targets)), 8 * int64(l.shape.Post+1), int64(len(targets)), 8}
	}
	for k, n := range w.size {
		m, err := g.Alloc(n)
		if err != nil {
			w.release(g)
			return nil, err
		}
		w.m[k] = m
	}
	if shared {
		g.wirings[key] = w
	}
	return w, nil
}

func (w *wired) release(g *gpu) {
	for k, m := range w.m {
		g.Release(m, w.size[k])
	}
}

// unwire ends one user's use of a wiring.
func (g *gpu) unwire(w *wired) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if w.users--; w.users > 0 {
		return
	}
	if g.wirings[w.key] == w {
		delete(g.wirings, w.key)
	}
	w.release(g)
}

// send makes the wiring anew when the rows or targets have been sent since.
func (w *wired) send(s *driver.Stream, p *plan.Program, l lists, state *plan.State, of [2]int) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.known && w.of == of {
		return nil
	}
	made, err := wire(p, l, state)
	if err != nil {
		return err
	}
	for k, b := range [4][]byte{raw(made.sources), raw(made.columns), raw(made.slots), raw([]int64{made.sorted})} {
		if err := s.Upload(w.m[k], b); err != nil {
			return err
		}
	}
	w.known, w.of = true, of
	return nil
}

// raw is the memory of a slice of numbers.
func raw[T any](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}

// values is the memory of buffer i in a state.
func values(t plan.Type, s *plan.State, i int) []byte {
	switch t {
	case plan.F64:
		return raw(s.F64[i])
	case plan.F32:
		return raw(s.F32[i])
	case plan.I64:
		return raw(s.I64[i])
	case plan.I32:
		return raw(s.I32[i])
	}
	return raw(s.Bool[i])
}
