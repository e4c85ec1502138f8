package nef

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spikebook/spikebook/npy"
	"github.com/spikebook/spikebook/snn"
)

// Frozen is a network as plain arrays: what it would take to compute with it
// elsewhere. Names are those of the objects; a second object of the same name is
// called name#2, and so on.
type Frozen struct {
	Ensembles   map[string]FrozenEnsemble
	Connections map[string]snn.Matrix // weights, decoders times transform: one output a row
}

// FrozenEnsemble is an ensemble as it is at one moment. The neurons' input
// currents are J = ScaledEncoders·x + Bias, where ScaledEncoders are encoders of about
// unit length times Gain/Radius.
type FrozenEnsemble struct {
	Type           NeuronType // not in files
	Radius         float64
	Gain, Bias     []float64
	MaxRates       []float64
	Intercepts     []float64
	Encoders       snn.Matrix // one neuron a row
	ScaledEncoders snn.Matrix
	EvalPoints     snn.Matrix // one point a row, in the units of the vector
}

// FreezeEnsemble is an ensemble with its encoders as they are now.
func (s *Sim) FreezeEnsemble(e *Ensemble) (FrozenEnsemble, error) {
	scaled, err := s.ScaledEncoders(e)
	if err != nil {
		return FrozenEnsemble{}, err
	}
	b := s.Ensemble(e)
	f := FrozenEnsemble{
		Type: e.typ, Radius: e.radius, Gain: slices.Clone(b.Gain), Bias: slices.Clone(b.Bias),
		MaxRates: slices.Clone(b.MaxRates), Intercepts: slices.Clone(b.Intercepts), ScaledEncoders: scaled,
		Encoders:   snn.Matrix{Rows: e.n, Cols: e.d, Data: slices.Clone(scaled.Data)},
		EvalPoints: snn.Matrix{Rows: b.EvalPoints.Rows, Cols: e.d, Data: slices.Clone(b.EvalPoints.Data)},
	}
	for i, g := range b.Gain {
		for k := range e.d {
			f.Encoders.Data[i*e.d+k] = scaled.Data[i*e.d+k] / (g / e.radius)
		}
	}
	return f, nil
}

// Freeze is the network as it is now, learned weights and encoders included.
func (s *Sim) Freeze() (Frozen, error) {
	f := Frozen{map[string]FrozenEnsemble{}, map[string]snn.Matrix{}}
	return f, s.freeze(s.net, f)
}

func (s *Sim) freeze(n *Network, f Frozen) error {
	for _, e := range n.ensembles {
		if e.direct() {
			continue
		}
		one, err := s.FreezeEnsemble(e)
		if err != nil {
			return err
		}
		f.Ensembles[unused(f.Ensembles, e.name)] = one
	}
	for _, c := range n.connections {
		if line := s.l.lines[c]; line != nil && line.weights != nil {
			f.Connections[unused(f.Connections, c.label())] = s.matrix(line.weights)
		}
	}
	for _, sub := range n.networks {
		if err := s.freeze(sub, f); err != nil {
			return err
		}
	}
	return nil
}

func unused[T any](names map[string]T, name string) string {
	free := name
	for i := 2; ; i++ {
		if _, taken := names[free]; !taken {
			return free
		}
		free = fmt.Sprintf("%s#%d", name, i)
	}
}

// Frozen gives the ensemble the neurons of another one: gains, biases, encoders and
// evaluation points, to the last bit, and its type if there is one. Initial states
// are still drawn from the ensemble's seed.
func (e *Ensemble) Frozen(f FrozenEnsemble) *Ensemble {
	if err := f.check(e.n, e.d); err != nil {
		e.net.mistake(e.what(), "%w", err)
		return e
	}
	e.frozen = &f
	if f.Type != nil {
		e.typ = f.Type
	}
	e.radius = f.Radius
	return e
}

func (f FrozenEnsemble) check(n, d int) error {
	for name, x := range map[string][]float64{"gains": f.Gain, "biases": f.Bias, "maximum rates": f.MaxRates, "intercepts": f.Intercepts} {
		if len(x) != n {
			return fmt.Errorf("the frozen ensemble has %d %s, want %d, one for each neuron", len(x), name, n)
		}
	}
	for name, m := range map[string]snn.Matrix{"encoders": f.Encoders, "scaled encoders": f.ScaledEncoders} {
		if m.Rows != n || m.Cols != d || len(m.Data) != n*d {
			return fmt.Errorf("the frozen ensemble has %d × %d %s, want %d × %d, a row for each neuron and a column for each dimension", m.Rows, m.Cols, name, n, d)
		}
	}
	if m := f.EvalPoints; m.Cols != d && m.Rows > 0 || len(m.Data) != m.Rows*m.Cols {
		return fmt.Errorf("the frozen ensemble has evaluation points of %d dimensions, want %d", m.Cols, d)
	}
	if !(f.Radius > 0) || !finite(f.Radius) || !finite(slices.Concat(f.Gain, f.Bias, f.Encoders.Data, f.ScaledEncoders.Data, f.EvalPoints.Data)...) {
		return fmt.Errorf("the frozen ensemble has the radius %g, and numbers, that want to be finite and the radius more than 0", f.Radius)
	}
	return nil
}

// parts are the arrays of an ensemble by name.
func (f *FrozenEnsemble) parts() (vectors map[string]*[]float64, matrices map[string]*snn.Matrix) {
	return map[string]*[]float64{"gain": &f.Gain, "bias": &f.Bias, "max_rates": &f.MaxRates, "intercepts": &f.Intercepts},
		map[string]*snn.Matrix{"encoders": &f.Encoders, "scaled_encoders": &f.ScaledEncoders, "eval_points": &f.EvalPoints}
}

// Save writes one file for numpy.load: arrays "ensemble/NAME/encoders",
// scaled_encoders, gain, bias, radius, max_rates, intercepts and eval_points of each
// ensemble, and "connection/NAME" of each matrix of weights. The file appears when it is
// complete. Neuron types are not in it.
func (f Frozen) Save(path string) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), ".frozen-*")
	if err != nil {
		return fmt.Errorf("frozen network: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(file.Name())
			err = fmt.Errorf("frozen network %s: %w", path, err)
		}
	}()
	z := zip.NewWriter(file)
	put := func(name string, data any, shape ...int) {
		w, err2 := z.Create(name + ".npy")
		if err2 == nil {
			err2 = npy.Write(w, data, shape...)
		}
		err = errors.Join(err, err2)
	}
	for _, name := range sortedKeys(f.Ensembles) {
		e := f.Ensembles[name]
		vectors, matrices := e.parts()
		for _, k := range sortedKeys(vectors) {
			put("ensemble/"+name+"/"+k, *vectors[k], len(*vectors[k]))
		}
		for _, k := range sortedKeys(matrices) {
			put("ensemble/"+name+"/"+k, matrices[k].Data, matrices[k].Rows, matrices[k].Cols)
		}
		put("ensemble/"+name+"/radius", []float64{e.Radius}, 1)
	}
	for _, name := range sortedKeys(f.Connections) {
		m := f.Connections[name]
		put("connection/"+name, m.Data, m.Rows, m.Cols)
	}
	if err = errors.Join(err, z.Close(), file.Chmod(0o644), file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

func sortedKeys[T any](m map[string]T) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// LoadFrozen reads what [Frozen.Save], or numpy.savez with the same names, has
// written.
func LoadFrozen(path string) (Frozen, error) {
	f := Frozen{map[string]FrozenEnsemble{}, map[string]snn.Matrix{}}
	z, err := zip.OpenReader(path)
	if err != nil {
		return f, fmt.Errorf("frozen network %s: %w", path, err)
	}
	defer z.Close()
	for _, file := range z.File {
		if err := f.load(file); err != nil {
			return Frozen{}, fmt.Errorf("frozen network %s: %s: %w", path, file.Name, err)
		}
	}
	for name, e := range f.Ensembles {
		if err := e.check(len(e.Gain), e.Encoders.Cols); err != nil {
			return Frozen{}, fmt.Errorf("frozen network %s: ensemble %s: %w", path, name, err)
		}
	}
	return f, nil
}

func (f Frozen) load(file *zip.File) error {
	kind, rest, _ := strings.Cut(strings.TrimSuffix(file.Name, ".npy"), "/")
	at := strings.LastIndex(rest, "/")
	if kind != "connection" && (kind != "ensemble" || at < 0) {
		return fmt.Errorf("its name is not connection/NAME or ensemble/NAME/PART; save it with Frozen.Save, or use numpy.load's names")
	}
	r, err := file.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	a, err := npy.Read[float64](io.LimitReader(r, 1<<34))
	if err != nil {
		return err
	}
	matrix := func() (snn.Matrix, error) {
		if len(a.Shape) != 2 {
			return snn.Matrix{}, fmt.Errorf("its shape is %v, want a matrix", a.Shape)
		}
		return snn.Matrix{Rows: a.Shape[0], Cols: a.Shape[1], Data: a.Data}, nil
	}
	if kind == "connection" {
		f.Connections[rest], err = matrix()
		return err
	}
	name, part := rest[:at], rest[at+1:]
	e := f.Ensembles[name]
	vectors, matrices := e.parts()
	switch {
	case part == "radius" && len(a.Data) == 1:
		e.Radius = a.Data[0]
	case vectors[part] != nil:
		*vectors[part] = a.Data
	case matrices[part] != nil:
		*matrices[part], err = matrix()
	default:
		return fmt.Errorf("it has %d numbers and the part %q, want gain, bias, max_rates, intercepts, encoders, scaled_encoders, eval_points, or radius with one number", len(a.Data), part)
	}
	f.Ensembles[name] = e
	return err
}
