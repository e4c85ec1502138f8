// Package fetch reads from the web for package mnist. It is imported for its
// effect:
//
//	import _ "github.com/spikebook/spikebook/datasets/mnist/fetch"
//
// An ordinary program has no need of it: package mnist imports it. Only the
// worker of a kernel whose cells are built with the tag spikebook_cell does. It
// goes through the proxy that the environment names (HTTPS_PROXY). All of it may
// be used from several goroutines.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spikebook/spikebook/datasets/mnist/internal/port"
)

func init() { port.Get = get }

func get(ctx context.Context, address string) (io.ReadCloser, int64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, err
	}
	request.Header.Set("User-Agent", "spikebook")
	request.Header.Set("Accept-Encoding", "identity") // the files are packed already
	response, err := http.DefaultClient.Do(request)
	var told *url.Error
	if errors.As(err, &told) { // the caller names the address
		err = told.Err
	}
	if err != nil {
		return nil, 0, err
	}
	if response.StatusCode != http.StatusOK {
		response.Body.Close()
		return nil, 0, fmt.Errorf("the answer is %s, want 200 OK", response.Status)
	}
	return response.Body, response.ContentLength, nil
}
