// Package cell turns the text of a notebook cell into a plugin that the
// worker can load, and remembers what the cells before it declared.
//
// A cell goes through these stages, one file each:
//
//	magic.go      lines that start with % or ! are split off
//	split.go      the Go text is cut into imports, functions and statements
//	parse.go      each piece is parsed, all syntax errors together
//	imports.go    names of packages that are used without an import are found
//	revision.go   what of earlier cells has to be compiled again is found out
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
// gets a new slot. A function has a slot too, and later cells call it through
// that, so that a new definition with the same signature reaches its callers;
// within one cell calls are direct, as in any Go program. Types, constants and
// generic functions are used by importing the package of the cell that declares
// them.
//
// A cell defines the variables that its statements come to: each of them tells
// the worker, and [Compiler.Defined] enters what the worker reports. What a
// variable held that has got another type is freed, unless a closure or a pointer
// may lead to it (capture.go).
//
// # Declarations that change
//
// Go binds early, so a declaration that is made anew would reach nobody. Each
// declaration is therefore kept as text together with what it mentions (decl.go),
// and a cell that declares a name anew, or adds a method to a type, is compiled
// together with whatever depends on that: all methods of the type, types and
// constants made of it, functions that mention it, callers of a function with
// another signature or in the same cell. What does not pass the type checker with
// the new declaration stays as it was, and the cell says so when it runs
// ([Cell].Notices). A declaration that comes again word by word is none, so
// running a notebook from the top a second time changes nothing.
//
// A type that was declared again is another type for Go. Its variables go on
// with it if their memory means the same under both (layout.go): then they get
// new slots with the old memory, see live.Carry. This holds for all that leads to
// the type by pointers, slices, maps, channels and functions; values that stand
// behind interfaces are looked for when the cell is loaded (held.go). Where the
// fields differ, variables keep the former type and their values, and are named.
//
// When the worker dies, its variables are gone; what has no side effects is not.
// [Compiler.Restore] makes a plugin of the packages that functions, types and
// constants come from, and loading it into the next worker puts everything in
// place. Variables that functions mention keep their slots meanwhile, so the
// functions see them when they are defined again.
//
// # Names
//
// Every cell is a Go package of its own. For the type checker all of them have
// the same path, so lower-case names, fields and methods of one are visible
// in the next. For the compiler they are renamed with the prefix Ꞌ (U+A78B,
// an upper-case letter), which the kernel removes from everything that leaves
// it. Text that a program makes of its own values by fmt is rid of it too
// (standin.go); reflection and gob see it. Lines never move: the user's text is edited in place, and //line
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
