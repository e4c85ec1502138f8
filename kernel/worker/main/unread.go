package main

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"github.com/spikebook/spikebook/kernel/interrupt"
	"github.com/spikebook/spikebook/kernel/live"
	"github.com/spikebook/spikebook/kernel/worker/render"
	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// toolkit is the path prefix of the packages whose values keep their first error
// for a method Err: networks, simulations, figures. Chains of calls on them do not
// return it, so a cell that never asks would not show that anything is wrong.
const toolkit = "github.com/spikebook/spikebook/"

// reported holds the errors that were shown, so that each is told once.
var reported = struct {
	sync.Mutex
	texts map[string]bool
}{texts: map[string]bool{}}

// unread returns the errors that variables of toolkit types hold and that no cell
// has shown so far. shown are those that this cell shows anyway. From what can go
// on after an error, as a simulation can, it is taken: the user has seen it.
func unread(shown []wire.Failure) (failures []wire.Failure) {
	reported.Lock()
	defer reported.Unlock()
	for _, f := range shown {
		reported.texts[f.Text] = true
	}
	for _, slot := range live.Slots() {
		v := reflect.ValueOf(slot.Value).Elem()
		if v.Kind() == reflect.Interface {
			v = v.Elem()
		}
		if v.Kind() != reflect.Pointer || v.IsNil() || !strings.HasPrefix(v.Type().Elem().PkgPath(), toolkit) {
			continue
		}
		holder, ok := v.Interface().(interface{ Err() error })
		if !ok {
			continue
		}
		text := errorOf(holder)
		taken := take(holder)
		if text == "" || !taken && reported.texts[text] || taken && slices.ContainsFunc(shown, func(f wire.Failure) bool { return f.Text == text }) {
			continue
		}
		reported.texts[text] = true
		failures = append(failures, wire.Failure{Type: fmt.Sprintf("%T", holder), Text: text, Unread: true})
	}
	return failures
}

// take takes the error of a holder that can go on without it.
func take(holder any) bool {
	h, ok := holder.(interface{ TakeErr() error })
	if ok {
		h.TakeErr()
	}
	return ok
}

// errorOf is the text of the error that holder keeps, or "".
func errorOf(holder interface{ Err() error }) (text string) {
	defer func() {
		if recover() != nil {
			text = "" // it is in the middle of something
		}
	}()
	err := holder.Err()
	var stop interrupt.Interrupted
	if err == nil || errors.As(err, &stop) {
		return "" // an interrupt was told when it happened
	}
	return render.ErrorText(err)
}
