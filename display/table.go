package display

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Table is a small table: a head and rows of values. A notebook shows it as
// HTML, a terminal as aligned text. Columns of numbers stand at the right.
//
//	display.NewTable("Bar", "Neuron", "Mean weight").
//		Row("row 0", 17, 0.183).
//		Row("column 3", 4, 0.171)
type Table struct {
	title string
	head  []string
	rows  [][]string
	right []bool // columns in which all values are numbers
	errs  []error
}

// NewTable returns a table with the names of its columns.
func NewTable(columns ...string) *Table {
	t := &Table{head: columns, right: make([]bool, len(columns))}
	for k := range t.right {
		t.right[k] = true
	}
	if len(columns) == 0 {
		t.errs = append(t.errs, errors.New("table: has no columns, want at least one; give their names to display.NewTable"))
	}
	return t
}

// Title sets a line over the table.
func (t *Table) Title(text string) *Table {
	t.title = text
	return t
}

// Row appends a row with one value per column. Floating-point numbers are
// written with four significant digits; give a string for other formats.
func (t *Table) Row(values ...any) *Table {
	if len(values) != len(t.head) {
		if len(t.errs) < maxErrs {
			t.errs = append(t.errs, fmt.Errorf("table (%s): row %d has %d values, want %d, one for each column; add or remove some",
				callerLine(), len(t.rows), len(values), len(t.head)))
		}
		return t
	}
	row := make([]string, len(values))
	for k, v := range values {
		text, isNumber := cellText(v)
		row[k] = text
		t.right[k] = t.right[k] && isNumber
	}
	t.rows = append(t.rows, row)
	return t
}

func cellText(v any) (text string, isNumber bool) {
	switch v := v.(type) {
	case nil:
		return "", true
	case float64:
		return significant(v), true
	case float32:
		return significant(float64(v)), true
	case int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64:
		return fmt.Sprint(v), true
	}
	return fmt.Sprint(v), false
}

// significant writes v with four digits.
func significant(v float64) string {
	if a := math.Abs(v); v == 0 || a >= 1e-4 && a < 1e6 {
		digits := 3
		if v != 0 {
			digits = min(max(3-int(math.Floor(math.Log10(a))), 0), 8)
		}
		s := strconv.FormatFloat(v, 'f', digits, 64)
		if strings.Contains(s, ".") {
			s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
		}
		return s
	}
	return strconv.FormatFloat(v, 'g', 4, 64)
}

// Err returns the mistakes made, or nil.
func (t *Table) Err() error { return errors.Join(t.errs...) }

// String returns the table as aligned text.
func (t *Table) String() string {
	if err := t.Err(); err != nil {
		return err.Error()
	}
	width := make([]int, len(t.head))
	for k, h := range t.head {
		width[k] = utf8.RuneCountInString(h)
		for _, r := range t.rows {
			width[k] = max(width[k], utf8.RuneCountInString(r[k]))
		}
	}
	var b strings.Builder
	if t.title != "" {
		b.WriteString(t.title + "\n")
	}
	line := func(cells []string) {
		var l strings.Builder
		for k, c := range cells {
			if k > 0 {
				l.WriteString("  ")
			}
			gap := strings.Repeat(" ", width[k]-utf8.RuneCountInString(c))
			if t.right[k] {
				l.WriteString(gap + c)
			} else {
				l.WriteString(c + gap)
			}
		}
		b.WriteString(strings.TrimRight(l.String(), " ") + "\n")
	}
	line(t.head)
	rule := make([]string, len(t.head))
	for k := range rule {
		rule[k] = strings.Repeat("─", width[k])
	}
	line(rule)
	for _, r := range t.rows {
		line(r)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// HTML returns the table as HTML, styled by the page it stands in.
func (t *Table) HTML() string {
	if err := t.Err(); err != nil {
		return "<pre style=\"color:#b01c1c\">" + escape(err.Error()) + "</pre>"
	}
	var b strings.Builder
	b.WriteString("<table>")
	if t.title != "" {
		b.WriteString("<caption>" + escape(t.title) + "</caption>")
	}
	line := func(tag string, cells []string) {
		b.WriteString("<tr>")
		for k, c := range cells {
			align := "left"
			if t.right[k] {
				align = "right"
			}
			fmt.Fprintf(&b, `<%s style="text-align:%s">%s</%s>`, tag, align, escape(c), tag)
		}
		b.WriteString("</tr>")
	}
	b.WriteString("<thead>")
	line("th", t.head)
	b.WriteString("</thead><tbody>")
	for _, r := range t.rows {
		line("td", r)
	}
	b.WriteString("</tbody></table>")
	return b.String()
}

// Show shows the table in the notebook; outside one it prints the text.
func (t *Table) Show() error {
	if err := t.Err(); err != nil {
		return err
	}
	if inNotebook() {
		return send(map[string]any{"text/html": t.HTML(), "text/plain": t.String()}, 0, 0)
	}
	fmt.Println(t.String())
	return nil
}
