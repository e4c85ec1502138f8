package widget

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/spikebook/spikebook/kernel/comm"
)

// frontEnd is what a front end of ipywidgets does: it holds the state of models.
type frontEnd struct {
	t      *testing.T
	mu     sync.Mutex
	models map[string]map[string]any
	log    []comm.Message
	next   int64
}

func connect(t *testing.T) *frontEnd {
	f := &frontEnd{t: t, models: map[string]map[string]any{}}
	comm.Connect(f)
	t.Cleanup(func() { flush(); comm.Connect(nil) })
	return f
}

func (f *frontEnd) Send(m comm.Message, _ int64) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, m)
	var data struct {
		Method string         `json:"method"`
		State  map[string]any `json:"state"`
		Paths  [][]any        `json:"buffer_paths"`
	}
	if len(m.Data) > 0 {
		if err := json.Unmarshal(m.Data, &data); err != nil {
			f.t.Errorf("data %s: %v", m.Data, err)
		}
	}
	if len(data.Paths) != len(m.Buffers) {
		f.t.Errorf("%d paths for %d buffers", len(data.Paths), len(m.Buffers))
	}
	switch {
	case m.Kind == comm.Opens:
		if !strings.Contains(string(m.Metadata), `"version":"2.`) {
			f.t.Errorf("metadata %s", m.Metadata)
		}
		for trait, v := range data.State {
			f.mustBeOpen(trait, v)
		}
		f.models[m.ID] = data.State
	case m.Kind == comm.Closes:
		delete(f.models, m.ID)
	case data.Method == "update" || data.Method == "echo_update":
		for trait, v := range data.State {
			f.mustBeOpen(trait, v)
			f.models[m.ID][trait] = v
		}
	}
	return nil
}

// mustBeOpen checks that what a trait refers to is there.
func (f *frontEnd) mustBeOpen(trait string, v any) {
	switch v := v.(type) {
	case string:
		if id, ok := strings.CutPrefix(v, reference); ok && f.models[id] == nil {
			f.t.Errorf("%s refers to %s, which is not open", trait, v)
		}
	case []any:
		for _, one := range v {
			f.mustBeOpen(trait, one)
		}
	}
}

func (f *frontEnd) Sync()                            {}
func (f *frontEnd) Ask(string, bool) (string, error) { return "", errors.New("nobody") }
func (f *frontEnd) Next(string, bool) error          { return nil }
func (f *frontEnd) Clear(bool)                       {}
func (f *frontEnd) Target(string, bool)              {}
func (f *frontEnd) Parent() string                   { return "request" }

// update does what a person's move does: it changes the model and tells the kernel.
func (f *frontEnd) update(w Widget, trait string, value any) {
	f.t.Helper()
	data, err := json.Marshal(map[string]any{"method": "update", "state": map[string]any{trait: value}})
	if err != nil {
		f.t.Fatal(err)
	}
	f.mu.Lock()
	f.models[w.model().id()][trait] = value
	f.mu.Unlock()
	f.deliver(w, string(data))
}

func (f *frontEnd) deliver(w Widget, data string) {
	f.next++
	if work := comm.Deliver(comm.Event{Message: comm.Message{Kind: comm.Messages, ID: w.model().id(), Data: json.RawMessage(data)}, Number: f.next}); work != nil {
		work()
	}
}

// state is what the front end knows of a widget, after all has been sent.
func (f *frontEnd) state(w Widget) map[string]any {
	flush()
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.models[w.model().id()]
}

func show(w Widget) Widget {
	w.MIMEBundle()
	return w
}

// Whatever the two sides do in turn, the last value is with both.
func TestBothSidesAgree(t *testing.T) {
	f := connect(t)
	rapid.Check(t, func(rt *rapid.T) {
		s := Slider(-20, 20)
		var seen []int
		s.OnChange(func(v int) { seen = append(seen, v) })
		show(s)
		want := s.Get()
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			v := rapid.IntRange(-30, 30).Draw(rt, "value")
			if rapid.Bool().Draw(rt, "person") {
				f.update(s, "value", v)
			} else {
				s.Set(v)
			}
			if v >= -20 && v <= 20 {
				if v != want && (len(seen) == 0 || seen[len(seen)-1] != v) {
					rt.Fatalf("%d was not told: %v", v, seen)
				}
				want = v
			}
			if got := f.state(s)["value"]; s.Get() != want || got != float64(want) {
				rt.Fatalf("program %d, front end %v, want %d", s.Get(), got, want)
			}
		}
	})
}

func TestLinkedControlsAgree(t *testing.T) {
	f := connect(t)
	a, b := Slider(0, 100), Number(0, 100).Set(7)
	unlink := Link(a, b)
	show(HBox(a, b))
	if b.Get() != 0 {
		t.Errorf("b begins at %d, want a's 0", b.Get())
	}
	f.update(a, "value", 30)
	if b.Get() != 30 || f.state(b)["value"] != 30.0 {
		t.Errorf("b is %d", b.Get())
	}
	b.Set(40)
	if a.Get() != 40 {
		t.Errorf("a is %d", a.Get())
	}
	unlink()
	a.Set(1)
	if b.Get() != 40 {
		t.Errorf("after unlink b is %d", b.Get())
	}
}

func TestNothingIsSentBeforeItIsShown(t *testing.T) {
	f := connect(t)
	s := Slider(0.0, 1).Label("x").Width("300px")
	box := VBox(s, Label("y"))
	s.Set(0.5)
	flush()
	if len(f.log) != 0 {
		t.Fatalf("sent %d messages", len(f.log))
	}
	show(box)
	if n := len(f.models); n != 4 { // slider, its layout, label, box
		t.Errorf("%d models are open, want 4", n)
	}
	before := len(f.log)
	show(box)
	if len(f.log) != before {
		t.Error("shown again, it was opened again")
	}
	// What joins later is opened then, and Style makes a model.
	more := Button("z").Style("button_color", "red")
	box.Children(s, more)
	if children := f.state(box)["children"].([]any); len(children) != 2 {
		t.Errorf("children %v", children)
	}
	if style := f.state(more)["style"]; style == nil {
		t.Error("the button has no style")
	}
}

func TestManyChangesAreFewMessages(t *testing.T) {
	f := connect(t)
	p := Progress(100_000)
	show(p)
	for i := range 100_001 {
		p.Set(i)
	}
	if got := f.state(p)["value"]; got != 100_000.0 {
		t.Errorf("the front end has %v", got)
	}
	if n := len(f.log); n > 10_000 {
		t.Errorf("%d messages for 100,000 changes", n)
	}
}

func TestClosedModels(t *testing.T) {
	f := connect(t)
	s := Slider(0, 10)
	show(s)
	id := s.m.id()
	if work := comm.Deliver(comm.Event{Message: comm.Message{Kind: comm.Closes, ID: id}}); work != nil {
		work() // by a front end
	}
	s.Set(3)
	show(s)
	if s.m.id() == id || f.state(s)["value"] != 3.0 {
		t.Errorf("shown again: %v", f.state(s))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if data, _ := s.MIMEBundle(); !strings.Contains(data["text/plain"].(string), "closed") || data[viewType] != nil {
		t.Errorf("after Close: %v", data)
	}
}

// Each argument of a correct call replaced by nonsense is named, and nothing panics.
func TestMistakes(t *testing.T) {
	nan := func() float64 { z := 0.0; return z / z }()
	for what, w := range map[string]Widget{
		"want the first to be smaller": Slider(3, 3),
		"range is NaN":                 Slider(nan, 1),
		"value is NaN":                 Slider(0.0, 1).Set(nan),
		"value is 11":                  Slider(0, 10).Set(11),
		"want both within":             Range(0, 10).Set([2]int{5, 3}),
		"has no options":               Dropdown[string](),
		"not one of the options":       Dropdown("a", "b").Set("c"),
		"SelectMultiple":               SelectMany("a").Set([]string{"z"}),
		"has no steps":                 Text().Step(1),
		"step is -1":                   Slider(0, 10).Step(-1),
		"cannot be upright":            Checkbox("x").Vertical(),
		"OnChange got nil":             Text().OnChange(nil),
		"OnClick got nil":              Button("x").OnClick(nil),
		"kind is":                      Button("x").Kind("red"),
		"trait \"_model_name\"":        Text().With("_model_name", "x"),
		"want what JSON can hold":      Text().With("x", func() {}),
		"has no style":                 VBoxStyle(),
		"0 columns":                    Grid(0),
		"widget 1 is nil":              HBox(Text(), nil),
		"has no titles":                VBox().Titles("x"),
		"cannot be selected":           Tabs(Text()).Select(1),
		"want a function":              Interact(7),
		"fixed number":                 Interact(func(...int) {}),
		"2 arguments for the 1":        Interact(func(int) {}, 1, 2),
		"no control for":               Interact(func(chan int) {}),
		"the control holds string":     Interact(func(int) {}, Text()),
		"does not make a control":      Interact(func(int) {}, struct{}{}),
		"interval is 0":                Player(0, 1, 0),
	} {
		err := w.Err()
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("error %v, want one with %q", err, what)
		}
		if data, _ := w.MIMEBundle(); data[viewType] != nil || !strings.Contains(fmt.Sprint(data["text/plain"]), what) {
			t.Errorf("%q is not shown in its place: %v", what, data)
		}
		if w.Show() == nil {
			t.Errorf("Show hides %q", what)
		}
	}
}

// VBoxStyle is a box with a style, which boxes do not have.
func VBoxStyle() *Box {
	b := VBox()
	b.m.setStyle("x", 1)
	return b
}

func TestNonsenseFromFrontEnds(t *testing.T) {
	f := connect(t)
	s, d, b := Slider(0, 10).Set(4), Dropdown("a", "b"), Button("x")
	show(VBox(s, d, b))
	for _, data := range []string{``, `null`, `[]`, `{"method":1}`, `{"method":"update"}`, `{"method":"update","state":null}`,
		`{"method":"update","state":{"value":"x","index":9,"":1,"_view_name":"y"}}`, `{"method":"update","state":{"value":11,"index":null}}`,
		`{"method":"custom","content":{"event":"jump"}}`, `{"method":"custom"}`, `{"method":"update","state":{"value":1e99,"index":-1}}`} {
		for _, w := range []Widget{s, d, b} {
			f.deliver(w, data)
		}
	}
	if s.Get() != 4 || d.Get() != "a" || b.Clicks() != 0 {
		t.Errorf("values are %v, %v, %v", s.Get(), d.Get(), b.Clicks())
	}
	if f.state(s)["value"] != 4.0 || f.state(d)["index"] != 0.0 {
		t.Errorf("front ends have %v and %v", f.state(s)["value"], f.state(d)["index"])
	}
	if f.state(s)["_view_name"] != "IntSliderView" {
		t.Error("a front end has changed the name of the view")
	}
}

func TestOutsideANotebook(t *testing.T) {
	s := Slider(0, 10).Label("n").Set(3)
	data, _ := s.MIMEBundle()
	if data["text/plain"] != "IntSlider n: 3" || data[viewType] != nil {
		t.Errorf("bundle %v", data)
	}
	calls := 0
	Interact(func(x float64, n int8, on bool, s string) (int, error) { calls++; return 1, nil })
	if calls != 1 {
		t.Errorf("called %d times", calls)
	}
	var a strings.Builder
	area := Output()
	area.Capture(func() { a.WriteString("called") })
	if a.String() != "called" {
		t.Error("Capture does not call")
	}
}

func TestInteractFollowsItsControls(t *testing.T) {
	f := connect(t)
	var calls []string
	own := Slider(1, 5)
	box := Interact(func(x float64, n int, name string, on bool) {
		calls = append(calls, fmt.Sprintf("%v %v %v %v", x, n, name, on))
	},
		[2]float64{2, 3}, own, []string{"a", "b"}, true)
	if err := box.Err(); err != nil {
		t.Fatal(err)
	}
	show(box)
	own.Set(4)
	children := box.m.get("children").([]*model)
	for _, step := range []struct {
		child int
		trait string
		value any
	}{{0, "value", 2.5}, {2, "index", 1}, {3, "value", false}} {
		f.update(shown{children[step.child]}.widget(), step.trait, step.value)
	}
	want := []string{"2 1 a true", "2 4 a true", "2.5 4 a true", "2.5 4 b true", "2.5 4 b false"}
	if !reflect.DeepEqual(calls, want) {
		t.Errorf("calls %q, want %q", calls, want)
	}
}

// widget makes a part of a widget a Widget of its own.
func (s shown) widget() Widget { return struct{ shownWidget }{shownWidget{s}} }

type shownWidget struct{ shown }

func (s shownWidget) Show() error { return nil }

func ExampleSlider() {
	gain := Slider(0.0, 5).Label("gain").Step(0.5)
	gain.OnChange(func(g float64) { fmt.Println("gain is now", g) })
	gain.Set(1.5)
	fmt.Println(gain)
	// Output:
	// gain is now 1.5
	// FloatSlider gain: 1.5
}
