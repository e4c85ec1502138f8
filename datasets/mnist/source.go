package mnist

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Source says where the full training set comes from. [Train] uses
// [DefaultSource]; change a copy of it for other places.
type Source struct {
	Folders  []string  // looked into first, in this order; they are only read
	Cache    string    // folder that keeps downloads, looked into after Folders; empty: nothing is kept
	Mirrors  []string  // addresses below which the .gz files lie, tried in this order; empty: nothing is downloaded
	Progress io.Writer // gets lines about a download; nil: nobody does

	// stall is the longest wait for the next bytes of a mirror; 0 means 30 s.
	stall time.Duration
}

// DefaultSource looks into $SPIKEBOOK_DATA/mnist, $SPIKEBOOK_DATA and the cache;
// then it downloads, and tells so on standard error.
func DefaultSource() Source {
	s := Source{
		Mirrors: []string{
			"https://storage.googleapis.com/cvdf-datasets/mnist", // Common Visual Data Foundation
			"https://ossci-datasets.s3.amazonaws.com/mnist",      // PyTorch
			"https://raw.githubusercontent.com/fgnt/mnist/master",
		},
		Progress: os.Stderr,
	}
	if dir := os.Getenv("SPIKEBOOK_DATA"); dir != "" {
		s.Folders = []string{filepath.Join(dir, "mnist"), dir}
	}
	if dir := os.Getenv("SPIKEBOOK_CACHE"); dir != "" {
		s.Cache = filepath.Join(dir, "mnist")
	} else if dir, err := os.UserCacheDir(); err == nil {
		s.Cache = filepath.Join(dir, "spikebook", "mnist")
	}
	return s
}

// Train is the first n of the 60,000 training images. The full files are
// read and checked whatever n is. When ctx ends, a download does, and the
// error wraps the context's cause.
func (s Source) Train(ctx context.Context, n int) (Set, error) { return s.load(ctx, train, n) }

func (s Source) load(ctx context.Context, p pair, n int) (Set, error) {
	if err := p.check(n); err != nil {
		return Set{}, err
	}
	images, err := s.get(ctx, p.images, n)
	if err != nil {
		return Set{}, fmt.Errorf("%s: %w", p.name, err)
	}
	labels, err := s.get(ctx, p.labels, n)
	if err != nil {
		return Set{}, fmt.Errorf("%s: %w", p.name, err)
	}
	return Set{images, labels}, nil
}

// get reads the first n items of a file from the first place that has it.
func (s Source) get(ctx context.Context, f file, n int) ([]uint8, error) {
	for _, dir := range s.Folders {
		data, path, err := f.find(dir, n)
		switch {
		case err == nil:
			return data, nil
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s %w; put a sound copy there, or remove it to have it downloaded", path, err)
		}
	}
	lack := f.name + " is " + s.places()
	if s.Cache != "" {
		data, path, err := f.find(s.Cache, n)
		var bad *damage
		switch {
		case err == nil:
			return data, nil
		case errors.As(err, &bad):
			lack = fmt.Sprintf("%s %v", path, err)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s %w; make it readable, or remove it to have it downloaded", path, err)
		}
	}
	return s.download(ctx, f, n, lack)
}

// find reads a file, packed or not, in a folder. Its error is fs.ErrNotExist if
// it is not there, else words that follow path.
func (f file) find(dir string, n int) (data []uint8, path string, err error) {
	for _, name := range []string{f.name + ".gz", f.name} {
		path = filepath.Join(dir, name)
		data, err = f.open(path, n)
		if !errors.Is(err, fs.ErrNotExist) {
			break
		}
	}
	return data, path, err
}

func (f file) open(path string, n int) ([]uint8, error) {
	info, err := os.Stat(path) // before opening: a pipe would wait for its writer
	if err != nil {
		return nil, unreadable(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is a folder or a device, want a file")
	}
	r, err := os.Open(path)
	if err != nil {
		return nil, unreadable(err)
	}
	defer r.Close()
	data, err := f.read(r, n)
	if err != nil {
		return nil, unreadable(err)
	}
	return data, nil
}

// unreadable leaves out the path that errors of the file system repeat.
func unreadable(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot be read (%w)", p.Err)
	}
	return err
}

// places lists where files were looked for.
func (s Source) places() string {
	dirs := append([]string{}, s.Folders...)
	if s.Cache != "" {
		dirs = append(dirs, s.Cache)
	}
	if len(dirs) == 0 {
		return "not in any folder (none is named)"
	}
	return "not in " + strings.Join(dirs, ", ")
}

// say writes a line about what goes on. Nothing depends on its being read.
func (s Source) say(format string, args ...any) {
	if s.Progress != nil {
		fmt.Fprintf(s.Progress, "mnist: "+format+"\n", args...)
	}
}
