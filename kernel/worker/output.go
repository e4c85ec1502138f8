package worker

// Output receives what a cell shows. Its methods are called in order, one at a
// time, also after the cell has ended: output of goroutines left running goes to
// the cell that ran last. They should not block for long, since the program that
// prints waits in the end.
type Output interface {
	Stream(name, text string) // name is "stdout" or "stderr"; text is whole UTF-8
	Display(Display)
	ClearOutput(wait bool)
}

// Display is one rich output: display_data, or update_display_data when Update
// is set.
type Display struct {
	Data     map[string]any // by mime type: strings, base64 for binary types, JSON values for JSON types
	Metadata map[string]any // by mime type: width, height; never nil when it comes from this package
	ID       string         // display id, empty when the output cannot be updated
	Update   bool           // an output with this ID is there already
}

// discard is the Output until the first cell sets one.
type discard struct{}

func (discard) Stream(string, string) {}
func (discard) Display(Display)       {}
func (discard) ClearOutput(bool)      {}
