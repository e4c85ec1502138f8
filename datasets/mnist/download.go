package mnist

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spikebook/spikebook/datasets/mnist/internal/port"
)

// download fetches a file from the first mirror that gives a sound copy, keeps
// the copy in the cache, and returns its first n items. A mirror that fails in
// the middle is given up and the next one begins at the start: the file
// is 10 MB. Lack says why the file is needed.
func (s Source) download(ctx context.Context, f file, n int, lack string) ([]uint8, error) {
	const instead = "copy the file into a folder and set SPIKEBOOK_DATA to it, or ask for at most 10000 images, which need no file"
	if len(s.Mirrors) == 0 {
		return nil, fmt.Errorf("%s, and there are no mirrors to download it from; %s", lack, instead)
	}
	if port.Get == nil {
		return nil, fmt.Errorf("%s, and nothing that downloads is linked into this program, which was built with the tag spikebook_cell; import github.com/spikebook/spikebook/datasets/mnist/fetch in the program that loads it, or %s", lack, instead)
	}
	s.say("%s", lack)
	var causes error
	for _, mirror := range s.Mirrors {
		packed, err := s.fetch(ctx, f, strings.TrimSuffix(mirror, "/")+"/"+f.name+".gz")
		if ctx.Err() != nil {
			return nil, fmt.Errorf("the download of %s was stopped, nothing of it is kept: %w; start it again", f.name, context.Cause(ctx))
		}
		var data []uint8
		if err == nil {
			data, err = f.read(bytes.NewReader(packed), n)
		}
		if err == nil {
			s.keep(f, packed)
			return data, nil
		}
		s.say("%s from %s %v", f.name, host(mirror), err)
		err = fmt.Errorf("that from %s %w", host(mirror), err)
		if causes != nil {
			err = fmt.Errorf("%w, %w", causes, err)
		}
		causes = err
	}
	return nil, fmt.Errorf("%s, and no mirror gives a sound copy: %w; connect to the network and try again, or %s", lack, causes, instead)
}

// fetch returns the content of a web page that should be file f. Its errors are
// words that follow the file's name.
func (s Source) fetch(ctx context.Context, f file, address string) ([]byte, error) {
	stall := s.stall
	if stall == 0 {
		stall = 30 * time.Second
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	quiet := fmt.Errorf("no bytes for %v", stall)
	watch := time.AfterFunc(stall, func() { cancel(quiet) })
	defer watch.Stop()
	// explain prefers the reason of the cancellation to its consequence.
	explain := func(err error) error {
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return fmt.Errorf("cannot be fetched (%w)", err)
	}

	begin := time.Now()
	body, size, err := port.Get(ctx, address)
	if err != nil {
		return nil, explain(err)
	}
	defer body.Close()
	limit := int64(f.size()) + 1<<16 // gzip adds a few bytes to what it cannot pack
	if size > limit {
		return nil, damaged("has %s there, want at most %s", megabytes(size), megabytes(limit))
	}
	of := ""
	if size > 0 {
		of = " of " + megabytes(size)
	}
	s.say("downloading %s from %s", f.name, host(address))

	var packed bytes.Buffer
	chunk := make([]byte, 1<<16)
	told := begin
	for {
		got, err := body.Read(chunk)
		watch.Reset(stall)
		packed.Write(chunk[:got])
		if int64(packed.Len()) > limit {
			return nil, damaged("has more than %s there", megabytes(limit))
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, explain(fmt.Errorf("ended after %s%s: %w", megabytes(int64(packed.Len())), of, err))
		}
		if now := time.Now(); now.Sub(told) > 2*time.Second {
			told = now
			s.say("%s%s", megabytes(int64(packed.Len())), of)
		}
	}
	s.say("%s in %.1f s", megabytes(int64(packed.Len())), time.Since(begin).Seconds())
	return packed.Bytes(), nil
}

// keep puts a checked copy of a file into the cache. A failure is told and
// does no harm: the file is downloaded again the next time.
func (s Source) keep(f file, content []byte) {
	if s.Cache == "" {
		return
	}
	path := filepath.Join(s.Cache, f.name)
	if bytes.HasPrefix(content, []byte{0x1f, 0x8b}) {
		path += ".gz"
	}
	if err := writeFile(path, content); err != nil {
		s.say("%s is not kept: %v; free space or set SPIKEBOOK_CACHE to another folder, or it is downloaded again the next time", f.name, err)
		return
	}
	s.say("kept as %s", path)
}

// writeFile writes a file so that others see all of it or nothing.
func writeFile(path string, content []byte) error {
	dir, base := filepath.Split(path)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	// What a program left behind that was killed while it wrote.
	old, _ := filepath.Glob(filepath.Join(dir, base+".*.part"))
	for _, name := range old {
		if info, err := os.Stat(name); err == nil && time.Since(info.ModTime()) > time.Hour {
			os.Remove(name)
		}
	}
	w, err := os.CreateTemp(dir, base+".*.part")
	if err != nil {
		return err
	}
	_, err = w.Write(content)
	if err == nil {
		err = w.Chmod(0o644)
	}
	if closed := w.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(w.Name(), path)
	}
	if err != nil {
		os.Remove(w.Name())
	}
	return err
}

// host is the part of an address that a reader knows.
func host(address string) string {
	if u, err := url.Parse(address); err == nil && u.Host != "" {
		return u.Host
	}
	return address
}

func megabytes(n int64) string {
	if n < 100_000 {
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.1f MB", float64(n)/1e6)
}
