package interrupt

import (
	"errors"
	"sync"
	"testing"
)

func TestWordIsWhatRequestedReads(t *testing.T) {
	t.Cleanup(Clear)
	if Requested() {
		t.Fatal("requested before Set")
	}
	Set()
	if !Requested() || Word().Load() == 0 {
		t.Fatal("Set is not seen")
	}
	Set() // twice is once
	Clear()
	if Requested() {
		t.Fatal("Clear is not seen")
	}
	Word().Store(7) // any nonzero value stops, for setters written in C
	if !Requested() {
		t.Fatal("a nonzero word is not seen")
	}
}

func TestSetReachesAllGoroutines(t *testing.T) {
	t.Cleanup(Clear)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for !Requested() {
			}
		})
	}
	Set()
	wg.Wait()
}

func TestPanicValueIsInterrupted(t *testing.T) {
	defer func() {
		err, ok := recover().(error)
		var want Interrupted
		if !ok || !errors.As(err, &want) || err.Error() != "interrupted" {
			t.Errorf("recovered %v, want Interrupted", err)
		}
	}()
	Panic()
}
