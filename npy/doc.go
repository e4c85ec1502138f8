// Package npy reads and writes arrays in NumPy's .npy format, so that weights,
// recordings and data sets go between Spikebook and Python without conversion.
//
// # Out
//
// [Save] takes a slice of any numeric type with its shape, a gonum matrix, a
// single number, or anything with a method Array (a [Source], such as a
// variable of a simulation):
//
//	err := npy.Save("weights.npy", w, 32, 64)   // w is []float64 of 2048 values
//	err = npy.Save("covariance.npy", m)         // m is a *mat.Dense
//	err = npy.Save("rates.npy", pop.Var(sim, "r"))
//
// Files are written beside their final name and renamed when complete: a
// reader sees the old array or the new one, never half of one.
//
// # In
//
// [Load] returns an [Array] of the element type you ask for; [LoadInto] fills a
// slice, a *mat.Dense or a [Target] that exists already; [Stat] tells what a file
// holds without reading it:
//
//	a, err := npy.Load[float64]("weights.npy")
//	fmt.Println(a.Shape, a.Data[0])
//	err = npy.LoadInto("weights.npy", m)
//
// Data comes out in C order (the last index runs fastest) whatever the file's
// order, and in this machine's byte order whatever the file's. A file of one
// type may be loaded as another as long as every value is kept: float32 as
// float64, int64 as int32 when the values fit. A value that would change is an
// error; load the file as it is and use [Convert] where rounding is wanted.
//
// # Formats
//
// Versions 1.0, 2.0 and 3.0 of the format; bool, integers of 8 to 64 bits,
// floats of 16, 32 and 64 bits, complex numbers of 64 and 128 bits; both array
// orders and both byte orders; any number of dimensions up to 64, and arrays
// without dimensions or without elements. Text, dates, records and Python
// objects are refused by name. What Save writes equals what NumPy writes,
// byte for byte.
//
// # Damaged and hostile files
//
// A header is parsed by a strict grammar, and what it claims is compared with the
// size of the file before memory is taken. No input makes this package panic.
//
// Functions of this package may be called from several goroutines at once as
// long as no one changes the data meanwhile.
package npy
