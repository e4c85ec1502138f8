package widget

import (
	"fmt"
	"strings"
)

// A Box holds widgets.
type Box struct {
	shown
	titled bool // its widgets have titles
}

func newBox(kind string, children []Widget) *Box {
	m := newModel(kind, kind, "", map[string]any{})
	b := &Box{shown: shown{m}}
	m.state["children"] = []*model{}
	return b.Children(children...)
}

// HBox puts widgets side by side.
func HBox(children ...Widget) *Box { return newBox("HBox", children) }

// VBox puts widgets one below the other.
func VBox(children ...Widget) *Box { return newBox("VBox", children) }

// Grid puts widgets in rows of the given number of columns.
func Grid(columns int, children ...Widget) *Box {
	b := newBox("GridBox", children)
	if columns < 1 {
		b.m.mistake("has %d columns, want at least 1", columns)
		return b
	}
	return b.Layout("grid_template_columns", strings.TrimSpace(strings.Repeat("auto ", columns)))
}

// Tabs shows one of its widgets at a time, chosen by a row of titles.
func Tabs(children ...Widget) *Box { return titled("Tab", children) }

// Accordion shows one of its widgets at a time, between the titles of all.
func Accordion(children ...Widget) *Box { return titled("Accordion", children) }

// titled makes a box whose widgets have titles, at first their numbers.
func titled(kind string, children []Widget) *Box {
	b := newBox(kind, children)
	b.titled = true
	titles := make([]string, len(children))
	for i := range titles {
		titles[i] = fmt.Sprint(i + 1)
	}
	b.m.state["titles"], b.m.state["selected_index"] = titles, 0
	return b
}

// Children replaces the widgets in the box.
func (b *Box) Children(children ...Widget) *Box {
	list := make([]*model, 0, len(children))
	for i, c := range children {
		if c == nil {
			b.m.mistake("widget %d is nil, want a widget", i)
			continue
		}
		if c.model() == b.m {
			b.m.mistake("widget %d is the box itself; leave it out", i)
			continue
		}
		list = append(list, c.model())
	}
	b.m.set("children", list)
	return b
}

// Titles sets the titles of tabs or of an accordion.
func (b *Box) Titles(titles ...string) *Box {
	if !b.titled {
		b.m.mistake("has no titles; use Tabs or Accordion")
		return b
	}
	b.m.set("titles", titles)
	return b
}

// Selected is the number of the widget that tabs or an accordion show; -1: none.
func (b *Box) Selected() int {
	switch v := b.m.get("selected_index").(type) {
	case int:
		return v
	case float64:
		return int(v)
	}
	return -1
}

// Select shows the widget with this number.
func (b *Box) Select(i int) *Box {
	children, _ := b.m.get("children").([]*model)
	if !b.titled || i < 0 || i >= len(children) {
		b.m.mistake("widget %d cannot be selected among %d", i, len(children))
		return b
	}
	b.m.set("selected_index", i)
	return b
}

// Layout sets a trait of the box's layout as in CSS: Layout("border", "1px solid").
func (b *Box) Layout(trait, value string) *Box {
	b.m.setLayout(trait, value)
	return b
}

// String tells what is in the box.
func (b *Box) String() string {
	children, _ := b.m.get("children").([]*model)
	parts := make([]string, len(children))
	for i, c := range children {
		parts[i] = shown{c}.String()
	}
	return fmt.Sprintf("%s [%s]", b.m.kind, strings.Join(parts, "; "))
}
