//go:build ignore

// Pack makes the embedded files from the four original ones, which lie in
// $SPIKEBOOK_DATA/mnist: the test set as it is, of the training set the first
// 10,000 items, all as IDX files packed by gzip. It prints the digests that
// idx.go holds. Another version of Go may pack to other bytes; what they unpack to
// is what counts.
package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
)

func main() {
	for _, f := range []struct {
		from, to string
		header   int // bytes
		keep     int // bytes of data; 0: all
	}{
		{"train-images-idx3-ubyte", "train-10000-images-idx3-ubyte", 16, 10_000 * 28 * 28},
		{"train-labels-idx1-ubyte", "train-10000-labels-idx1-ubyte", 8, 10_000},
		{"t10k-images-idx3-ubyte", "t10k-images-idx3-ubyte", 16, 0},
		{"t10k-labels-idx1-ubyte", "t10k-labels-idx1-ubyte", 8, 0},
	} {
		r, err := os.Open(filepath.Join(os.Getenv("SPIKEBOOK_DATA"), "mnist", f.from+".gz"))
		check(err)
		z, err := gzip.NewReader(r)
		check(err)
		content, err := io.ReadAll(z)
		check(err)
		r.Close()
		if f.keep > 0 {
			content = content[:f.header+f.keep]
			binary.BigEndian.PutUint32(content[4:], 10_000)
		}
		var packed bytes.Buffer
		w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
		check(err)
		_, err = w.Write(content)
		check(err)
		check(w.Close())
		check(os.WriteFile(filepath.Join("data", f.to+".gz"), packed.Bytes(), 0o644))
		fmt.Printf("%x  %s, data alone %x\n", sha256.Sum256(content), f.to, sha256.Sum256(content[f.header:]))
	}
}

func check(err error) {
	if err != nil {
		log.Fatalln("pack:", err)
	}
}
