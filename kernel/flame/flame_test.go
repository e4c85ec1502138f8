package flame

import (
	"bytes"
	"encoding/xml"
	"io"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

//go:noinline
func busy(d time.Duration) (n int) {
	for end := time.Now().Add(d); time.Now().Before(end); {
		for i := range 1000 {
			n += i * i
		}
	}
	return n
}

// profile takes one of busy.
func profile(t testing.TB) []byte {
	var b bytes.Buffer
	if err := pprof.StartCPUProfile(&b); err != nil {
		t.Fatal(err)
	}
	busy(400 * time.Millisecond)
	pprof.StopCPUProfile()
	return b.Bytes()
}

func TestProfileOfABusyFunction(t *testing.T) {
	p, err := Read(bytes.NewReader(profile(t)), func(name string) bool { return strings.HasPrefix(name, "testing.") })
	if err != nil {
		t.Fatal(err)
	}
	if p.Samples < 5 || p.Period != 10*time.Millisecond {
		t.Errorf("%d samples of %v", p.Samples, p.Period)
	}
	found := int64(0)
	for _, n := range p.Top(100) {
		if strings.HasSuffix(n.Name, "flame.busy") {
			found = n.Total
		}
		if strings.HasPrefix(n.Name, "testing.") {
			t.Errorf("%s is not left out", n.Name)
		}
	}
	if found*2 < p.Samples {
		t.Errorf("busy has %d of %d samples", found, p.Samples)
	}
	var sum func(n *Node) int64
	sum = func(n *Node) int64 {
		total := n.Self
		for _, c := range n.Children {
			total += sum(c)
		}
		if total != n.Total {
			t.Errorf("%s: %d in itself and its callees, %d in all", n.Name, total, n.Total)
		}
		return total
	}
	if sum(p.Root) != p.Samples {
		t.Error("samples got lost")
	}
	svg := p.SVG("busy <&>", Labels{Own: func(n *Node) bool { return strings.HasSuffix(n.Name, "busy") }})
	if !strings.Contains(svg, "flame.busy") || !strings.Contains(svg, "hsl(2") {
		t.Errorf("picture: %.500s", svg)
	}
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("the picture is no XML: %v", err)
		}
	}
}

func TestRecursionCountsOnce(t *testing.T) {
	p := &Profile{Samples: 5, Root: &Node{Name: "all", Total: 5, Children: []*Node{{Name: "f", Total: 5, Self: 1, Children: []*Node{{Name: "f", Total: 4, Self: 1, Children: []*Node{{Name: "g", Total: 3, Self: 3}}}}}}}}
	top := p.Top(2)
	if top[0].Name != "g" || top[0].Self != 3 || top[1].Name != "f" || top[1].Self != 2 || top[1].Total != 5 {
		t.Errorf("%+v", top)
	}
}

func FuzzRead(f *testing.F) {
	f.Add(profile(f))
	f.Add([]byte("no gzip"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := Read(bytes.NewReader(data), nil); err == nil {
			p.SVG("x", Labels{})
		}
		// What gzip protects is reached without it.
		if raw, err := decode(data); err == nil {
			raw.tree(nil)
		}
	})
}
