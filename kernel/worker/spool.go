package worker

import (
	"fmt"
	"os"
)

// Bounds of a spool.
const (
	spoolMemory = 4 << 20   // bytes kept in memory before a file is made
	spoolFile   = 512 << 20 // bytes of the file; a program that prints for ever must not fill the disk
)

// A spool records all text of a cell, so that a flood can be shown in part and
// read in full. Small output stays in memory; the file of a cell without flood is
// removed when the cell's output ends.
type spool struct {
	text    []byte // not yet in file
	file    *os.File
	written int
	err     error // why the record is not complete
	kept    bool
}

// add records text.
func (s *spool) add(text string) {
	if s.err != nil {
		return
	}
	s.text = append(s.text, text...)
	if len(s.text) >= spoolMemory || s.kept && len(s.text) >= 64<<10 {
		s.write()
	}
}

// write moves what is in memory to the file.
func (s *spool) write() {
	if s.err != nil {
		return
	}
	if s.file == nil {
		s.file, s.err = os.CreateTemp("", "spikebook-output-*.txt")
	}
	if s.err == nil && s.written+len(s.text) > spoolFile {
		s.err = fmt.Errorf("it stops after %s", size(s.written))
	}
	if s.err == nil {
		var n int
		n, s.err = s.file.Write(s.text)
		s.written += n
	}
	s.text = s.text[:0]
}

// keep makes sure that the file stays, and says where it is.
func (s *spool) keep() string {
	s.kept = true
	s.write()
	if s.file == nil {
		return fmt.Sprintf("it could not be saved to a file: %v", s.err)
	}
	if s.err != nil {
		return fmt.Sprintf("only its first %s could be saved: %v", size(s.written), s.err)
	}
	return "all of it is in " + s.file.Name()
}

// end closes the record of a cell.
func (s *spool) end() {
	if s.kept {
		s.write()
	}
	if s.file != nil {
		s.file.Close()
		if !s.kept {
			os.Remove(s.file.Name())
		}
	}
	text := s.text[:0]
	if cap(text) > 256<<10 {
		text = nil
	}
	*s = spool{text: text}
}

// sync writes a kept record to its file, so that it can be read now.
func (s *spool) sync() {
	if s.kept {
		s.write()
	}
}
