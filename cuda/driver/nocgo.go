//go:build !cgo || !linux

package driver

import "errors"

var errBuild = errors.New("cuda: this program was built without cgo or not for Linux, which are needed to use a GPU; build it on Linux with CGO_ENABLED=1, or use another backend")

// Library is the opened driver.
type Library struct{}

// Open tells that this program cannot use a GPU.
func Open() (*Library, error) { return nil, errBuild }

func (*Library) Path() string                { return "" }
func (*Library) Version() (major, minor int) { return 0, 0 }
func (*Library) Devices() (int, error)       { return 0, errBuild }
func (*Library) Device(int) (*Device, error) { return nil, errBuild }

// Device is a GPU.
type Device struct {
	Number          int
	Name            string
	Major, Minor    int
	Memory          int64
	Multiprocessors int
	Cooperative     bool
}

func (*Device) Arch() string { return "" }

// Compiler is the opened NVRTC.
type Compiler struct{ Major, Minor int }

// OpenCompiler tells that this program cannot use NVRTC.
func OpenCompiler() (*Compiler, error) { return nil, errBuild }

func (*Compiler) Path() string { return "" }
func (*Compiler) Archs() []int { return nil }

func (*Compiler) Compile(source, arch string, options ...string) ([]byte, error) {
	return nil, errBuild
}
