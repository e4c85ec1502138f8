// Package cell is what a running cell can do beside printing: ask the person who
// runs it, show values that change later, clear its output, and write the next cell.
//
//	name, err := cell.Ask("Name? ")
//	token, err := cell.Password("Token: ")
//
//	state := cell.Show("starting")
//	state.Update("ready")
//
//	cell.Clear(true)
//	cell.Next("// continue here\n")
//
// In an ordinary program questions are asked on the terminal, values are printed,
// and the rest does nothing. All functions may be called from any goroutine.
package cell

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/spikebook/spikebook/display/internal/port"
	"github.com/spikebook/spikebook/kernel/comm"
)

// Ask asks for a line of text and waits for it. A front end that accepts no input
// gives an error that says so.
func Ask(prompt string) (string, error) { return ask(prompt, false) }

// Password is Ask for text that is not shown as it is typed. It is kept in no
// history and in no saved notebook.
func Password(prompt string) (string, error) { return ask(prompt, true) }

func ask(prompt string, password bool) (string, error) {
	text, err := comm.Ask(prompt, password)
	if errors.Is(err, comm.ErrNone) {
		return askTerminal(prompt, password)
	}
	return text, err
}

// Clear empties the output of the running cell: at once, or, if wait is set, when
// the next output comes, which then takes its place without a flicker.
func Clear(wait bool) {
	comm.Clear(wait) // an error only says that there is no notebook
	comm.Sync()      // what is printed next stays
}

// Next puts text into a new cell below the running one when that has ended. Of
// several calls in a cell the last counts.
func Next(text string) { comm.Next(text, false) }

// Replace replaces the text of the running cell when that has ended.
func Replace(text string) { comm.Next(text, true) }

// A Shown is a value in the output of a cell. It can be replaced by another.
type Shown struct{ id string }

// Show shows a value as a cell that ends with it does.
func Show(value any) *Shown {
	s, err := Display(comm.Bundle(value))
	if err != nil {
		fmt.Println(err)
	}
	return s
}

// Update replaces the value wherever it is shown.
func (s *Shown) Update(value any) {
	if err := s.UpdateDisplay(comm.Bundle(value)); err != nil {
		fmt.Println(err)
	}
}

// Display shows the forms of something, by mime type, and what is to be known about
// each: the width and height of an image. Text types are strings, binary types
// []byte, JSON types what encodes.
func Display(data, metadata map[string]any) (*Shown, error) {
	s := &Shown{}
	if present() {
		s.id = port.Notebook.NewID()
	}
	return s, s.UpdateDisplay(data, metadata)
}

// UpdateDisplay replaces what is shown by other forms; see [Display].
func (s *Shown) UpdateDisplay(data, metadata map[string]any) error {
	if !present() {
		_, err := fmt.Println(data["text/plain"])
		return err
	}
	sent := make(map[string]any, len(data))
	for mime, v := range data {
		switch v.(type) {
		case string, []byte:
			sent[mime] = v
		default: // as text, which the kernel makes JSON again
			text, err := json.Marshal(v)
			if err != nil {
				return fmt.Errorf("display of %s: %T cannot be written as JSON: %w; give strings, numbers, lists and maps", mime, v, err)
			}
			sent[mime] = string(text)
		}
	}
	width, height := size(metadata["image/png"])
	if err := port.Notebook.Send(sent, width, height, s.id); err != nil {
		return err
	}
	port.Notebook.Sync()
	return nil
}

func present() bool { return port.Notebook != nil && port.Notebook.Present() }

// size reads width and height of an image, in CSS pixels; 0 when unknown.
func size(about any) (width, height int) {
	m, _ := about.(map[string]any)
	w, _ := m["width"].(int)
	h, _ := m["height"].(int)
	return w, h
}
