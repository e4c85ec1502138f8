// Package flame draws CPU profiles as flame graphs.
//
// [Read] reads the format of runtime/pprof: a protocol buffer, compressed by gzip,
// of which it decodes the few fields that are needed. [Profile.SVG] draws every
// call as a box that is as wide as the share of samples in it, above the box of its
// caller; boxes of cells have a colour of their own. The picture needs no script:
// what a box is, a browser shows when the pointer rests on it.
package flame
