package flame

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
)

// A Profile is a tree of calls with the samples in each.
type Profile struct {
	Root     *Node
	Samples  int64
	Period   time.Duration // CPU time of one sample
	Duration time.Duration // that was observed
}

// A Node is a call: all samples with the same callers.
type Node struct {
	Name     string // function
	File     string
	Line     int   // of the first sample
	Total    int64 // samples in it and in what it calls
	Self     int64 // samples in it alone
	Children []*Node
}

// errShort says that a protocol buffer ends in the middle.
var errShort = errors.New("profile: it ends in the middle of a field")

// largest profile that is read, in bytes.
const largest = 256 << 20

// Read reads a profile. skip, if not nil, tells functions to leave out.
func Read(r io.Reader, skip func(function string) bool) (*Profile, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	data, err := io.ReadAll(io.LimitReader(z, largest))
	if err != nil {
		return nil, fmt.Errorf("profile: %w", err)
	}
	raw, err := decode(data)
	if err != nil {
		return nil, err
	}
	return raw.tree(skip)
}

type rawSample struct {
	locations []uint64
	values    []int64
}

type rawLine struct {
	function uint64
	line     int64
}

type rawFunction struct{ name, file int64 }

type rawProfile struct {
	samples   []rawSample
	locations map[uint64][]rawLine // innermost first
	functions map[uint64]rawFunction
	strings   []string
	period    int64
	duration  int64
}

// A field of a protocol buffer: a number, or bytes.
type field struct {
	number int
	value  uint64
	bytes  []byte
}

// fields calls f for each field of a message.
func fields(b []byte, f func(field) error) error {
	for len(b) > 0 {
		key, n := varint(b)
		if n == 0 {
			return errShort
		}
		b = b[n:]
		at := field{number: int(key >> 3)}
		switch key & 7 {
		case 0:
			if at.value, n = varint(b); n == 0 {
				return errShort
			}
			b = b[n:]
		case 1:
			if len(b) < 8 {
				return errShort
			}
			b = b[8:]
		case 2:
			size, n := varint(b)
			if n == 0 || size > uint64(len(b)-n) {
				return errShort
			}
			at.bytes, b = b[n:n+int(size)], b[n+int(size):]
		case 5:
			if len(b) < 4 {
				return errShort
			}
			b = b[4:]
		default:
			return fmt.Errorf("profile: a field of kind %d", key&7)
		}
		if err := f(at); err != nil {
			return err
		}
	}
	return nil
}

// varint reads a number of seven bits a byte, least significant first; n is 0 when
// it does not end.
func varint(b []byte) (v uint64, n int) {
	for i := range min(len(b), 10) {
		v |= uint64(b[i]&0x7f) << (7 * i)
		if b[i] < 0x80 {
			return v, i + 1
		}
	}
	return 0, 0
}

// numbers reads a repeated number, packed or single.
func numbers[T int64 | uint64](list []T, f field) ([]T, error) {
	if f.bytes == nil {
		return append(list, T(f.value)), nil
	}
	for b := f.bytes; len(b) > 0; {
		v, n := varint(b)
		if n == 0 {
			return nil, errShort
		}
		list, b = append(list, T(v)), b[n:]
	}
	return list, nil
}

func decode(data []byte) (*rawProfile, error) {
	p := &rawProfile{locations: map[uint64][]rawLine{}, functions: map[uint64]rawFunction{}}
	err := fields(data, func(f field) error {
		switch f.number {
		case 2:
			var s rawSample
			err := fields(f.bytes, func(g field) (err error) {
				switch g.number {
				case 1:
					s.locations, err = numbers(s.locations, g)
				case 2:
					s.values, err = numbers(s.values, g)
				}
				return err
			})
			p.samples = append(p.samples, s)
			return err
		case 4:
			var id uint64
			var lines []rawLine
			err := fields(f.bytes, func(g field) error {
				switch g.number {
				case 1:
					id = g.value
				case 4:
					var l rawLine
					err := fields(g.bytes, func(h field) error {
						switch h.number {
						case 1:
							l.function = h.value
						case 2:
							l.line = int64(h.value)
						}
						return nil
					})
					lines = append(lines, l)
					return err
				}
				return nil
			})
			p.locations[id] = lines
			return err
		case 5:
			var id uint64
			var fn rawFunction
			err := fields(f.bytes, func(g field) error {
				switch g.number {
				case 1:
					id = g.value
				case 2:
					fn.name = int64(g.value)
				case 4:
					fn.file = int64(g.value)
				}
				return nil
			})
			p.functions[id] = fn
			return err
		case 6:
			p.strings = append(p.strings, string(f.bytes))
		case 10:
			p.duration = int64(f.value)
		case 12:
			p.period = int64(f.value)
		}
		return nil
	})
	return p, err
}

func (p *rawProfile) text(i int64) string {
	if i < 0 || i >= int64(len(p.strings)) {
		return "?"
	}
	return p.strings[i]
}

// tree adds up the samples.
func (p *rawProfile) tree(skip func(string) bool) (*Profile, error) {
	out := &Profile{Root: &Node{Name: "all"}, Period: time.Duration(p.period), Duration: time.Duration(p.duration)}
	for _, s := range p.samples {
		if len(s.values) == 0 || s.values[0] <= 0 {
			continue
		}
		count := s.values[0]
		out.Samples += count
		at := out.Root
		at.Total += count
		for i := len(s.locations) - 1; i >= 0; i-- {
			lines := p.locations[s.locations[i]]
			for k := len(lines) - 1; k >= 0; k-- {
				fn := p.functions[lines[k].function]
				name := p.text(fn.name)
				if skip != nil && skip(name) {
					continue
				}
				at = at.child(name, p.text(fn.file), int(lines[k].line))
				at.Total += count
			}
		}
		at.Self += count
	}
	out.Root.sort()
	return out, nil
}

func (n *Node) child(name, file string, line int) *Node {
	for _, c := range n.Children {
		if c.Name == name && c.File == file {
			return c
		}
	}
	c := &Node{Name: name, File: file, Line: line}
	n.Children = append(n.Children, c)
	return c
}

// sort puts the widest first, at every level.
func (n *Node) sort() {
	slices.SortStableFunc(n.Children, func(a, b *Node) int { return int(b.Total - a.Total) })
	for _, c := range n.Children {
		c.sort()
	}
}

// Top lists functions by the samples in themselves, the most first, at most n.
func (p *Profile) Top(n int) []Node {
	sum := map[string]*Node{}
	var visit func(at *Node, above map[string]bool)
	visit = func(at *Node, above map[string]bool) {
		s := sum[at.Name]
		if s == nil {
			s = &Node{Name: at.Name, File: at.File, Line: at.Line}
			sum[at.Name] = s
		}
		s.Self += at.Self
		first := !above[at.Name]
		if first { // a recursion counts once
			s.Total += at.Total
			above[at.Name] = true
		}
		for _, c := range at.Children {
			visit(c, above)
		}
		if first {
			delete(above, at.Name)
		}
	}
	for _, c := range p.Root.Children {
		visit(c, map[string]bool{})
	}
	list := make([]Node, 0, len(sum))
	for _, s := range sum {
		list = append(list, *s)
	}
	slices.SortFunc(list, func(a, b Node) int {
		if a.Self != b.Self {
			return int(b.Self - a.Self)
		}
		return bytes.Compare([]byte(a.Name), []byte(b.Name))
	})
	return list[:min(n, len(list))]
}
