// Package magic knows the special lines of a cell: which there are, how they are
// written, and what stands in their place in the Go text.
//
// A line is special when its first column is % or !, or when it begins with
// "//gonb:" and one of these follows, which keeps a file valid Go. Lines within
// raw strings and block comments are not special. A backslash at the end of the
// line continues it on the next. [Split] takes all of them out of a cell and
// leaves blanks, byte for byte, so that every position stays what it was.
//
// A command whose name begins with %% and a letter, such as %%bash, takes the
// rest of the cell as its text and must stand first.
//
// [Commands] is the table; help, completion, descriptions and the kernel's README
// are made from it. Who carries commands out is package session.
package magic
