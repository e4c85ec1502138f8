package mnist

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/spikebook/spikebook/datasets/mnist/fetch" // also with the tag spikebook_cell
	"github.com/spikebook/spikebook/kernel/interrupt"
)

// fake is a set of 5 images that takes the place of the training set, and the
// content of its two files by name.
func fake() (pair, map[string][]byte) {
	images, content := small("fake-images-idx3-ubyte", 5)
	labels := idx([]int{5}, []byte{3, 1, 4, 1, 5})
	sum := sha256.Sum256(labels)
	p := pair{"fake set", images, file{"fake-labels-idx1-ubyte", []int{5}, hex.EncodeToString(sum[:])}}
	return p, map[string][]byte{p.images.name: content, p.labels.name: labels}
}

// put writes files into a folder, packed.
func put(t *testing.T, dir string, files map[string][]byte) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name+".gz"), pack(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// mirror serves files, and counts how often it is asked.
func mirror(t *testing.T, files map[string][]byte) (address string, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		content, ok := files[strings.TrimSuffix(filepath.Base(r.URL.Path), ".gz")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Write(pack(content))
	}))
	t.Cleanup(s.Close)
	return s.URL + "/mnist", asked
}

func wantFake(t *testing.T, s Set, err error, files map[string][]byte) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.Labels, []uint8{3, 1, 4, 1, 5}) || !bytes.Equal(s.Images, files["fake-images-idx3-ubyte"][16:]) {
		t.Fatalf("labels %v, or other images", s.Labels)
	}
}

// wantFiles checks what lies in a folder: nothing half-written either.
func wantFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	var got []string
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, want) {
		t.Errorf("in the folder: %q, want %q", got, want)
	}
}

func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("error is %v\nwant it to tell %q", err, part)
		}
	}
}

// Folders come first, in their order, then the cache, then the web.
func TestOrderOfPlaces(t *testing.T) {
	p, files := fake()
	ctx := context.Background()
	dir := t.TempDir()
	web, asked := mirror(t, files)
	s := Source{Folders: []string{filepath.Join(dir, "data", "mnist"), filepath.Join(dir, "data")}, Cache: filepath.Join(dir, "cache"), Mirrors: []string{web}}

	set, err := s.load(ctx, p, 5)
	wantFake(t, set, err, files)
	wantFiles(t, s.Cache, "fake-images-idx3-ubyte.gz", "fake-labels-idx1-ubyte.gz")
	set, err = s.load(ctx, p, 5)
	wantFake(t, set, err, files)
	if asked.Load() != 2 {
		t.Errorf("the mirror was asked %d times, want 2: the second time the cache has the files", asked.Load())
	}
	// To see which place is read, damage all that must not be.
	damage := map[string][]byte{p.images.name: {1}, p.labels.name: {1}}
	put(t, s.Cache, damage)
	put(t, s.Folders[1], files)
	set, err = s.load(ctx, p, 5)
	wantFake(t, set, err, files)
	put(t, s.Folders[1], damage)
	put(t, s.Folders[0], map[string][]byte{p.images.name: files[p.images.name]})
	if err := os.WriteFile(filepath.Join(s.Folders[0], p.labels.name), files[p.labels.name], 0o644); err != nil {
		t.Fatal(err)
	}
	set, err = s.load(ctx, p, 5) // labels unpacked
	wantFake(t, set, err, files)
	if asked.Load() != 2 {
		t.Errorf("the mirror was asked %d times, want 2", asked.Load())
	}
}

// A damaged file in the user's folder is named, left alone, and never
// replaced by another in silence.
func TestDamagedFileInFolder(t *testing.T) {
	p, files := fake()
	web, asked := mirror(t, files)
	for name, content := range map[string][]byte{
		"ends after": pack(files[p.images.name])[:200],
		"of 3920":    files[p.images.name][:2000],
		"altered":    pack(append(bytes.Clone(files[p.images.name][:3000]), make([]byte, 936)...)),
	} {
		dir := t.TempDir()
		put(t, dir, files)
		path := filepath.Join(dir, p.images.name+".gz")
		if err := os.WriteFile(path, content, 0o644); err != nil {
			t.Fatal(err)
		}
		s := Source{Folders: []string{dir}, Cache: filepath.Join(dir, "cache"), Mirrors: []string{web}}
		set, err := s.load(context.Background(), p, 5)
		wantError(t, err, "fake set: "+path, name, "put a sound copy there, or remove it")
		if set.Images != nil || set.Labels != nil || asked.Load() != 0 {
			t.Errorf("%s: got images, or asked the web", name)
		}
		if now, _ := os.ReadFile(path); !bytes.Equal(now, content) {
			t.Errorf("%s: the file was changed", name)
		}
		wantFiles(t, s.Cache)
	}
}

func TestNotAFile(t *testing.T) {
	p, files := fake()
	dir := t.TempDir()
	put(t, dir, files)
	path := filepath.Join(dir, p.labels.name+".gz")
	os.Remove(path)
	os.Mkdir(path, 0o755)
	_, err := Source{Folders: []string{dir}}.load(context.Background(), p, 5)
	wantError(t, err, path, "is a folder or a device, want a file")
}

// A damaged file in the cache is replaced, which is told; offline, the error
// names it and it stays.
func TestDamagedFileInCache(t *testing.T) {
	p, files := fake()
	dir := t.TempDir()
	put(t, dir, files)
	path := filepath.Join(dir, p.images.name+".gz")
	if err := os.Truncate(path, 300); err != nil {
		t.Fatal(err)
	}
	for _, offline := range []Source{{Cache: dir}, {Cache: dir, Mirrors: []string{"http://127.0.0.1:1"}}} {
		_, err := offline.load(context.Background(), p, 5)
		wantError(t, err, path, "of 3920 bytes of data", "SPIKEBOOK_DATA")
		if info, err := os.Stat(path); err != nil || info.Size() != 300 {
			t.Errorf("the damaged file: %v, %v, want it left alone", info, err)
		}
	}
	web, asked := mirror(t, files)
	var told strings.Builder
	s := Source{Cache: dir, Mirrors: []string{web}, Progress: &told}
	set, err := s.load(context.Background(), p, 5)
	wantFake(t, set, err, files)
	if asked.Load() != 1 || !strings.Contains(told.String(), path+" ends after ") {
		t.Errorf("asked %d times, told:\n%s", asked.Load(), told.String())
	}
	set, err = Source{Cache: dir}.load(context.Background(), p, 5)
	wantFake(t, set, err, files)
}

func TestNothingAnywhere(t *testing.T) {
	p, _ := fake()
	dir := t.TempDir()
	web, _ := mirror(t, nil)
	s := Source{Folders: []string{dir + "/data"}, Cache: dir + "/cache", Mirrors: []string{web, "http://127.0.0.1:1/x"}}
	_, err := s.load(context.Background(), p, 5)
	wantError(t, err, "fake set: fake-images-idx3-ubyte is not in "+dir+"/data, "+dir+"/cache", "404 Not Found", "127.0.0.1:1", "refused", "set SPIKEBOOK_DATA", "at most 10000 images")
	wantFiles(t, s.Cache)
	_, err = Source{}.load(context.Background(), p, 5)
	wantError(t, err, "not in any folder", "no mirrors")
}

// Each mirror fails in its own way, then one is sound.
func TestNextMirror(t *testing.T) {
	t.Parallel()
	p, files := fake()
	serve := func(h http.HandlerFunc) string {
		s := httptest.NewServer(h)
		t.Cleanup(s.Close)
		return s.URL
	}
	done := make(chan struct{})
	bad := map[string]string{
		"unexpected EOF": serve(func(w http.ResponseWriter, r *http.Request) { // breaks off in the middle
			content := pack(files[p.images.name])
			w.Header().Set("Content-Length", fmt.Sprint(len(content)))
			w.Write(content[:len(content)/2])
		}),
		"bytes of data": serve(func(w http.ResponseWriter, r *http.Request) { // ends in the middle, as if it were whole
			w.Write(pack(files[p.images.name])[:200])
		}),
		"no bytes for 50ms": serve(func(w http.ResponseWriter, r *http.Request) { // falls silent
			w.Write(pack(files[p.images.name])[:200])
			w.(http.Flusher).Flush()
			select {
			case <-r.Context().Done():
			case <-done:
			}
		}),
		"3C 68 74 6D": serve(func(w http.ResponseWriter, r *http.Request) { // a hotel's login page
			w.Write([]byte("<html>Please log in, dear guest</html>"))
		}),
		"want at most": serve(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "3000000000")
		}),
		"has more than": serve(func(w http.ResponseWriter, r *http.Request) { // no end
			for range 100 {
				w.Write(make([]byte, 10_000))
			}
		}),
		"503 Service Unavailable": serve(func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "come again", http.StatusServiceUnavailable)
		}),
		"altered": serve(func(w http.ResponseWriter, r *http.Request) {
			content := bytes.Clone(files[p.images.name])
			content[100]++
			w.Write(pack(content))
		}),
	}
	defer close(done)
	good, _ := mirror(t, files)
	for reason, address := range bad {
		dir := t.TempDir()
		var told strings.Builder
		s := Source{Cache: dir, Mirrors: []string{address}, Progress: &told, stall: 50 * time.Millisecond}
		set, err := s.load(context.Background(), p, 5)
		wantError(t, err, reason, host(address))
		if set.Images != nil {
			t.Errorf("%s: got images", reason)
		}
		wantFiles(t, dir)

		s.Mirrors = []string{address, good + "/"}
		s.stall = 0
		if strings.Contains(reason, "no bytes") {
			s.stall = 2 * time.Second // the sound one gets time on a busy machine
		}
		set, err = s.load(context.Background(), p, 5)
		wantFake(t, set, err, files)
		wantFiles(t, dir, "fake-images-idx3-ubyte.gz", "fake-labels-idx1-ubyte.gz")
		if !strings.Contains(told.String(), "kept as "+filepath.Join(dir, p.images.name)) {
			t.Errorf("%s: told\n%s", reason, told.String())
		}
	}
}

// A slow mirror may take longer than a silent one, as long as bytes come.
func TestSlowMirror(t *testing.T) {
	t.Parallel()
	p, files := fake()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		content := pack(files[strings.TrimSuffix(filepath.Base(r.URL.Path), ".gz")])
		for part := range slices.Chunk(content, len(content)/5+1) {
			w.Write(part)
			w.(http.Flusher).Flush()
			time.Sleep(300 * time.Millisecond)
		}
	}))
	defer s.Close()
	set, err := Source{Mirrors: []string{s.URL}, stall: time.Second}.load(context.Background(), p, 5)
	wantFake(t, set, err, files)
}

// Stopped in the middle: by a context, and as a notebook's stop button does it.
func TestStoppedDownload(t *testing.T) {
	p, files := fake()
	begun := make(chan struct{}, 1)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write(pack(files[p.images.name])[:200])
		w.(http.Flusher).Flush()
		begun <- struct{}{}
		<-r.Context().Done()
	}))
	defer s.Close()
	dir := t.TempDir()
	source := Source{Cache: dir, Mirrors: []string{s.URL, "http://127.0.0.1:1"}}

	ctx, cancel := context.WithCancel(context.Background())
	go func() { <-begun; cancel() }()
	_, err := source.load(ctx, p, 5)
	wantError(t, err, "was stopped, nothing of it is kept")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want context.Canceled", err)
	}
	wantFiles(t, dir)

	defer interrupt.Clear()
	ctx, stop := untilInterrupt()
	defer stop()
	go func() { <-begun; interrupt.Set() }()
	_, err = source.load(ctx, p, 5)
	if !errors.Is(err, interrupt.Interrupted{}) {
		t.Errorf("%v, want interrupt.Interrupted", err)
	}
	wantFiles(t, dir)
}

// Several programs that fill one cache at once do not disturb each other, and
// who reads meanwhile sees sound files.
func TestConcurrentDownloads(t *testing.T) {
	p, files := fake()
	web, asked := mirror(t, files)
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 5 {
				set, err := Source{Cache: dir, Mirrors: []string{web}}.load(context.Background(), p, 5)
				if err != nil || !slices.Equal(set.Labels, []uint8{3, 1, 4, 1, 5}) {
					t.Errorf("%v, %v", set.Labels, err)
				}
				data, err := p.images.open(filepath.Join(dir, p.images.name+".gz"), 5)
				if err != nil || !bytes.Equal(data, set.Images) {
					t.Errorf("the file in the cache: %v", err)
				}
			}
		})
	}
	wg.Wait()
	wantFiles(t, dir, "fake-images-idx3-ubyte.gz", "fake-labels-idx1-ubyte.gz")
	if n := asked.Load(); n < 2 || n > 16 {
		t.Errorf("the mirror was asked %d times, want at most once for each program and file", n)
	}
}

// A cache that cannot be written costs the next download, not this one.
func TestCacheThatCannotBeWritten(t *testing.T) {
	p, files := fake()
	web, _ := mirror(t, files)
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	var told strings.Builder
	s := Source{Cache: filepath.Join(path, "cache"), Mirrors: []string{web}, Progress: &told}
	if _, err := s.load(context.Background(), p, 5); err != nil { // a folder inside a file
		wantError(t, err, path, "make it readable")
	}
	s.Cache = ""
	set, err := s.load(context.Background(), p, 5)
	wantFake(t, set, err, files)

	s.Cache = filepath.Join(path, "..", "cache", strings.Repeat("x", 300)) // a name no file system takes
	told.Reset()
	s.keep(p.images, pack(files[p.images.name]))
	if !strings.Contains(told.String(), "is not kept: ") {
		t.Errorf("told %q", told.String())
	}
}

// What a program left that was killed while it wrote goes away; what another is
// writing stays.
func TestLeftovers(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.gz")
	for name, age := range map[string]time.Duration{"a.gz.1.part": 2 * time.Hour, "a.gz.2.part": time.Second, "b.gz.1.part": 2 * time.Hour} {
		full := filepath.Join(dir, name)
		if err := os.WriteFile(full, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
		then := time.Now().Add(-age)
		if err := os.Chtimes(full, then, then); err != nil {
			t.Fatal(err)
		}
	}
	if err := writeFile(path, []byte("whole")); err != nil {
		t.Fatal(err)
	}
	wantFiles(t, dir, "a.gz", "a.gz.2.part", "b.gz.1.part")
}
