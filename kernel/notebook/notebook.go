package notebook

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Notebook is the content of an .ipynb file.
type Notebook struct {
	Minor    int            // of format 4.Minor, as read; written as 5 if it is less
	Metadata map[string]any // of the notebook: kernelspec, language_info and others
	Cells    []*Cell

	rest map[string]any // fields unknown here
}

// Cell is one cell. Text is joined: "\n" separates lines.
type Cell struct {
	Type        string         // "code", "markdown" or "raw"
	ID          string         // unique in the notebook
	Source      string         // what the user wrote
	Metadata    map[string]any // tags and others
	Attachments map[string]any // pictures of a Markdown cell: name → media type → base64
	Count       *int           // execution count of a code cell; nil: not executed
	Outputs     []CellOutput   // of a code cell

	rest map[string]any
}

// CellOutput is one saved output as nbformat has it, with key "output_type" and, in data
// and stream text, joined lines.
type CellOutput map[string]any

// Read reads a notebook file.
func Read(path string) (*Notebook, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, fmt.Errorf("%s: %w; check the name, relative names start from the current folder", path, os.ErrNotExist)
	case err == nil && info.IsDir():
		return nil, fmt.Errorf("%s: is a folder, want a notebook; name the .ipynb files in it", path)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be read: %w", path, err)
	}
	nb, err := Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return nb, nil
}

// Parse reads a notebook. Cells without an ID, or with one that another has, get one
// that depends only on their place and text.
func Parse(raw []byte) (*Notebook, error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	root, err := decode(raw)
	if err != nil {
		return nil, err
	}
	top, ok := root.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("is JSON, but %s instead of an object with cells, want a notebook; save it again in JupyterLab", kindOf(root))
	}
	major, minor, err := version(top)
	if err != nil {
		return nil, err
	}
	if major != 4 {
		return nil, fmt.Errorf("has notebook format %d, want 4; open it in JupyterLab and save it again, or use jupyter nbconvert --to notebook", major)
	}
	nb := &Notebook{Minor: minor, rest: top}
	if nb.Metadata, err = object(top, "metadata"); err != nil {
		return nil, err
	}
	cells, ok := top["cells"].([]any)
	if !ok {
		return nil, fmt.Errorf(`"cells" is %s, want a list; save the notebook again in JupyterLab`, kindOf(top["cells"]))
	}
	for i, c := range cells {
		cell, err := parseCell(c)
		if err != nil {
			return nil, fmt.Errorf("cell %d of %d: %w; mend it in a text editor or delete the cell", i+1, len(cells), err)
		}
		nb.Cells = append(nb.Cells, cell)
	}
	for _, key := range []string{"nbformat", "nbformat_minor", "metadata", "cells"} {
		delete(top, key)
	}
	nb.identify()
	return nb, nil
}

// decode reads JSON and explains what is not.
func decode(raw []byte) (any, error) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil, errors.New("is empty, want a notebook in JSON; create one in JupyterLab, or copy it again")
	}
	if !utf8.Valid(raw) {
		at := 0
		for rest := raw; ; {
			r, n := utf8.DecodeRune(rest)
			if r == utf8.RuneError && n <= 1 {
				break
			}
			at, rest = at+n, rest[n:]
		}
		return nil, fmt.Errorf("is not UTF-8 text (byte %d), want a notebook in JSON; copy it again as a binary file", at)
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var root any
	err := d.Decode(&root)
	at := d.InputOffset()
	if err == nil {
		if _, err = d.Token(); err == io.EOF {
			return root, nil
		}
		rest := raw[at:]
		at += int64(len(rest) - len(bytes.TrimLeft(rest, " \t\r\n")))
		err = errors.New("text after the end of the notebook")
	} else {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = max(syntax.Offset-1, 0)
		}
		if errors.Is(err, io.ErrUnexpectedEOF) || at >= int64(len(raw)) {
			at = int64(len(raw))
			err = errors.New("the file ends too early")
		}
	}
	before := raw[:min(at, int64(len(raw)))]
	line := bytes.Count(before, []byte("\n")) + 1
	col := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	hint := "a notebook is a JSON file that JupyterLab writes; restore the last good copy"
	switch {
	case regexp.MustCompile(`(?m)^(<<<<<<<|>>>>>>>) `).Match(raw):
		hint = "the file holds conflict marks of git: merge it again, e.g. with nbdime"
	case bytes.HasPrefix(raw, []byte("version https://git-lfs")):
		hint = "this is a pointer of git LFS: run git lfs pull"
	}
	return nil, fmt.Errorf("is not JSON: line %d, column %d: %w; %s", line, col, err, hint)
}

// version finds the format's version; notebooks before version 4 differ in more.
func version(top map[string]any) (major, minor int, err error) {
	for key, to := range map[string]*int{"nbformat": &major, "nbformat_minor": &minor} {
		v, there := top[key]
		if !there && key == "nbformat_minor" {
			continue
		}
		n, ok := v.(json.Number)
		if i, err := n.Int64(); ok && err == nil && i >= 0 && i < 1000 {
			*to = int(i)
			continue
		}
		if !there {
			return 0, 0, fmt.Errorf(`is JSON without the field "nbformat", want a notebook of format 4; save it again in JupyterLab`)
		}
		return 0, 0, fmt.Errorf("%q is %s, want a small number; save the notebook again in JupyterLab", key, kindOf(v))
	}
	return major, minor, nil
}

func parseCell(v any) (*Cell, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("is %s, want an object", kindOf(v))
	}
	c := &Cell{rest: m}
	var err error
	switch c.Type, _ = m["cell_type"].(string); c.Type {
	case "code", "markdown", "raw":
	default:
		return nil, fmt.Errorf(`"cell_type" is %s, want "code", "markdown" or "raw"`, kindOf(m["cell_type"]))
	}
	if id, there := m["id"]; there {
		if c.ID, ok = id.(string); !ok {
			return nil, fmt.Errorf(`"id" is %s, want text`, kindOf(id))
		}
	}
	if c.Source, ok = joined(m["source"]); !ok {
		return nil, fmt.Errorf(`"source" is %s, want text or a list of lines`, kindOf(m["source"]))
	}
	if c.Metadata, err = object(m, "metadata"); err != nil {
		return nil, err
	}
	if _, there := m["attachments"]; there {
		if c.Attachments, err = object(m, "attachments"); err != nil {
			return nil, err
		}
		for _, a := range c.Attachments {
			joinBundle(a)
		}
	}
	for _, key := range []string{"cell_type", "id", "source", "metadata", "attachments"} {
		delete(m, key)
	}
	if c.Type != "code" {
		return c, nil
	}

	if v := m["execution_count"]; v != nil {
		n, _ := v.(json.Number)
		i, err := n.Int64()
		if err != nil {
			return nil, fmt.Errorf(`"execution_count" is %s, want a whole number or null`, kindOf(v))
		}
		count := int(i)
		c.Count = &count
	}
	outputs, ok := m["outputs"].([]any)
	if !ok && m["outputs"] != nil {
		return nil, fmt.Errorf(`"outputs" is %s, want a list`, kindOf(m["outputs"]))
	}
	for i, o := range outputs {
		out, ok := o.(map[string]any)
		kind, isText := out["output_type"].(string)
		if !ok || !isText {
			return nil, fmt.Errorf(`output %d is %s without "output_type", want an object with it`, i+1, kindOf(o))
		}
		switch kind {
		case "stream":
			if out["text"], ok = joined(out["text"]); !ok {
				return nil, fmt.Errorf(`output %d: "text" is no text, want text or a list of lines`, i+1)
			}
		case "display_data", "execute_result":
			joinBundle(out["data"])
		}
		c.Outputs = append(c.Outputs, out)
	}
	delete(m, "execution_count")
	delete(m, "outputs")
	return c, nil
}

// kindOf describes a JSON value for an error.
func kindOf(v any) string {
	switch v := v.(type) {
	case nil:
		return "missing or null"
	case string:
		if len(v) > 40 {
			v = v[:40] + "…"
		}
		return fmt.Sprintf("%q", v)
	case json.Number:
		return "the number " + v.String()
	case bool:
		return fmt.Sprint(v)
	case []any:
		return "a list"
	}
	return "an object"
}

// object is the object m[key], empty if there is none.
func object(m map[string]any, key string) (map[string]any, error) {
	switch v := m[key].(type) {
	case nil:
		return map[string]any{}, nil
	case map[string]any:
		return v, nil
	}
	return nil, fmt.Errorf("%q is %s, want an object", key, kindOf(m[key]))
}

// joined is text that may be given as a list of lines.
func joined(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case []any:
		var b strings.Builder
		for _, line := range v {
			s, ok := line.(string)
			if !ok {
				return "", false
			}
			b.WriteString(s)
		}
		return b.String(), true
	}
	return "", false
}

// joinBundle joins the lines of all media types that are text; a list under a JSON type is data.
func joinBundle(v any) {
	bundle, _ := v.(map[string]any)
	for media, data := range bundle {
		if isJSON(media) {
			continue
		}
		if s, ok := joined(data); ok {
			bundle[media] = s
		}
	}
}

// isJSON reports whether values of a media type are JSON, not text.
func isJSON(media string) bool {
	media, _, _ = strings.Cut(media, ";")
	return media == "application/json" || strings.HasPrefix(media, "application/") && strings.HasSuffix(media, "+json")
}

var validID = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// identify gives every cell an ID of its own.
func (nb *Notebook) identify() {
	seen := map[string]bool{}
	for _, c := range nb.Cells {
		if validID.MatchString(c.ID) && !seen[c.ID] {
			seen[c.ID] = true
		} else {
			c.ID = ""
		}
	}
	for i, c := range nb.Cells {
		for try := 0; c.ID == ""; try++ {
			sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %s", i, try, c.Source))
			if id := hex.EncodeToString(sum[:4]); !seen[id] {
				c.ID, seen[id] = id, true
			}
		}
	}
}

// tagged reports whether a cell carries a tag.
func (c *Cell) tagged(tag string) bool {
	tags, _ := c.Metadata["tags"].([]any)
	for _, t := range tags {
		if t == tag {
			return true
		}
	}
	return false
}

// Encode writes the notebook as Jupyter does: format 4.5, keys in order, one space of
// indentation, text as lists of lines, a newline at the end.
func (nb *Notebook) Encode() ([]byte, error) {
	top := maps.Clone(nb.rest)
	if top == nil {
		top = map[string]any{}
	}
	cells := make([]any, len(nb.Cells))
	for i, c := range nb.Cells {
		cells[i] = c.tree()
	}
	top["cells"] = cells
	top["metadata"] = nb.Metadata
	top["nbformat"] = 4
	top["nbformat_minor"] = max(nb.Minor, 5)
	return encode(top)
}

func (c *Cell) tree() map[string]any {
	m := maps.Clone(c.rest)
	if m == nil {
		m = map[string]any{}
	}
	m["cell_type"], m["id"], m["source"] = c.Type, c.ID, lines(c.Source)
	m["metadata"] = c.Metadata
	if c.Attachments != nil {
		a := map[string]any{}
		for name, bundle := range c.Attachments {
			a[name] = splitBundle(bundle)
		}
		m["attachments"] = a
	}
	if c.Type != "code" {
		return m
	}
	m["execution_count"] = nil
	if c.Count != nil {
		m["execution_count"] = *c.Count
	}
	outputs := make([]any, len(c.Outputs))
	for i, o := range c.Outputs {
		o := maps.Clone(o)
		switch o["output_type"] {
		case "stream":
			if s, ok := o["text"].(string); ok {
				o["text"] = lines(s)
			}
		case "display_data", "execute_result":
			o["data"] = splitBundle(o["data"])
		}
		outputs[i] = map[string]any(o)
	}
	m["outputs"] = outputs
	return m
}

// splitBundle turns the text of a bundle into lists of lines, where nbformat does.
func splitBundle(v any) any {
	bundle, ok := v.(map[string]any)
	if !ok {
		return v
	}
	split := maps.Clone(bundle)
	for media, data := range split {
		s, ok := data.(string)
		if ok && (strings.HasPrefix(media, "text/") || media == "application/javascript" || media == "image/svg+xml") {
			split[media] = lines(s)
		}
	}
	return split
}
