package session

import (
	"fmt"
	"testing"
)

// S-5: a web of pointers, maps, channels and closures goes on under types that
// are declared again and again, while the collector runs all the time and a
// goroutine of an earlier cell sends values of the former types.
func TestRenewedVariablesSurviveCollections(t *testing.T) {
	n := open(t)
	n.ok(`import "runtime/debug"
debug.SetGCPercent(5)
type node struct { id int; kids []*node; byName map[string]*node; key [2]item; any any; f func(*node) int; c chan *node; s string }
type item struct { a int8; b string }
type list[T any] struct { items []T }
func build(depth int) *node {
	n := &node{id: depth, byName: map[string]*node{}, s: fmt.Sprint("node", depth), c: make(chan *node, 4), f: func(x *node) int { return x.id }}
	n.key = [2]item{{1, fmt.Sprint(depth)}, {2, "x"}}
	n.any = n.key
	if depth > 0 {
		for i := range 3 {
			k := build(depth-1)
			n.kids = append(n.kids, k)
			n.byName[fmt.Sprint(i)] = k
		}
	}
	return n
}
root := build(6)
keyed := map[item]*node{}
all := list[*node]{}
go func() {
	for {
		x := build(3)
		select { case root.c <- x: default: <-root.c }
		time.Sleep(time.Millisecond)
	}
}()`)
	n.ok(`func visit(n *node, do func(*node)) { do(n); for _, k := range n.kids { visit(k, do) } }
visit(root, func(n *node) { keyed[item{int8(n.id), n.s}] = n; all.items = append(all.items, n) })`)
	n.ok("func (n *node) named() (t int) { for k, v := range n.byName { t += len(k) + v.id }; return }")
	const sum = `s := 0
visit(root, func(n *node) { s += n.id + len(n.byName) + n.f(n) + len(n.s) + n.named() })
for k, v := range keyed { if keyed[k] != v || k.b != v.s { panic("lost") }; s += int(k.a) }
for _, x := range all.items { s += x.id }
x := <-root.c; s += x.id
fmt.Sprint(s, len(all.items), len(keyed))`
	want, _ := n.ok(sum)
	for i, code := range []string{
		"func (n *node) depth() int { return n.id }",
		"func (i item) text() string { return i.b }",
		"func (l *list[T]) size() int { return len(l.items) }",
		"type item struct { a int8 `tag`; b string }",
		"visit(root, func(n *node) { if len(n.kids) == 0 { n.kids = append(n.kids[:0:0], n.kids...); n.byName[\"new\"] = build(0); delete(n.byName, \"new\") } })",
		"func (n *node) depth() int { return -n.id }",
	} {
		n.ok(code)
		if got, _ := n.ok(sum); got != want {
			t.Fatalf("after step %d: %s, want %s", i, got, want)
		}
	}
	n.want("root.depth() + len(root.key[0].text()) + all.size()", fmt.Sprint(-6+1+1093))
}
