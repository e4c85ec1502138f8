package magic

import (
	"strings"
)

// A Command is one kind of special line.
type Command struct {
	Name  string // "%env", "!", "%%bash": the first word of the line
	Args  string // what follows, for people: "[NAME VALUE]"
	About string // one sentence without a full stop
	Group Group
	None  bool // it takes no arguments
}

// Usage is the line as people write it.
func (c Command) Usage() string {
	switch {
	case c.Args == "":
		return c.Name
	case strings.HasPrefix(c.Name, "!"):
		return c.Name + c.Args
	}
	return c.Name + " " + c.Args
}

// Body tells whether the command takes the rest of its cell as text.
func (c Command) Body() bool { return strings.HasPrefix(c.Name, "%%") && len(c.Name) > 2 }

// A Group is a heading of the table.
type Group string

// Groups, in the order of the table.
const (
	Running  Group = "Running a cell"
	Knowing  Group = "Time, memory, profiles"
	State    Group = "Variables and declarations"
	Modules  Group = "Modules"
	Files    Group = "Shell, files, environment"
	Browser  Group = "Widgets and WebAssembly"
	ThisHelp Group = "Help"
)

// Groups lists the headings in order.
var Groups = []Group{Running, Knowing, State, Modules, Files, Browser, ThisHelp}

// Commands is the table of special lines. It is the only place that knows which
// there are.
var Commands = []Command{
	{"%%", "[ARGUMENTS]", "the lines after it become func main, after flag.Parse; the arguments are the program's", Running, false},
	{"%main", "[ARGUMENTS]", "the same as %%", Running, false},
	{"%args", "[ARGUMENTS]", "sets the program's arguments for this and later cells", Running, false},
	{"%exec", "FUNCTION [ARGUMENTS]", "parses flags and calls the function", Running, false},
	{"%test", "[FLAGS]", "runs the tests and benchmarks of this cell by go test, or all of them if it has none", Running, false},
	{"%bench", "[FLAGS]", "runs the benchmarks of this cell by go test, or all of them if it has none, and compares them with their last run", Running, false},
	{"%mode", "[live|program]", "live keeps variables from cell to cell; program builds and runs each cell as a program of its own, with all declarations; for this and later cells", Running, false},
	{"%goflags", "[FLAGS]", "sets flags of go build for this and later cells, which are then run as programs; %goflags \"\" clears them", Running, false},
	{"%race", "", "runs this cell as a program with the race detector", Running, true},
	{"%cover", "", "runs the tests of this cell, or all, and shows which lines they reach", Running, true},

	{"%time", "[STATEMENT]", "says how long the cell, or the statement, took to check, compile, link, load and run", Knowing, false},
	{"%timeit", "[-n N] [-r N] [STATEMENT]", "runs the cell, or the statement, many times and says how long once takes", Knowing, false},
	{"%timing", "[on|off]", "says of every cell how long it took", Knowing, false},
	{"%pprof", "[FILE]", "shows where the cell spends its time, as a flame graph; the profile also goes to the file", Knowing, false},
	{"%memory", "", "says how much memory the kernel, the worker and the largest variables use", Knowing, true},
	{"%jobs", "", "lists the goroutines that cells have left running", Knowing, true},
	{"%kill", "CELL", "stops the goroutines of a cell where they next look", Knowing, false},

	{"%vars", "[PATTERN]", "lists variables with type, size, cell and value", State, false},
	{"%list", "", "lists all declarations", State, true},
	{"%ls", "", "the same as %list", State, true},
	{"%rm", "NAMES", "forgets declarations; a method is named Type~Method", State, false},
	{"%remove", "NAMES", "the same as %rm", State, false},
	{"%reset", "[go.mod]", "forgets all declarations and variables and begins a new go.mod; with the argument only that", State, false},
	{"%save", "FILE [NAMES]", "saves variables to a file", State, false},
	{"%restore", "[FILE [NAMES]]", "reads them back; without a file it runs again the cells that defined what a dead worker held", State, false},
	{"%export", "FOLDER", "writes the notebook as a Go module with main.go, tests and go.mod", State, false},

	{"%get", "PACKAGE[@VERSION] …", "fetches modules, as go get does", Modules, false},
	{"%pin", "", "writes go.mod and go.sum into the notebook, so that it runs with the same versions elsewhere", Modules, true},
	{"%autoget", "", "fetches modules that a cell imports and that are missing (the default)", Modules, true},
	{"%noautoget", "", "does not fetch them", Modules, true},
	{"%track", "[FILE|FOLDER]", "watches files for completion, or lists what is watched", Modules, false},
	{"%untrack", "[FILE|FOLDER[...]]", "ends watching", Modules, false},
	{"%goworkfix", "", "turns the folders that go.work uses into replacements in go.mod", Modules, true},

	{"!", "COMMAND", "runs a shell command in the notebook's folder", Files, false},
	{"!*", "COMMAND", "runs it in the folder that holds the notebook's go.mod and main.go", Files, false},
	{"%%bash", "[ARGUMENTS]", "runs the rest of the cell by bash", Files, false},
	{"%%sh", "[ARGUMENTS]", "runs the rest of the cell by sh", Files, false},
	{"%%script", "COMMAND", "gives the rest of the cell to a command as its input", Files, false},
	{"%%writefile", "[-a] FILE", "writes the rest of the cell to a file; -a appends", Files, false},
	{"%capture", "[-a] FILE|NAME", "copies what the cell shows to a file, or into a string variable", Files, false},
	{"%env", "[NAME VALUE|NAME=VALUE]", "sets a variable of the environment for cells, shells and the compiler, or lists what was set", Files, false},
	{"%cd", "[FOLDER]", "changes the working directory, or names it", Files, false},
	{"%with_inputs", "", "the next shell command may ask for input", Files, true},
	{"%with_password", "", "the next shell command may ask for a password", Files, true},

	{"%widgets", "", "connects GoNB's widgets to the browser (they are connected at first use anyway)", Browser, true},
	{"%widgets_hb", "", "sends a heartbeat to the browser side of the widgets", Browser, true},
	{"%wasm", "", "builds the cell for js/wasm and runs it in the page", Browser, true},

	{"%help", "[COMMAND]", "shows this list, or one line of it", ThisHelp, false},
	{"%version", "", "shows the versions of the kernel and of Go", ThisHelp, true},
}

// Lookup finds a command by its name.
func Lookup(name string) (Command, bool) {
	for _, c := range Commands {
		if c.Name == name {
			return c, true
		}
	}
	return Command{}, false
}

// Names lists the names of all commands, in the order of the table.
func Names() []string {
	names := make([]string, len(Commands))
	for i, c := range Commands {
		names[i] = c.Name
	}
	return names
}

// Markdown is the table, a heading for each group.
func Markdown() string {
	var b strings.Builder
	for _, g := range Groups {
		b.WriteString("**" + string(g) + "**\n\n| line | what it does |\n|---|---|\n")
		for _, c := range Commands {
			if c.Group == g {
				b.WriteString(c.row())
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func (c Command) row() string {
	return "| `" + strings.ReplaceAll(c.Usage(), "|", `\|`) + "` | " + c.About + " |\n"
}

// Plain is the table as text, one command a line.
func Plain() string {
	wide := 0
	for _, c := range Commands {
		wide = max(wide, len(c.Usage()))
	}
	wide = min(wide, 34)
	var b strings.Builder
	for _, g := range Groups {
		b.WriteString(string(g) + "\n")
		for _, c := range Commands {
			if c.Group != g {
				continue
			}
			usage := c.Usage()
			b.WriteString("  " + usage + strings.Repeat(" ", max(1, wide+1-len([]rune(usage)))) + c.About + "\n")
		}
	}
	return b.String()
}
