//go:build !cgo

package cc

import (
	"strings"
	"testing"
)

func TestWithoutCgo(t *testing.T) {
	_, err := New()
	if err == nil || !strings.Contains(err.Error(), "CGO_ENABLED=1") || !strings.Contains(err.Error(), "ref") {
		t.Errorf("New without cgo: error %v, want one that names CGO_ENABLED=1 and the backend ref", err)
	}
}
