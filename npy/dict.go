package npy

import (
	"fmt"
	"strconv"
	"strings"
)

// parse reads the header's text: a Python dictionary with exactly the keys descr,
// fortran_order and shape, in any order, then white space. The grammar is what NumPy and
// other writers produce, including the long integers of Python 2:
//
//	dict  = "{" [ entry { "," entry } [ "," ] ] "}"
//	entry = string ":" ( string | "True" | "False" | tuple )
//	tuple = "(" [ integer { "," integer } [ "," ] ] ")"
func (h *header) parse(text string) error {
	p := dictParser{text: text}
	err := p.dict(h)
	if err == nil {
		p.space()
		if p.at < len(text) {
			err = p.errorf("text after the dictionary")
		}
	}
	if err == nil {
		for _, key := range []string{"descr", "fortran_order", "shape"} {
			if !p.seen[key] {
				err = fmt.Errorf("key '%s' is missing", key)
				break
			}
		}
	}
	if err == nil {
		h.count, err = elements(h.shape, h.dtype.size)
		h.bytes = int64(h.count) * int64(h.dtype.size)
	}
	if err != nil {
		return fmt.Errorf("header %s: %w; write the file again, with numpy.save or npy.Save", quote(strings.TrimRight(text, " \n")), err)
	}
	return nil
}

// dictParser stands at text[at:].
type dictParser struct {
	text string
	at   int
	seen map[string]bool
}

func (p *dictParser) errorf(format string, args ...any) error {
	return fmt.Errorf("at byte %d: %s", p.at, fmt.Sprintf(format, args...))
}

func (p *dictParser) space() {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
}

// accept skips white space, then s if it is there.
func (p *dictParser) accept(s string) bool {
	p.space()
	if !strings.HasPrefix(p.text[p.at:], s) {
		return false
	}
	p.at += len(s)
	return true
}

func (p *dictParser) want(s string) error {
	if !p.accept(s) {
		return p.errorf("%q is missing", s)
	}
	return nil
}

func (p *dictParser) dict(h *header) error {
	p.seen = map[string]bool{}
	if err := p.want("{"); err != nil {
		return err
	}
	for !p.accept("}") {
		if len(p.seen) > 0 {
			if err := p.want(","); err != nil {
				return err
			}
			if p.accept("}") {
				break
			}
		}
		key, err := p.str()
		if err != nil {
			return err
		}
		if p.seen[key] {
			return p.errorf("key %s comes twice", quote(key))
		}
		p.seen[key] = true
		if err := p.want(":"); err != nil {
			return err
		}
		switch key {
		case "descr":
			if p.accept("[") || p.accept("(") {
				return p.errorf("the elements are records, want plain numbers: save each field by itself")
			}
			var s string
			if s, err = p.str(); err == nil {
				h.dtype, err = parseDtype(s)
			}
		case "fortran_order":
			switch {
			case p.accept("True"):
				h.fortran = true
			case p.accept("False"):
			default:
				err = p.errorf("fortran_order is neither True nor False")
			}
		case "shape":
			h.shape, err = p.tuple()
		default:
			err = p.errorf("unknown key %s", quote(key))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// str reads a string without escapes, in either kind of quotes.
func (p *dictParser) str() (string, error) {
	p.space()
	if p.at >= len(p.text) || p.text[p.at] != '\'' && p.text[p.at] != '"' {
		return "", p.errorf("a quoted string is missing")
	}
	end := strings.IndexByte(p.text[p.at+1:], p.text[p.at])
	if end < 0 {
		return "", p.errorf("string has no end")
	}
	s := p.text[p.at+1 : p.at+1+end]
	p.at += end + 2
	return s, nil
}

// tuple reads a shape. (3) is a number for Python, no tuple, and no shape for NumPy.
func (p *dictParser) tuple() ([]int, error) {
	if err := p.want("("); err != nil {
		return nil, err
	}
	shape, comma := []int{}, true
	for !p.accept(")") {
		if !comma {
			return nil, p.errorf(`"," is missing`)
		}
		p.space()
		start := p.at
		for p.at < len(p.text) && (p.text[p.at] >= '0' && p.text[p.at] <= '9' || p.text[p.at] == '-' && p.at == start) {
			p.at++
		}
		n, err := strconv.Atoi(p.text[start:p.at])
		if err != nil {
			return nil, p.errorf("%s is no length", quote(p.text[start:p.at]))
		}
		if p.at < len(p.text) && p.text[p.at] == 'L' {
			p.at++
		}
		if shape = append(shape, n); len(shape) > maxDims {
			return nil, p.errorf("more than %d dimensions", maxDims)
		}
		comma = p.accept(",")
	}
	if len(shape) == 1 && !comma {
		return nil, p.errorf("a shape of one dimension needs a comma: (%d,)", shape[0])
	}
	return shape, nil
}
