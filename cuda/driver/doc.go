// Package driver talks to NVIDIA's driver (libcuda) and run-time compiler (NVRTC).
// Both are opened when they are first asked for, so programs build and start
// without them; nothing of CUDA is needed to build.
//
// # Where libraries are looked for
//
// If SPIKEBOOK_CUDA is set, it names the only folder in which libcuda.so.1 and
// libnvrtc are looked for; each that is not there is an error. Otherwise:
//
//   - libcuda.so.1: as the system's loader finds it, then in /usr/lib/wsl/lib and
//     /usr/local/nvidia/lib64.
//   - libnvrtc.so, .so.13, .so.12: as the system's loader finds it, then below
//     $CUDA_HOME, $CUDA_PATH and /usr/local/cuda (lib64, lib), then where pip puts
//     the packages nvidia-cuda-nvrtc and nvidia-cuda-nvrtc-cu12 (below $VIRTUAL_ENV,
//     else below ~/.local).
//
// # Use
//
//	d, err := driver.Open()         // *driver.Library
//	dev, err := d.Device(0)         // name, compute capability, memory
//	c, err := dev.Context()         // the primary context
//	m, err := c.Alloc(1 << 20)      // device memory
//	s, err := c.Stream()
//	err = s.Upload(m, bytes)
//	mod, err := c.Load(cubin)
//	k, err := mod.Function("kernel")
//	err = s.Launch(k, blocks, threads, m, 42)
//	err = s.Wait()
//
// On a [Stream] copies and launches happen in order; [Stream.Record] makes a [Graph]
// of launches, and [Stream.LaunchTogether] launches blocks that wait for each other.
// All methods may be called from any goroutine: each makes the context current on a
// thread that it holds until it returns. A stream's owner sees to it that calls that
// belong together are not mixed with others.
//
// Every error of a call is an [*Error] with the name of the call, that of the code
// and what was attempted.
package driver
