package session

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/spikebook/spikebook/kernel/cell"
	"github.com/spikebook/spikebook/kernel/gonb"
	"github.com/spikebook/spikebook/kernel/magic"
	"github.com/spikebook/spikebook/kernel/worker"
	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// slotsOf are the live variables, all or those named by patterns, with what the
// compiler knows of them.
func (s *Session) slotsOf(patterns []string) (slots []wire.Slot, about map[string]cell.Variable, err error) {
	about = map[string]cell.Variable{}
	for _, v := range s.compiler.Live() {
		wanted := len(patterns) == 0
		for _, p := range patterns {
			ok, err := path.Match(p, v.Name)
			if err != nil {
				return nil, nil, fmt.Errorf("pattern %q: %v", p, err)
			}
			wanted = wanted || ok
		}
		if wanted {
			slots = append(slots, wire.Slot{Name: v.Name, Number: v.Slot})
			about[v.Name] = v
		}
	}
	return slots, about, nil
}

// look asks the worker what variables hold.
func (s *Session) look(ctx context.Context, slots []wire.Slot) ([]wire.Variable, error) {
	w, err := s.live(ctx)
	if err != nil {
		return nil, err
	}
	var vars []wire.Variable
	err = w.Ask(ctx, wire.AskVars, slots, &vars)
	for i := range vars {
		text := []rune(worker.Unmark(vars[i].Text))
		if len(text) > 60 {
			text = append(text[:59], '…')
		}
		vars[i].Text = string(text)
	}
	return vars, err
}

// showVars is %vars.
func (s *Session) showVars(ctx context.Context, _ *plan, _ magic.Line, words []string) error {
	slots, about, err := s.slotsOf(words)
	if err != nil {
		return err
	}
	if len(slots) == 0 {
		s.print("no variables\n")
		return nil
	}
	vars, err := s.look(ctx, slots)
	if err != nil {
		return err
	}
	rows := [][]string{{"name", "type", "length", "size", "cell", "value"}}
	for _, v := range vars {
		rows = append(rows, []string{v.Name, about[v.Name].Type, v.Shape, bytesText(v.Bytes), fmt.Sprintf("[%d]", about[v.Name].Count), v.Text})
	}
	s.table(rows)
	return nil
}

// table shows rows, the first of which is the heading.
func (s *Session) table(rows [][]string) {
	wide := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, text := range r {
			wide[i] = max(wide[i], len([]rune(text)))
		}
	}
	var plain, rich strings.Builder
	rich.WriteString("<table>\n")
	for n, r := range rows {
		tag := "td"
		if n == 0 {
			tag = "th"
		}
		rich.WriteString("<tr>")
		for i, text := range r {
			fmt.Fprintf(&rich, "<%s style=\"text-align:left\">%s</%s>", tag, html.EscapeString(text), tag)
			if i == len(r)-1 {
				plain.WriteString(text)
				break
			}
			plain.WriteString(text + strings.Repeat(" ", wide[i]-len([]rune(text))+2))
		}
		rich.WriteString("</tr>\n")
		plain.WriteString("\n")
	}
	rich.WriteString("</table>")
	s.html(rich.String(), strings.TrimRight(plain.String(), "\n"))
}

// bytesText is a size for people.
func bytesText(n int64) string {
	switch {
	case n < 1000:
		return fmt.Sprintf("%d B", n)
	case n < 1000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.2f GB", float64(n)/1e9)
}

// list is %list and %ls.
func (s *Session) list(context.Context, *plan, magic.Line, []string) error {
	for _, text := range s.commands.memory.Lists() {
		plain := strings.NewReplacer("</li>", "", "<li><pre>", "  ", "</pre>", "", "<ul>\n", "", "</ul>", "", "<h4>", "", "</h4>", "", "<h3>", "", "</h3>", "").Replace(text)
		s.html(text, strings.TrimRight(html.UnescapeString(plain), "\n"))
	}
	return nil
}

// remove is %rm and %remove.
func (s *Session) remove(_ context.Context, _ *plan, _ magic.Line, words []string) error {
	if len(words) == 0 {
		return errors.New("no names; write %rm NAME …, %list shows what there is")
	}
	next, removed, missing := s.commands.memory.Remove(words)
	s.commands.memory = next
	s.forget(words)
	s.outlet.Text("stdout", removed)
	s.outlet.Text("stderr", missing)
	return nil
}

// forget removes names from the live scope and frees their memory.
func (s *Session) forget(names []string) {
	gone := s.compiler.Forget(names)
	if len(gone) == 0 {
		return
	}
	if w := s.current(); w != nil {
		w.Free(gone)
	}
}

// reset is %reset.
func (s *Session) reset(_ context.Context, p *plan, _ magic.Line, words []string) error {
	m, failed := s.moduleOr()
	if failed != nil {
		return failed
	}
	switch {
	case len(words) == 0:
		s.commands.memory, s.commands.texts = gonb.Memory{}, nil
		if p.program == nil || len(s.compiler.Live()) > 0 {
			s.compiler.ForgetAll()
			s.replaceWorker(errors.New("%reset"))
		}
		s.print("* State reset: all memorized declarations discarded.\n")
	case len(words) > 1 || words[0] != "go.mod":
		return fmt.Errorf("%q, want nothing or go.mod", strings.Join(words, " "))
	}
	return m.Reset()
}

// savedFormat begins a file of %save. It is followed by a space, the header as
// JSON and a line end; gob values follow.
const savedFormat = "spikebook-variables-1"

// savedHeader names what a file holds.
type savedHeader struct {
	Go    string            `json:"go"`
	Types map[string]string `json:"types"` // variable → type as cells write it
}

// save is %save.
func (s *Session) save(ctx context.Context, _ *plan, _ magic.Line, words []string) error {
	if len(words) == 0 {
		return errors.New("no file; write %save FILE, or %save FILE NAME …")
	}
	slots, about, err := s.slotsOf(words[1:])
	if err != nil {
		return err
	}
	if len(slots) == 0 {
		return errors.New("there are no such variables; %vars lists them")
	}
	w, err := s.live(ctx)
	if err != nil {
		return err
	}
	header := savedHeader{Go: s.tool.GoVersion(), Types: map[string]string{}}
	for _, slot := range slots {
		header.Types[slot.Name] = about[slot.Name].Type
	}
	head, err := json.Marshal(header)
	if err != nil {
		return err
	}
	name := s.path(words[0])
	unfinished := name + ".new"
	defer os.Remove(unfinished)
	if err := os.WriteFile(unfinished, append([]byte(savedFormat+" "), append(head, '\n')...), 0o644); err != nil {
		return err
	}
	var result wire.SaveResult
	if err := w.Ask(ctx, wire.AskSave, wire.SaveArgs{File: unfinished, Slots: slots}, &result); err != nil {
		return err
	}
	if err := os.Rename(unfinished, name); err != nil {
		return err
	}
	size := int64(0)
	if info, err := os.Stat(name); err == nil {
		size = info.Size()
	}
	s.print("saved %d variables to %s, %s: %s\n", len(result.Done), name, bytesText(size), names(result.Done))
	s.leftOut("not saved", result.Left)
	return nil
}

func (s *Session) leftOut(what string, left map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(left)) {
		s.outlet.Text("stderr", fmt.Sprintf("%s: %s: %s\n", what, name, worker.Unmark(left[name])))
	}
}

// restore is %restore.
func (s *Session) restore(ctx context.Context, p *plan, _ magic.Line, words []string) error {
	if len(words) == 0 {
		return s.restoreDead(ctx, p)
	}
	name := s.path(words[0])
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	line, _, ok := bytes.Cut(data, []byte{'\n'})
	head, ours := bytes.CutPrefix(line, []byte(savedFormat+" "))
	var header savedHeader
	if !ok || !ours || json.Unmarshal(head, &header) != nil {
		return fmt.Errorf("%s: it was not written by %%save", name)
	}
	// Variables that are not there, or have another type, are declared.
	live := map[string]string{}
	for _, v := range s.compiler.Live() {
		live[v.Name] = v.Type
	}
	wanted := words[1:]
	left := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(header.Types)) {
		if len(wanted) > 0 && !slices.Contains(wanted, name) || live[name] == header.Types[name] {
			continue
		}
		if err := s.quietly(ctx, p.count, fmt.Sprintf("var %s %s", name, header.Types[name])); err != nil {
			first, _, _ := strings.Cut(err.EValue, "\n")
			left[name] = "its type " + header.Types[name] + " cannot be declared: " + first + "; run the cell that declares it first"
		}
	}
	slots, _, err := s.slotsOf(nil)
	if err != nil {
		return err
	}
	slots = slices.DeleteFunc(slots, func(slot wire.Slot) bool {
		_, saved := header.Types[slot.Name]
		return !saved || left[slot.Name] != "" || len(wanted) > 0 && !slices.Contains(wanted, slot.Name)
	})
	w, err := s.live(ctx)
	if err != nil {
		return err
	}
	var result wire.SaveResult
	if err := w.Ask(ctx, wire.AskRestore, wire.SaveArgs{File: name, Slots: slots}, &result); err != nil {
		return err
	}
	maps.Copy(left, result.Left)
	for _, name := range wanted {
		if _, saved := header.Types[name]; !saved {
			left[name] = "the file does not hold it"
		}
	}
	s.print("restored %d variables: %s\n", len(result.Done), names(result.Done))
	s.leftOut("not restored", left)
	return nil
}
