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
//   - Collect counts, adds up and writes in one block; for large populations every
//     block counts its part, and then writes it behind the parts before. Reduce
//     reads by tiles and adds up in one thread.
//
// With the option [Fast], as in cuda.Device(0, cuda.Fast), sums have no order, so
// threads share them:
//
//   - Deliver and Column: 32 or 128 threads for a row, or column, of a list, which
//     add by atomic operations; a block for a generated row, which draws it once; for
//     matrices with few columns a thread for eight spikes and a column.
//   - MatVec: several threads for a neuron, if there are few neurons; a block for a
//     generated row.
//   - Reduce: every thread some, then in pairs.
//
// Products and sums are contracted there, and functions are those of CUDA. Random
// numbers and connections are the same in both modes.
//
// # Steps
//
// The number of the step is on the device, and no launch has arguments that change.
// Where a device can hold all threads that a step wants at the same time, one kernel
// makes many steps (emitter.together): its blocks do one operation after the other,
// and wait for each other where an operation uses what another has written. Else
// one step, and sixteen, are recorded once as CUDA graphs and launched again and
// again. Samples and spikes are recorded in device memory. When a record is full,
// kernels do nothing from the next step on until the host has emptied it. Between
// batches of steps, some milliseconds long, the host looks at the stop word.
//
// # State
//
// Executors keep a state on the device from run to run ([plan.Resident]): what the
// host has written goes there when the next run begins, and values and samples come
// back when they are read. Device memory stands for arrays of the host, so the copies
// of a batch share what no step writes, and updates work on the network's own state.
// Each executor has a stream; copies run at the same time. Large arrays of initial
// values that are drawn are drawn on the device, to the same bits; lists of synapses
// are made by the host.
//
// After a run that failed, values are those that were read last. A state that was not
// given to Keep is brought along and back by every run, and after an error it is what
// it was before.
//
// # E-prop
//
// Package eprop runs sequences itself; eprop.cu has its formulas once more, with every
// sum in its order, and eprop.On(cuda.Device(0)) gives the same bits. The sequences of
// a batch run side by side: neurons forward in time in a block for each sequence,
// readouts, losses, the recursion backwards, gradients and optimisers by a thread for
// each element. Their number is what fits into half of the free memory. These kernels
// know neither sizes nor parameters and are compiled once.
//
// # Tests
//
// The tests put a libcuda.so.1 and a libnvrtc.so in place that work on the processor
// (testdata): kernels are compiled by the system's compiler with other definitions
// of a few macros (head in kernels.go), and the conformance suite runs by way of the
// same launches, graphs and copies as on a GPU, elements in ascending and descending
// order by turns. Blocks that wait for each other are coroutines that go one after
// the other, in changing order, so a wait that is missing shows. What this cannot
// show is races within a block, and speed. A real NVRTC compiles all kernels of the
// suite for three generations of GPUs. make bench-gpu makes a folder of test binary,
// timings and NVRTC for a machine with a GPU.
//
// Backends may be used from several goroutines, an executor from one at a time.
package cuda
