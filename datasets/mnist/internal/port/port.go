// Package port names the heavy thing that mnist needs and does not import:
// something that reads from the web.
//
// Package fetch puts itself here when it is linked. In an ordinary program mnist
// imports it. Cells of a notebook kernel that is built with the tag
// spikebook_cell do not: there the worker process, which is linked once, imports
// it, and each cell is smaller by an HTTP client.
//
// The variable is set during package initialisation and only read after it.
package port

import (
	"context"
	"io"
)

// Get returns the content behind an address and its size in bytes, −1 if that is
// not known. It is nil if nothing that reads from the web is linked.
var Get func(ctx context.Context, address string) (body io.ReadCloser, size int64, err error)
