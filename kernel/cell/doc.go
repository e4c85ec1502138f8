// Package cell turns the text of a notebook cell into a plugin that the
// worker can load, and remembers what the cells before it declared.
//
// A cell goes through these stages, one file each:
//
//	magic.go      lines that start with % or ! are split off
//	split.go      the Go text is cut into imports, functions and statements
//	parse.go      each piece is parsed, all syntax errors together
//	imports.go    names of packages that are used without an import are found
//	check.go      go/types checks the cell against the live scope
//	rewrite.go    the text is edited: variables, names of other cells, checks
//	generate.go   the edited pieces become one Go file
//	build.go      compile, link, or find that nothing changed
//
// # Variables
//
// A variable that a cell defines outside of any block lives in the worker, in
// one heap cell that is named by a number, its slot. A cell reaches it through
// a pointer of its own:
//
//	x := 1        (*ꞋxꞋ1) = 1
//	y := x + 1    (*ꞋyꞋ2) = (*ꞋxꞋ1) + 1
//
// A second definition with the same type keeps the slot, so functions and
// closures of earlier cells see the new value. A definition with another type
// gets a new slot; what was compiled before keeps the old one. A function has
// a slot too, and later cells call it through that, so that a new definition
// with the same signature reaches its callers. Types, constants and generic
// functions are used by importing the package of the cell that declares them.
//
// # Names
//
// Every cell is a Go package of its own. For the type checker all of them have
// the same path, so lower-case names, fields and methods of one are visible
// in the next. For the compiler they are renamed with the prefix Ꞌ (U+A78B,
// an upper-case letter), which the kernel removes from everything that leaves
// it. Lines never move: the user's text is edited in place, and //line
// directives carry the position into the compiler and the runtime.
//
// # Unfinished cells
//
// An [Assistant] answers what people ask while they write: how a name may go
// on, and what it is. It compiles nothing and declares nothing. The text up to
// the cursor is closed in the ways in which people may go on (look.go), parsed
// and type-checked with its mistakes against the live scope, and the answer
// read off the types; comments come from the packages' sources (docs.go).
//
//	cursor.go      what stands at the cursor
//	look.go        unfinished text, understood as far as possible
//	completion.go  proposals
//	inspect.go     descriptions, with docs.go
//	help.go        the question "name?" at the end of a cell
//
// # Use
//
//	c := cell.New(tool)
//	built, err := c.Build(ctx, 1, "", "x := 1\nx + 1")
//	if problems := (*cell.Problems)(nil); errors.As(err, &problems) {
//		fmt.Println(strings.Join(problems.Traceback(), "\n"))
//	}
//	// load and run built.Plugin in the worker, then
//	c.Commit(built)
//
// A Compiler may be used by several goroutines; it does one thing at a time.
package cell
