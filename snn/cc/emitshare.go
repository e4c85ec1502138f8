package cc

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Operations that differ in nothing but their numbers share one function of the
// source: a network of a thousand ensembles compiles as fast as one of two, and
// what a step does in which order is data. Each operation has a block in the
// table of sizes,
//
//	N[0], N[1], …   its sizes, then the places of its buffers, step lengths, keys and records

// shared gathers the functions and the blocks.
type shared struct {
	number map[string]int // of a function, by its text
	source strings.Builder
	ops    []*operation
	room   []int64 // pairs of a record and the entries that it may need in a step
}

// number of a buffer, or of a place in a table of sb_args, as the emitter wrote it.
var places = regexp.MustCompile(`A->(\w+)\[(\d+)\]|\bN\[(\d+)\]|\bb(\d+)\b`)

// split is between the two functions of an operation.
const split = "\n/* around */\n"

// add takes the body of an operation, whose sizes are n and which needs bytes of
// scratch memory.
//
// If there is a function around it, that calls the body as BLOCKS, for a range of
// neurons.
func (s *shared) add(o *operation, body, around string, n []int64, bytes int) {
	block := append([]int64(nil), n...)
	at := map[string]int{}       // place in the block of a place in a table
	names := map[string]string{} // of pointers
	text := places.ReplaceAllStringFunc(body+split+around, func(m string) string {
		p := places.FindStringSubmatch(m)
		switch {
		case p[1] != "":
			k, ok := at[m]
			if !ok {
				k = len(block)
				at[m] = k
				i, _ := strconv.ParseInt(p[2], 10, 64)
				block = append(block, i)
			}
			return fmt.Sprintf("A->%s[N[%d]]", p[1], k)
		case p[4] != "":
			if names[m] == "" {
				names[m] = fmt.Sprintf("b%d", len(names))
			}
			return names[m]
		}
		return m // a size: already a place in the block
	})
	k, ok := s.number[text]
	if !ok {
		k = len(s.number)
		s.number[text] = k
		body, around, _ := strings.Cut(text, split)
		if around != "" {
			fmt.Fprintf(&s.source, "SB_CALL void blocks%d(const sb_args *restrict A, int64_t step, const int64_t *restrict N, int64_t lo, int64_t hi) {\n%s}\n", k, body)
			body = strings.ReplaceAll(around, "BLOCKS", fmt.Sprint("blocks", k))
		}
		fmt.Fprintf(&s.source, "static void op%d(const sb_args *restrict A, int64_t step, const int64_t *restrict N, int64_t part, int64_t parts) {\n%s}\n", k, body)
	}
	o.function, o.block, o.scratch = int64(k), block, bytes
	s.ops = append(s.ops, o)
}

// loop lists the functions.
func (s *shared) loop() string {
	var names []string
	for k := range len(s.number) {
		names = append(names, fmt.Sprintf("op%d", k))
	}
	names = append(names, "0") // an array may not be empty
	return "static void (*const ops[])(const sb_args *restrict, int64_t, const int64_t *restrict, int64_t, int64_t) = {" + strings.Join(names, ", ") + "};\n"
}
