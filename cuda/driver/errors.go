package driver

import (
	"errors"
	"fmt"
)

// ErrNotFound is wrapped by errors that say that a library is not there.
var ErrNotFound = errors.New("not found")

// Error is the failure of one call of the driver or of NVRTC.
type Error struct {
	Call  string // "cuMemAlloc_v2"
	Code  int
	Name  string // "CUDA_ERROR_OUT_OF_MEMORY"
	Text  string // "out of memory"
	Doing string // what was attempted, with numbers
	Log   string // of a compiler
}

func (e *Error) Error() string {
	s := fmt.Sprintf("%s: %s: %s", e.Doing, e.Call, e.Name)
	if e.Text != "" && e.Text != e.Name {
		s += " (" + e.Text + ")"
	}
	if advice := e.advice(); advice != "" {
		s += "; " + advice
	}
	if e.Log != "" {
		s += "\n" + e.Log
	}
	return s
}

// Codes of the driver that are dealt with.
const (
	codeOutOfMemory     = 2
	codeNoDevice        = 100
	codeInvalidImage    = 200
	codeNoBinaryForGPU  = 209
	codeUnsupportedPTX  = 222
	codeIllegalAddress  = 700
	codeECC             = 214
	codeLaunchFailed    = 719
	codeSystemNotReady  = 802
	codeDriverMismatch  = 803
	codeDeviceUnhealthy = 718
)

// Lost tells whether the device cannot be used any more by this process.
func (e *Error) Lost() bool {
	switch e.Code {
	case codeIllegalAddress, codeECC, codeLaunchFailed, codeDeviceUnhealthy, 714, 715, 716, 717:
		return e.Call != "" && e.Call[0] == 'c'
	}
	return false
}

func (e *Error) advice() string {
	if e.Call == "" || e.Call[0] != 'c' {
		return ""
	}
	switch e.Code {
	case codeOutOfMemory:
		return "make the network smaller, end other programs on the device (nvidia-smi lists them), or use another backend"
	case codeNoDevice:
		return "no GPU is visible: see what nvidia-smi says and whether CUDA_VISIBLE_DEVICES hides it, or use another backend"
	case codeInvalidImage, codeNoBinaryForGPU, codeUnsupportedPTX:
		return "the driver does not know what this NVRTC makes: install a newer driver, or an older NVRTC (pip install nvidia-cuda-nvrtc-cu12)"
	case codeSystemNotReady, codeDriverMismatch:
		return "the driver's library and its kernel module do not belong together: restart the machine, or install the driver again"
	}
	if e.Lost() {
		return "the device is lost for this process: start it again; the description of the network is unharmed and builds on another backend"
	}
	return ""
}
