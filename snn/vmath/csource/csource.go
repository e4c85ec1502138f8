// Package csource holds packages vmath and rng as C11, for backends that
// generate C. The text is made by cgen and calls nothing but compiler builtins.
//
//	text, err := csource.Source("Exp", "normal") // with all that these need, in order
//
// In C every name has the prefix sb_.
package csource

//go:generate go run ../cgen ../.. functions.inc

import (
	_ "embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed functions.inc
var functions string

type section struct {
	name, text string
	needs      []string
}

var sections = parse(functions)

func parse(s string) []section {
	var list []section
	for _, part := range strings.Split(s, "\n//// ")[1:] {
		head, text, _ := strings.Cut(part, "\n")
		name, needs, _ := strings.Cut(head, ":")
		list = append(list, section{name, strings.TrimRight(text, "\n") + "\n", strings.Fields(needs)})
	}
	return list
}

// Prelude defines what the functions are written with. It needs stdint.h.
const Prelude = `#define SB_INLINE static inline __attribute__((always_inline, unused))
#define SB_CALL static __attribute__((noinline, unused))
SB_INLINE uint64_t sb_bits(double x) { uint64_t u; __builtin_memcpy(&u, &x, 8); return u; }
SB_INLINE double sb_double(uint64_t u) { double x; __builtin_memcpy(&x, &u, 8); return x; }
SB_INLINE int64_t sb_clz(uint64_t u) { return u ? __builtin_clzll(u) : 64; }
SB_INLINE uint64_t sb_mulhi(uint64_t a, uint64_t b) { return (uint64_t)(((unsigned __int128)a * b) >> 64); }
`

// Source returns the definitions of the named functions and of everything they
// need, without the prelude. The same set of names gives the same text.
func Source(names ...string) (string, error) {
	byName := make(map[string]section, len(sections))
	for _, s := range sections {
		byName[s.name] = s
	}
	var b strings.Builder
	done := map[string]bool{}
	var put func(name string) error
	put = func(name string) error {
		if done[name] {
			return nil
		}
		done[name] = true
		s, ok := byName[name]
		if !ok {
			return fmt.Errorf("csource: no function %q; the names are those of packages vmath and rng", name)
		}
		for _, n := range s.needs {
			if err := put(n); err != nil {
				return err
			}
		}
		b.WriteString(s.text)
		return nil
	}
	names = slices.Clone(names)
	slices.Sort(names)
	for _, n := range names {
		if err := put(n); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// Names lists the functions, tables and types.
func Names() []string {
	var n []string
	for _, s := range sections {
		n = append(n, s.name)
	}
	return n
}
