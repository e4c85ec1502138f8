//go:build !unix

package gotool

import (
	"errors"
	"os"
	"os/exec"
)

// Without plugins there is nothing to build; see findToolchain.

func ownGroup(*exec.Cmd) {}

func tryLock(*os.File) (bool, error) { return false, errors.ErrUnsupported }
