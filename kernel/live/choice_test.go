package live

import (
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestChoiceTakesTheLastArgument(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := rapid.SliceOf(rapid.String()).Draw(t, "arguments")
		n := rapid.IntRange(0, 1000).Draw(t, "choice")
		args := append(slices.Clone(before), strconv.Itoa(n))
		if got := Choice(&args); got != n || !slices.Equal(args, before) {
			t.Errorf("chose %d of %q, want %d of %q", got, args, n, before)
		}
	})
	for _, bad := range [][]string{nil, {"cell"}, {"cell", ""}, {"-1"}, {"9999999999999999999999"}} {
		args := slices.Clone(bad)
		if got := Choice(&args); got != -1 || !slices.Equal(args, bad) {
			t.Errorf("chose %d of %q and left %q, want -1 and all of them", got, bad, args)
		}
	}
}
