// Package cuda runs networks on NVIDIA's GPUs.
//
//	sim, err := net.Build(snn.On(cuda.Device(0)))
//
// It needs the NVIDIA driver and NVRTC (pip install nvidia-cuda-nvrtc-cu12, or the
// CUDA toolkit), which package [github.com/spikebook/spikebook/cuda/driver] finds at
// run time; nothing of CUDA is needed to build. [Describe], and with it spikebook
// doctor, tells what is there and what is missing.
//
// # From a program to kernels
//
// Every operation of a [plan.Program] becomes one kernel, or a few where something
// must be finished before the rest begins: costly values that many threads want are
// computed ahead (operation.stage); what is stored once for many elements, which read
// the old value, is stored after them (operation.lower). Kernels hold operations only. Sizes, periods, places of buffers,
// keys of random streams and parameters are numbers in a table, a block for each
// launch, so operations that differ in these share a kernel, and changing them
// compiles nothing.
//
// NVRTC compiles the source for the device that is there; for one that is newer than
// NVRTC it makes PTX, which the driver compiles to the end. The result is kept in
// $SPIKEBOOK_CACHE/cuda (or spikebook/cuda in the user's cache folder) under a key
// made of source, device, options and the compiler.
//
// # Results
//
// They are those of package ref, bit for bit: no operation is contracted or
// approximated, functions and random numbers are those of packages vmath and rng,
// and whatever is added up is added up in the order that package plan defines.
// That decides which threads there are:
//
//   - Map, and Sweep where nothing is added to neurons: a thread per element.
//   - MatVec: a thread per postsynaptic neuron, which goes through its synapses with
//     presynaptic neurons ascending. Sparse rows are turned into columns by the host
//     when a run begins, unless the state has them.
//   - Deliver: a thread per postsynaptic neuron, which goes through the spikes in
//     order. Of sparse and generated rows, blocks have ranges of neurons, and of
//     these each thread some. Where nothing is added to neurons, synapses are alike.
//   - Column, and Sweeps that add: likewise with a thread per neuron that receives.
//     What adds to both ends of a synapse is done by one thread.
//   - Collect counts, adds up and writes in one block. Reduce reads by tiles and adds
//     up in one thread.
//
// # Steps
//
// The number of the step is on the device, and no launch has arguments that change;
// so one step, and sixteen, are recorded once as CUDA graphs and launched again and
// again. Samples and spikes are recorded in device memory. When a record is full,
// kernels do nothing from the next step on until the host has emptied it. Between
// batches of steps, some milliseconds long, the host looks at the stop word.
//
// A run copies the state to the device, makes all its steps there and copies back
// what operations write. A call for many steps is therefore much cheaper than many
// calls. After an error the state is what it was before the call.
//
// # Tests
//
// The tests put a libcuda.so.1 and a libnvrtc.so in place that work on the processor
// (testdata): kernels are compiled by the system's compiler with other definitions
// of a few macros (head in kernels.go), and the conformance suite runs by way of the
// same launches, graphs and copies as on a GPU, elements in ascending and descending
// order by turns. What this cannot show is races within a block, and speed. A real
// NVRTC compiles all kernels of the suite for three generations of GPUs. tests/gpu
// makes a test binary for a machine with a GPU.
//
// Backends may be used from several goroutines, an executor from one at a time.
package cuda
