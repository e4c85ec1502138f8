package live

// Values returns its arguments. Generated code uses it where the last line of a
// cell is a call with several results.
func Values(v ...any) []any { return v }

// Failed stands in the result of SpikebookRun in place of values: the last line
// of the cell gave an error.
type Failed struct {
	Cell string // "Cell [3]"
	Line int    // line in the cell
	Call string // the line's text
	Err  error
}

// Error implements error.
func (f Failed) Error() string { return f.Err.Error() }

// Unwrap returns the error that the call gave.
func (f Failed) Unwrap() error { return f.Err }

// A Pending call is one whose error is looked at; see [Call].
type Pending struct {
	cell, call string
	line       int
}

// Call names a call whose last result is an error. The results go to one of the
// methods, since a call with several results can be the only argument:
//
//	live.Call("Cell [3]", 4, "os.Remove(name)").Warn(os.Remove(name))
func Call(cell string, line int, call string) Pending {
	return Pending{cell: cell, call: call, line: line}
}

// Warn writes a line to standard error if the last of the results is an error.
func (p Pending) Warn(results ...any) {
	if err := lastError(results); err != nil {
		Notice(p.cell + ", line " + digits(p.line) + ": " + p.call + " gave an error: " + err.Error())
	}
}

// Result returns what the cell shows: the results without the error, or
// [Failed] if there is one.
func (p Pending) Result(results ...any) []any {
	if err := lastError(results); err != nil {
		return []any{Failed{Cell: p.cell, Line: p.line, Call: p.call, Err: err}}
	}
	if len(results) <= 1 {
		return nil
	}
	return results[:len(results)-1]
}

func lastError(results []any) error {
	if len(results) == 0 {
		return nil
	}
	err, _ := results[len(results)-1].(error)
	return err
}

// Notice writes a line to standard error, in one piece: println would write the
// end of the line by itself, and other output could come between.
func Notice(text string) { print(text + "\n") }

// digits writes a number that is not negative, without strconv.
func digits(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return digits(n/10) + string(rune('0'+n%10))
}
