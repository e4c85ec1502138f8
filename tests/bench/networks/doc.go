// Package networks describes the networks that the programs of tests/bench and
// tests/gpu time: the mushroom body, the cortical microcircuit of Potjans and
// Diesmann, balanced networks of any size, and NEST's tutorial on e-prop.
package networks
