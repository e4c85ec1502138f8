package live

import (
	"errors"
	"io"
	"reflect"
	"testing"
)

func TestResultTakesTheErrorOff(t *testing.T) {
	call := Call("Cell [3]", 12, "f()")
	if got := call.Result(1, "a", error(nil)); !reflect.DeepEqual(got, []any{1, "a"}) {
		t.Errorf("without error: %v, want [1 a]", got)
	}
	if got := call.Result(error(nil)); got != nil {
		t.Errorf("nothing but a nil error: %v, want nothing", got)
	}
	got := call.Result(0, io.EOF)
	if len(got) != 1 {
		t.Fatalf("with error: %v, want one value", got)
	}
	f, ok := got[0].(Failed)
	if !ok || f.Line != 12 || f.Call != "f()" || !errors.Is(f, io.EOF) || f.Error() != "EOF" {
		t.Errorf("with error: %#v", got[0])
	}
}

func TestDigits(t *testing.T) {
	for n, want := range map[int]string{0: "0", 9: "9", 10: "10", 1234: "1234"} {
		if got := digits(n); got != want {
			t.Errorf("digits(%d) = %q", n, got)
		}
	}
}
