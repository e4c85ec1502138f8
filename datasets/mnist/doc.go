// Package mnist gives the MNIST database of handwritten digits (Y. LeCun,
// C. Cortes and C. J. C. Burges; CC BY-SA 3.0): 60,000 images to train on and
// 10,000 to test with, of 28×28 grey values, each with the digit it shows.
//
//	train, err := mnist.Train(60_000)
//	test, err := mnist.Test(10_000)
//	panel.Image(train.Image(0))                    // a matrix, for package display
//	fmt.Println(train.Labels[0])                   // 5
//	magnitude.Set(train.Normalized(0, 80))         // an input current
//
// Both take how many images are wanted, from the first one on, in the order
// of the original files.
//
// # Where the images come from
//
// The first 10,000 training images and all test images are part of the program
// and need nothing. With more training images the full training set is needed:
// two files, train-images-idx3-ubyte and train-labels-idx1-ubyte, unpacked or as
// .gz. They are looked for in
//
//   - $SPIKEBOOK_DATA/mnist and $SPIKEBOOK_DATA,
//   - the user's cache: mnist in $SPIKEBOOK_CACHE, or in the folder spikebook of
//     [os.UserCacheDir],
//
// and if neither has them they are downloaded, once, into the cache: 10 MB. A
// [Source] changes these places.
//
// Whatever their way, the bytes are compared with the SHA-256 of the original
// files. A damaged file in a folder of the user's is an error that names it; the
// file is left alone. A damaged file in the cache is downloaded again, which is
// said. A download is written to the cache after it has been checked, under
// another name first, so that no one ever sees a part of it and several
// programs may do so at once.
//
// # A package of its own
//
// The images (3.2 MB) and the HTTP client (3 MB, 0.4 s of linking for a notebook
// cell) are not in package datasets, so that a program that draws bars carries
// neither. The linker drops embedded data that no one can reach, but not a
// package's imports, nor what the initialisers of its variables mention: so
// nothing here unpacks the images in a variable's initialiser. Cells
// of a notebook kernel are built with the tag spikebook_cell and leave the HTTP
// client to the worker process, which imports package fetch.
//
// All functions may be called from several goroutines. Each call unpacks its own
// copy, which belongs to the caller; nothing is kept between calls.
package mnist
