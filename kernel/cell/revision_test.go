package cell

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// S-3, S-4, S-5: what is declared again reaches what was declared before. Each
// case is a notebook of its own.
var revisionCases = []struct {
	name  string
	steps []step
}{
	{"a method in a later cell", []step{
		{"type point struct{ x, y int }", ""},
		{"func (p point) sum() int { return p.x + p.y }", ""},
		{"p := point{1, 2}\np.sum()", "=> 3"},
		{"func (p *point) move(d int) {\n\tp.x += d\n\tp.y += d\n}", ""},
		{"p.move(10); p.sum()", "=> 23"},
		{"p", "=> {11 12}"},
		{"any(&p).(interface{ move(int) }) != nil", "=> true"},
	}},
	{"variables go on under the new type", []step{
		{"type node struct { n int; next *node; names []string }\ntype pair[A, B any] struct { a A; b B }", ""},
		{"one := node{n: 1}\nptr := &one\nlist := []node{{n: 2}, {n: 3}}\ntable := map[string]*node{\"one\": ptr}\nkeyed := map[[2]node2]int{}\ntype node2 struct{ a, b int8 }\nboth := pair[node, []*node]{one, []*node{ptr}}\narr := [2]struct{ inner node }{{one}, {node{n: 9}}}", ""},
		{"keyed[[2]node2{{1, 2}, {3, 4}}] = 7", ""},
		{"func (n *node) total() int {\n\tif n == nil {\n\t\treturn 0\n\t}\n\treturn n.n + n.next.total()\n}\nfunc (n node2) sum() int { return int(n.a + n.b) }", ""},
		{"ptr.next = &node{n: 5}\none.total()", "=> 6"},
		{"table[\"one\"].total() + list[1].total() + both.b[0].total() + both.a.total() + arr[1].inner.total()", "=> 25"},
		{"for k, v := range keyed { fmt.Println(k[0].sum(), k[1].sum(), v, keyed[k]) }", "3 7 7 7"},
		{"for range 20 { runtime.GC() }\ntable[\"new\"] = &node{n: 100, next: ptr}\ntable[\"new\"].total()", "=> 106"},
		{"func (n *node) last() *node {\n\tfor n.next != nil {\n\t\tn = n.next\n\t}\n\treturn n\n}", ""},
		{"table[\"new\"].last().n + one.total()", "=> 11"},
	}},
	{"channels and functions go on", []step{
		{"type job struct{ id int }\njobs, done := make(chan job), make(chan int)\ngo func() {\n\tfor j := range jobs {\n\t\tdone <- j.id * 2\n\t}\n}()\nact := func(j job) int { return j.id + 1 }", ""},
		{"func (j job) run() int {\n\tjobs <- j\n\treturn <-done\n}", ""},
		{"job{21}.run() + act(job{1})", "=> 44"},
	}},
	{"another layout keeps the variables as they were, and says so", []step{
		{"type cat struct{ name string }\nfunc (c cat) hello() string { return \"I am \" + c.name }", ""},
		{"tom := cat{\"Tom\"}\nothers := []cat{tom}\nsound := \"miau\"", ""},
		{"type cat struct{ name string; lives int }", "others, tom keep the former type cat (field lives is new); run Cell [2] again to make them anew"},
		{"tom.hello()", "=> I am Tom"},
		{"cat{\"Ann\", 9}.hello()", "=> I am Ann"},
		{"tom := cat{tom.name, 9}; tom.lives", "=> 9"},
		{"others[0].name", "=> Tom"},
		{"type cat struct{ name string }", "tom keeps the former type cat (field lives is gone); run Cell [6] again to make it anew"},
		{"others = append(others, cat{\"Bob\"}); len(others)", "=> 2"}, // it fits again
	}},
	{"the order of fields is part of the layout", []step{
		{"type size struct{ width, height int }\ns := size{3, 4}", ""},
		{"type size struct{ height, width int }", "s keeps the former type size (fields width and height have changed places); run Cell [1] again to make it anew"},
		{"s.width", "=> 3"},
	}},
	{"functions that mention a type follow it", []step{
		{"type dog struct{ name string }", ""},
		{"func greet(d dog) string { return \"hi \" + d.name }\nfunc twice(d dog) string { return greet(d) + greet(d) }", ""},
		{"func all(dogs ...dog) (out []string) {\n\tfor _, d := range dogs {\n\t\tout = append(out, greet(d))\n\t}\n\treturn\n}", ""},
		{"type dog struct{ name, colour string }", ""},
		{"all(dog{\"Rex\", \"red\"}, dog{name: \"Bo\"})", "=> [hi Rex hi Bo]"},
		{"twice(dog{name: \"Bo\"})", "=> hi Bohi Bo"},
		{"type dog struct{ title string }", "greet of Cell [2] does not go with this cell and stays as it was: line 1: d.name undefined (type dog has no field or method name)\n" +
			"twice of Cell [2] does not go with this cell and stays as it was: line 2: cannot use d (variable of struct type dog) as dog value in argument to greet\n" +
			"all of Cell [3] does not go with this cell and stays as it was: line 3: cannot use d (variable of struct type dog) as dog value in argument to greet"},
		{"func greet(d dog) string { return \"hello \" + d.title }", ""},
		{"all(dog{\"Rex\"})", "=> [hello Rex]"},
	}},
	{"constants and types that mention a type follow it", []step{
		{"type colour int\nconst (\n\tred colour = iota\n\tgreen\n\tblue\n)\nconst many = 3\ntype palette struct{ main colour; rest []colour }", ""},
		{"p := palette{green, []colour{red, blue}}", ""},
		{"func (c colour) String() string { return [many]string{\"red\", \"green\", \"blue\"}[c] }", ""},
		{"fmt.Println(green, p, p.rest)\np.main == green", "green {green [red blue]} [red blue]\n=> true"},
		{"func (p palette) size() int { return 1 + len(p.rest) }\np.size()", "=> 3"},
		{"const green = 7\nred", "=> red"},
		{"func (c colour) hex() string { return fmt.Sprintf(\"%x\", int(c)) }\nblue.hex()", "=> 2"},
		{"green", "=> 7"},
	}},
	{"a function reaches its callers in its own cell", []step{
		{"func base() int { return 1 }\nfunc above() int { return 10 * base() }\nfunc top() int { return 100 + above() }", ""},
		{"top()", "=> 110"},
		{"func base() int { return 2 }", ""},
		{"top()", "=> 120"},
		{"above()", "=> 20"},
		{"func base() int { return 3 }\nabove() + top()", "=> 160"},
		{"base := func() int { return 4 }", ""},
		{"top()", "=> 140"},
	}},
	{"a function with another signature reaches its callers", []step{
		{"func scale(x int) int { return 2 * x }", ""},
		{"func area(w, h int) int { return scale(w) * scale(h) }", ""},
		{"func sum(xs ...int) (t int) { for _, x := range xs { t += scale(x) }; return }\nfunc show() string { return fmt.Sprint(sum(1, 2)) }", ""},
		{"area(2, 3)", "=> 24"},
		{"func scale(x int, by ...int) int {\n\tfor _, b := range by {\n\t\tx *= b\n\t}\n\treturn x\n}", ""},
		{"area(2, 3)", "=> 6"},
		{"show()", "=> 3"},
		{"func scale(x float64) float64 { return x / 2 }", "area of Cell [2] does not go with this cell and stays as it was: line 1: cannot use w (variable of type int) as float64 value in argument to scale\n" +
			"sum of Cell [3] does not go with this cell and stays as it was: line 1: cannot use x (variable of type int) as float64 value in argument to scale"},
		{"area(2, 3)", "=> 6"},
		{"scale(3)", "=> 1.5"},
	}},
	{"generic functions and types reach those who use them", []step{
		{"func first[T any](xs []T) T { return xs[0] }\ntype stack[T any] struct{ items []T }", ""},
		{"func get() int { return first([]int{1, 2, 3}) }\nvar s stack[int]", ""},
		{"func first[T any](xs []T) T { return xs[len(xs)-1] }", ""},
		{"get()", "=> 3"},
		{"func (s *stack[T]) push(x T) { s.items = append(s.items, x) }", ""},
		{"s.push(4); s.push(5); s.items", "=> [4 5]"},
		{"func (s *stack[T]) size() int { return len(s.items) }\ns.size()", "=> 2"},
	}},
	{"a variable of another type reaches the functions that use it", []step{
		{"value := 1\nfunc show() string { return fmt.Sprint(\"value \", value) }\nfunc plus() int { return value + 1 }", ""},
		{"value := \"text\"", "plus of Cell [1] does not go with this cell and stays as it was: line 3: invalid operation: value + 1 (mismatched types string and untyped int)"},
		{"show()", "=> value text"},
		{"value := 7", ""},
		{"plus()", "=> 8"}, // it fits again
	}},
	{"methods declared again", []step{
		{"type acc struct{ v int }\nfunc (a *acc) add(n int) { a.v += n }\nfunc (a acc) twice() int { return 2 * a.v }\na := acc{}\nfunc use() int {\n\ta.add(1)\n\treturn a.v\n}", ""},
		{"use()", "=> 1"},
		{"func (a *acc) add(n int) { a.v += 10 * n }", ""},
		{"use()", "=> 11"},
		{"a.twice()", "=> 22"},
		{"func (a *acc) add(n int, more ...int) { a.v += 100 * n }\nuse()", "=> 111"},
		{"func (a acc) twice() string { return \"twice\" }\na.twice()", "=> twice"},
	}},
	{"running everything again changes nothing", []step{
		{"type bee struct{ wings int }", ""},
		{"func (b bee) fly() int { return b.wings }", ""},
		{"maja := bee{4}", ""},
		{"func swarm(n int) int { return n * maja.fly() }", ""},
		{"type bee struct{ wings int }", ""},
		{"swarm(2)", "=> 8"},
		{"func (b bee) fly() int { return b.wings }", ""},
		{"type bee struct {\n\twings int // how many\n}\nfunc (b bee) sting() string { return \"ouch\" }\nmaja.sting()", "=> ouch"},
		{"maja.fly() + swarm(1)", "=> 8"},
	}},
	{"a type with type parameters, and without", []step{
		{"type box struct{ v int }\nb := box{1}\nbs := []box{b}", ""},
		{"type box[T any] struct{ v T }", "b, bs keep the former type box (it has other type parameters); run Cell [1] again to make them anew"},
		{"g := box[string]{\"x\"}; b.v", "=> 1"},
		{"type box struct{ v int }\nfunc (b box) get() int { return b.v }\nb.get() + bs[0].get()", "g keeps the former type box (it has other type parameters); run Cell [3] again to make it anew\n=> 2"},
	}},
	{"a cell that declared a type comes again when a variable has changed", []step{
		{"type box struct{ v int }\nb := box{1}", ""},
		{"type box struct{ v int `tag` }", ""},
		{"b := \"text\"", ""},
		{"type box struct{ v int `tag` }", ""},
		{"b", "=> text"},
	}},
	{"a name of another kind only hides", []step{
		{"type point struct{ x int }\nfunc mirror(p point) point { return point{-p.x} }", ""},
		{"point := point{3}\npoint.x", "=> 3"},
		{"mirror(point).x", "=> -3"},
		{"type point struct{ x, y int }", ""},
	}},
	{"packages under other names", []step{
		{"import str \"strings\"\ntype word string\nfunc (w word) up() string { return str.ToUpper(string(w)) }\nfunc clock() time.Duration { return 3 * time.Second }\nfunc shout(w word) string { return str.Repeat(w.up(), 2) + clock().String() }", ""},
		{"str := 5\ntime := 1.5\nstr", "=> 5"},
		{"func (w word) size() int { return len(w) }\nshout(\"a\")", "=> AA3s"},
		{"import str \"strconv\"\nfunc (w word) quoted() string { return str.Quote(string(w)) }\nword(\"b\").quoted() + shout(\"c\")", "=> \"b\"CC3s"},
	}},
	{"embedding and interfaces", []step{
		{"type animal struct{ name string }\ntype namer interface{ call() string }\ntype cat struct { animal; lives int }\nc := cat{animal{\"Tom\"}, 9}\nvar any1 any = c", ""},
		{"func (a animal) call() string { return \"here, \" + a.name }", ""},
		{"c.call()", "=> here, Tom"},
		{"var n namer = c; n.call()", "=> here, Tom"},
		{"_, ok := any1.(namer); ok && any1 == any(c)", "=> true"},
	}},
	{"values behind interfaces go on with the new declaration, or are named", []step{
		{"type dog struct{ name string }\nfunc (d dog) speak() string { return \"wuff\" }\nfunc (d *dog) rest() string { return \"zzz\" }\ntype speaker interface{ speak() string }\ntype pack struct { members map[string]speaker }", ""},
		{"animals := []speaker{dog{\"Rex\"}}\nall := pack{map[string]speaker{\"a\": dog{\"Bo\"}}}\nvar sleeper interface{ rest() string } = &dog{\"Al\"}\nvar anything any = dog{\"Di\"}\nvar w io.Writer = os.Stdout\nsolo := dog{\"So\"}", ""},
		{"func (d dog) sit() string { return \"sits\" }", ""}, // nothing that they have has changed
		{"func (d dog) speak() string { return \"bark\" }", ""},
		{"animals[0].speak() + all.members[\"a\"].speak() + solo.speak() + anything.(speaker).speak() + anything.(dog).name", "=> barkbarkbarkbarkDi"},
		{"first := &dog{\"Once\"}\nshared := map[any][]any{dog{\"Key\"}: {first, map[string]*dog{\"x\": first}, []dog{{\"El\"}}, [1]any{struct{ d any }{dog{\"In\"}}}, w, 3, nil}}", ""},
		{"func (d *dog) rest() string { d.name += \"!\"; return d.name }", ""},
		{"list := shared[dog{\"Key\"}]\nlist[0].(*dog).rest() + list[1].(map[string]*dog)[\"x\"].rest() + first.rest() + list[2].([]dog)[0].rest() + list[3].([1]any)[0].(struct{ d any }).d.(dog).name + sleeper.rest()", "=> Once!Once!!Once!!!El!InAl!"},
		{"len(shared), list[4] == any(w), list[5], sleeper.(*dog).name", "=> 1\n=> true\n=> 3\n=> Al!"},
		{"animals := []speaker{dog{\"Rex\"}}; animals[0].speak()", "=> bark"},
		{"type dog struct{ name string; age int }", "first, solo keep the former type dog (field age is new); run Cell [6], Cell [2] again to make them anew\n" +
			"all holds values of the former type dog (field age is new); run Cell [2] again to make them anew\n" +
			"animals holds values of the former type dog (field age is new); run Cell [10] again to make them anew\n" +
			"anything holds values of the former type dog (field age is new); run Cell [2] again to make them anew\n" +
			"list holds values of the former type dog (field age is new); run Cell [8] again to make them anew\n" +
			"shared holds values of the former type dog (field age is new); run Cell [6] again to make them anew\n" +
			"sleeper holds values of the former type dog (field age is new); run Cell [2] again to make them anew"},
	}},
	{"aliases", []step{
		{"type metre float64\ntype length = metre\ntype ref = *metre\nm := length(3)\nvar r ref = &m", ""},
		{"func (l length) cm() float64 { return 100 * float64(l) }\nm.cm()", "=> 300"},
		{"func (r ref) double() { *r *= 2 }\nr.double(); m.cm()", "=> 600"},
		{"type q = *metre\nfunc (x q) half() { *x /= 2 }\nm.half(); m.cm()", "=> 300"},
	}},
	{"panics name the cell in which the text stands", []step{
		{"type list []int\n\nfunc at(l list, i int) int {\n\treturn l[i]\n}", ""},
		{"func (l list) last() int {\n\treturn at(l, len(l))\n}", ""},
		{"list{1}.last()", "panic: runtime error: index out of range [1] with length 1 at Cell[1]:4"},
	}},
	{"everything that the rewriter does is done again", []step{
		{"import . \"math\"\ntype box struct{ w, H int; name string }\nvar out strings.Builder\nfunc messy(b box, c chan box) (n int) {\n\tunused := 1\n\tfor i, v := range []int{1, 2} {\n\t}\n\tgo func() { c <- b }()\n\tgo send(c, b)\nagain:\n\tif n < 3 {\n\t\tn++\n\t\tgoto again\n\t}\n\tfmt.Fprintf(&out, \"%+v\", b)\n\tdefer func() { recover() }()\n\tif n > 5 {\n\t\tlog.Fatal(\"never\")\n\t}\n\treturn n + int(Sqrt(16)) + Second(b)\n}\n//go:noinline\nfunc send(c chan box, b box) { c <- b }\nfunc Second(b box) int { return b.H }", ""},
		{"func (b box) area() int { return b.w * b.H }", ""},
		{"ch := make(chan box, 2)\nmessy(box{1, 2, \"n\"}, ch) + (<-ch).area() + (<-ch).area()", "=> 13"},
		{"out.String()", "=> {w:1 H:2 name:n}"},
	}},
	{"types within functions and goroutines", []step{
		{"type item struct{ n int }\nfunc make3() []item {\n\ttype local struct{ i item }\n\tvar out []item\n\tfor i := range 3 {\n\t\tl := local{item{i}}\n\t\tout = append(out, l.i)\n\t}\n\treturn out\n}\nfunc send(c chan item) { go func() { c <- item{5}; close(c) }() }", ""},
		{"func (i item) sq() int { return i.n * i.n }", ""},
		{"c := make(chan item); send(c)\ntotal := 0\nfor i := range c { total += i.sq() }\nfor _, i := range make3() { total += i.sq() }\ntotal", "=> 30"},
	}},
}

func TestRevisions(t *testing.T) {
	for _, c := range revisionCases {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			n := newNotebook(t)
			for _, s := range c.steps {
				n.want(s.code, s.want)
			}
		})
	}
}

// What a name meant before is remembered once: a type may get many methods.
func TestManyMethodsOneByOne(t *testing.T) {
	tool, err := testTool()
	if err != nil {
		t.Fatal(err)
	}
	c := newCompiler(withoutLinking{tool})
	defer c.Close()
	build := func(i int, code string) {
		t.Helper()
		built, err := c.Build(context.Background(), i, "", code)
		if err != nil {
			t.Fatal(err)
		}
		commitAll(c, built)
	}
	build(1, "type T struct{ a int }\nt := T{1}\nts := []T{t}\nfunc use(t T) int { return t.a }")
	for i := range 30 {
		build(i+2, fmt.Sprintf("func (t T) m%d() int { return use(t) }", i))
	}
	for _, name := range []string{"T", "t", "ts", "use"} {
		if n := len(c.live[name].older); n > 30 {
			t.Errorf("%s has %d former meanings after 30 methods", name, n)
		}
	}
}

// A cell that comes again as it was is not compiled, whatever was added to its
// types meanwhile.
func TestUnchangedTypesAreKept(t *testing.T) {
	n := newNotebook(t)
	n.run("type T struct{ a int }")
	n.run("func (t T) get() int { return t.a }")
	n.run("v := T{3}")
	if built := n.build("type T struct{ a int }"); !built.Empty {
		t.Errorf("the type is declared again:\n%s", built.Source)
	}
	if built := n.build("func (t T) get() int { return t.a }"); !built.Empty {
		t.Errorf("the method is declared again:\n%s", built.Source)
	}
	n.run("type U struct{ t T }\nv.get()")
	if built := n.build("type U struct{ t T }\nv.get()"); !built.Unchanged {
		t.Error("a cell with an unchanged type is compiled again")
	}
	n.run("func (t T) other() int { return 1 }")
	if built := n.build("type U struct{ t T }\nv.get()"); built.Unchanged {
		t.Error("U holds a T, which has changed")
	}
	n.want("v.get() + v.other()", "=> 4")
}

// When a front end names its cells, a method that was taken out of a cell goes.
func TestMethodTakenOutOfItsCell(t *testing.T) {
	n := newNotebook(t)
	run := func(cellID, code string) {
		t.Helper()
		n.count++
		built, err := n.c.Build(context.Background(), n.count, cellID, code)
		if err != nil {
			t.Fatal(err)
		}
		if built.Plugin != nil && !built.Unchanged {
			if msg := n.send("load " + built.Plugin.File); msg != "" {
				t.Fatal(msg)
			}
		}
		n.c.Commit(built)
		if built.Plugin != nil {
			n.finish(built, n.send("run "+built.Plugin.File))
		}
	}
	run("a", "type T struct{ a int }\nfunc (t T) String() string { return \"mine\" }")
	run("b", "func (t T) two() int { return 2 }\nfunc (t T) three() int { return 3 }")
	run("c", "v := T{7}")
	n.want("fmt.Sprint(v)", "=> mine")
	run("a", "type T struct{ a int }")
	n.want("fmt.Sprint(v)", "=> {7}")
	run("b", "func (t T) two() int { return 2 }")
	n.want("v.two()", "=> 2")
	n.wantErrors("v.three()", "1:3: v.three undefined (type T has no field or method three) (there are a, two)")
}

// S-6: of a cell that stops only what was reached is defined.
func TestOnlyReachedVariablesAreDefined(t *testing.T) {
	n := newNotebook(t)
	n.run("kept := 1\nlater := \"old\"")
	n.run("one := 1\nvar two, three = 2, 3\nkept := 5\npanic(\"stop\")\nfour := 4\nvar five int\nlater := 7\nfunc f() int { return four }")
	if want := []string{"five", "four", "later"}; !slices.Equal(n.missing, want) {
		t.Errorf("missing %v, want %v", n.missing, want)
	}
	n.want("one + two + three + kept", "=> 11")
	n.want("later", "=> old")
	n.wantErrors("four", "1:1: undefined: four (Cell [2] would define it, but stopped before)")
	n.run("four := 44") // the function of that cell sees it
	n.want("f()", "=> 44")
	n.run("if kept > 0 { return }\nnever := 1")
	if want := []string{"never"}; !slices.Equal(n.missing, want) {
		t.Errorf("missing %v, want %v", n.missing, want)
	}
	n.run("a := 1\na := \"s\"\npanic(1)\na := 1.5")
	n.want("a", "=> s")
	if n.run("goto over\nskipped := 1\nover: reached := 2"); !slices.Equal(n.missing, []string{"skipped"}) {
		t.Errorf("missing %v, want [skipped]", n.missing)
	}
	n.want("reached", "=> 2")
	n.send("interrupt")
	n.run("before := 1\nfor {}\nafter := 2")
	n.want("before", "=> 1")
	n.wantErrors("after", "1:1: undefined: after (Cell [13] would define it, but stopped before)")
}

// S-7: what nobody can reach any more is freed.
func TestMemoryOfRedefinedVariablesIsFreed(t *testing.T) {
	n := newNotebook(t)
	heap := func() int {
		t.Helper()
		mb, err := strconv.Atoi(strings.TrimSpace(n.send("heap")))
		if err != nil {
			t.Fatal(err)
		}
		return mb
	}
	began := heap()
	freed := func(what string, more int) {
		t.Helper()
		if got := heap() - began; got < more || got > more+40 {
			t.Errorf("%s: %d MB more than at first, want %d", what, got, more)
		}
	}
	n.run("data := make([]byte, 100<<20)")
	freed("100 MB", 100)
	n.run("data := make([]byte, 100<<20)")
	freed("defined again with the same type", 100)
	n.run("data := \"small\"")
	freed("defined again with another type", 0)
	n.run("data := make([]int64, 100<<17)\nfunc size() int { return len(data) }")
	freed("100 MB that a function mentions", 100)
	n.run("data := []string{\"a\"}")
	freed("the function was compiled again", 0)
	n.want("size()", "=> 1")
	n.run("data := make([]byte, 100<<20)\nsum := func() int { return len(data) }")
	n.run("data := 1")
	freed("100 MB that a closure holds", 100)
	n.want("sum()", "=> 104857600")
	n.run("sum := 0")
	n.run("type big struct{ b []byte }\nx := big{make([]byte, 100<<20)}\np := &x")
	n.run("x := 1")
	n.want("len(p.b)", "=> 104857600") // a pointer still leads to it
	n.run("type box struct{ b []byte }\nv := box{make([]byte, 100<<20)}")
	n.run("func (b box) size() int { return len(b.b) }")
	n.want("v.size()", "=> 104857600")
	now := heap()
	n.run("v := 1")
	if got := heap() - now; got > -90 {
		t.Errorf("a variable that went on with a renewed type: %d MB after it was defined again", got)
	}
	if free := n.c.Forget([]string{"v", "nothing"}); len(free) != 1 {
		t.Errorf("Forget: %v", free)
	}
	n.wantErrors("v", "1:1: undefined: v")
}

// Completion and inspection know what later cells have added.
func TestAskingAboutWhatWasAdded(t *testing.T) {
	n := newNotebook(t)
	n.run("// point is a place.\ntype point struct{ x, y int }\n// sum adds.\nfunc sum(p point) int { return p.x + p.y }\np := point{1, 2}")
	n.run("// far tells how far it is.\nfunc (p point) far() int { return sum(p) }")
	a := NewAssistant(n.c)
	for code, want := range map[string]string{
		"p.fa": "p.far",
		"func (q point) near() int {\n\treturn q.fa": "q.far",
		"func (q *point) near() int {\n\tq.nea":      "q.near",
	} {
		c := a.Complete(code, len(code))
		if len(c.Matches) != 1 || c.Matches[0].Text != want {
			t.Errorf("%q: %+v, want %s", code, c.Matches, want)
		}
	}
	for code, want := range map[string][]string{
		"p.far": {"Cell [2]", "far tells how far it is."},
		"sum":   {"Cell [1]", "sum adds."}, // it was compiled again in Cell [2]
		"point": {"Cell [1]", "point is a place."},
	} {
		d, ok := a.Inspect(code, len(code), 0)
		if !ok || d.Where != want[0] || !strings.Contains(d.Doc, want[1]) {
			t.Errorf("%s: %+v, want %q", code, d, want)
		}
	}
}
