// Package leftover removes what kernels that were killed have left in the folder of
// temporary files.
//
// A kernel that ends removes its own. One that gets SIGKILL cannot, so a later one
// does it ([Remove]), for what it can prove to be nobody's: a folder whose lock
// nobody holds ([Hold]), named pipes that nobody has open, and files of outputs that
// have grown old. Process numbers prove nothing: they come again, and containers that
// share a folder have their own.
package leftover
