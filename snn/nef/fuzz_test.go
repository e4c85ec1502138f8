package nef

import (
	"os"
	"path/filepath"
	"testing"
)

// Files that Save did not write are refused or read, and never end the process.
func FuzzLoadFrozen(f *testing.F) {
	n := New("net", Seed(0))
	n.Connect(n.Ensemble("e", 3, 1), n.Node("v", PassThrough(1)))
	s, err := n.Build()
	if err != nil {
		f.Fatal(err)
	}
	defer s.Close()
	frozen, err := s.Freeze()
	if err != nil {
		f.Fatal(err)
	}
	path := filepath.Join(f.TempDir(), "frozen.npz")
	if err := frozen.Save(path); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add([]byte("PK\x05\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "x.npz")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		loaded, err := LoadFrozen(path)
		if err != nil {
			return
		}
		for name, e := range loaded.Ensembles {
			m := New("again", Seed(0))
			m.Ensemble(name, max(len(e.Gain), 1), max(e.Encoders.Cols, 1)).Frozen(e)
			_ = m.Err()
		}
	})
}

func FuzzLoadSnapshot(f *testing.F) {
	n, _ := noisy(1)
	s, err := n.Build()
	if err != nil {
		f.Fatal(err)
	}
	defer s.Close()
	path := filepath.Join(f.TempDir(), "shot.gob")
	if err := s.Snapshot().Save(path); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)/3])
	f.Fuzz(func(t *testing.T, b []byte) {
		path := filepath.Join(t.TempDir(), "x.gob")
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if shot, err := LoadSnapshot(path); err == nil {
			_ = s.Restore(shot)
		}
	})
}
