package display_test

import (
	"bytes"
	"encoding/gob"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/spikebook/spikebook/display"
)

// TestMain runs the cell below when a test starts this program again with the
// pipes of a notebook.
func TestMain(m *testing.M) {
	if os.Getenv("DISPLAY_TEST_CELL") != "" {
		cell()
		return
	}
	os.Exit(m.Run())
}

func cell() {
	check := func(err error) {
		if err != nil {
			fmt.Println("error:", err)
		}
	}
	fmt.Println("before")
	check(display.Image([][]float64{{0, 1}}, display.Gray).Size(3, 2).Show())
	for range display.Progress(30, "loop") {
		time.Sleep(10 * time.Millisecond)
	}
	film := display.NewFilm(display.Image(nil, display.Gray))
	film.Add([][]float64{{0, 1}})
	check(film.Show())
	check(display.NewTable("a").Row(1).Show())
	fmt.Println("after")
}

// A process with GoNB's pipes sends everything there: pictures with their size
// on the page, progress under one id, HTML for films and tables; and after each
// it waits for the kernel, so that prints and displays keep their order.
func TestShowInANotebook(t *testing.T) {
	dir := t.TempDir()
	forth, back := filepath.Join(dir, "forth"), filepath.Join(dir, "back")
	for _, p := range []string{forth, back} {
		if err := syscall.Mkfifo(p, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "DISPLAY_TEST_CELL=1", protocol.GONB_PIPE_ENV+"="+forth, protocol.GONB_PIPE_BACK_ENV+"="+back)
	cmd.Dir = dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	// Opened for both directions, so that opening does not wait.
	r, err := os.OpenFile(forth, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	w, err := os.OpenFile(back, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	type sent struct {
		protocol.DisplayData
		sync bool
	}
	var got []sent
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	messages := make(chan protocol.DisplayData)
	go func() {
		dec, enc := gob.NewDecoder(r), gob.NewEncoder(w)
		for {
			var m protocol.DisplayData
			if dec.Decode(&m) != nil {
				return
			}
			if c, ok := m.Data[protocol.MIMECommValue].(protocol.CommValue); ok && c.Address == protocol.GonbuiSyncAddress {
				enc.Encode(&protocol.CommValue{Address: protocol.GonbuiSyncAckAddress, Value: c.Value})
			}
			messages <- m
		}
	}()
	deadline := time.After(60 * time.Second)
loop:
	for {
		select {
		case m := <-messages:
			_, sync := m.Data[protocol.MIMECommValue]
			got = append(got, sent{m, sync})
		case err := <-done:
			if err != nil {
				t.Fatalf("the cell failed: %v\n%s%s", err, out.String(), errs.String())
			}
			break loop
		case <-deadline:
			cmd.Process.Kill()
			t.Fatalf("the cell does not end after %d messages\n%s%s", len(got), out.String(), errs.String())
		}
	}
	if s := out.String(); s != "before\nafter\n" {
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "*.*")); len(files) > 0 {
		t.Errorf("files were written in a notebook: %v", files)
	}

	if len(got) < 8 {
		t.Fatalf("%d messages arrived, want at least 8", len(got))
	}
	first := got[0]
	data, ok := first.Data[protocol.MIMEImagePNG].([]byte)
	if !ok {
		t.Fatalf("the first message holds %v, want a PNG", first.Data)
	}
	if img, err := png.Decode(bytes.NewReader(data)); err != nil || img.Bounds().Dx() != 576 {
		t.Errorf("the PNG is not 576 pixels wide: %v", err)
	}
	if size, ok := first.Metadata["image/png"].(map[string]int); !ok || size["width"] != 288 || size["height"] != 192 {
		t.Errorf("metadata are %v, want width 288 and height 192 for image/png", first.Metadata)
	}
	if !got[1].sync {
		t.Error("no sync after the picture")
	}
	ids := map[string]int{}
	last := ""
	html := 0
	for _, m := range got[1:] {
		text, _ := m.Data[protocol.MIMETextPlain].(string)
		if m.DisplayID != "" {
			ids[m.DisplayID]++
			last = text
		} else if h, ok := m.Data[protocol.MIMETextHTML].(string); ok {
			html++
			if text == "" || !strings.Contains(h, "<") {
				t.Errorf("HTML without text: %q", text)
			}
		}
	}
	if len(ids) != 1 {
		t.Errorf("progress used the display ids %v, want one", ids)
	}
	for _, n := range ids {
		// 0.3 s: the first state, up to three updates (more on a slow machine), the last.
		if n < 3 {
			t.Errorf("progress was sent %d times, want at least 3", n)
		}
	}
	if !strings.HasPrefix(last, "loop 30 in ") {
		t.Errorf("the last state of progress is %q", last)
	}
	if html != 2 {
		t.Errorf("%d blocks of HTML arrived, want 2: the film and the table", html)
	}
	if !got[len(got)-1].sync {
		t.Error("no sync at the end")
	}
}
