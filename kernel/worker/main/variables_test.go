package main

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
)

type neuron struct{ V float64 }

func (n *neuron) String() string { return "neuron at rest\nwith more lines" }

type stuck struct{ Count int }

func (s stuck) String() string { select {} }

type broken struct{ Count int }

func (b broken) String() string { panic("no words") }

// A variable is named by its own String or Error method, in one line; one whose
// method hangs, panics or is missing by its parts.
func TestVariablesInWords(t *testing.T) {
	var nothing *neuron
	var held any = &neuron{}
	for _, c := range []struct {
		value any // pointer to the variable
		want  string
	}{
		{ptr(&neuron{-65}), "neuron at rest"},
		{&held, "neuron at rest"},
		{ptr(errors.New("no current")), "no current"},
		{&nothing, "nil"},
		{ptr(stuck{3}), "{Count:3}"},
		{ptr(broken{3}), "no words"},
		{ptr([]float64{1, 2}), "[1 2]"},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		if got := inWords(ctx, reflect.ValueOf(c.value).Elem()); !strings.Contains(got, c.want) || strings.Contains(got, "\n") {
			t.Errorf("%T: %q, want one line with %q", c.value, got, c.want)
		}
		cancel()
	}
}

func ptr[T any](v T) *T { return &v }
