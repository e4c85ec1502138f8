package gotool

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Linking a plugin ends in the system's linker. Measured on two cores with Go
// 1.26, wall time of "go tool link" for a cell that imports nothing, fmt, and
// gonum/plot (1.6, 3.4 and 14.5 MB):
//
//	gcc and ld.bfd, as "go build" does     0.28  0.31  0.76 s
//	with -s -w                             0.14  0.18  0.41 s
//	with -B none -compressdwarf=false too  0.11  0.16  0.35 s
//	linker started without gcc: bfd, gold  0.08  0.13  0.29 s
//	                            mold       0.07  0.11  0.26 s
//	no host linker at all                  0.05  0.08  0.21 s
//
// -s -w drop the symbol table and debugging data (stack traces don't need them),
// -B none and -compressdwarf=false spare two runs of gcc that only ask what the
// linker supports. A script in gcc's place answers the third question and starts
// the linker itself.
//
// Tried and dropped: one shared library with all packages (-buildmode=shared) and
// cells linked against it. A cell's file shrinks to 14 KB, but the Go linker reads
// the library's whole symbol table and needs 0.25 s even for an empty cell. What
// resident.go does instead brings the same file with none of that.

// hostLinker is how the Go linker reaches the system's linker.
type hostLinker struct {
	Name   string // "mold", "lld", "gold", "bfd", or "default" when gcc chooses
	Path   string // linker program; empty for "default"
	Script string // wrapper for -extld; empty for "default"
	Note   string // why no faster one is used; empty for "mold"
}

// linkerNames are the programs to try, fastest first.
var linkerNames = []struct{ name, program string }{
	{"mold", "mold"},
	{"lld", "ld.lld"},
	{"gold", "ld.gold"},
	{"bfd", "ld.bfd"},
	{"bfd", "ld"},
}

// findHostLinker tries the linkers of this machine by linking a small library
// and returns the fastest that works. The answer is kept in the cache folder and
// found again by the stamps of compiler and linkers.
func findHostLinker(ctx context.Context, cacheDir string, c *toolchain, log func(string, ...any)) (hostLinker, error) {
	stamps := []string{wrapperText, c.CC, fileStamp(c.CCPath)}
	paths := map[string]string{}
	if runtime.GOOS == "linux" {
		for _, l := range linkerNames {
			if path, err := findProgram(l.program); err == nil {
				paths[l.program] = path
				stamps = append(stamps, fileStamp(paths[l.program]))
			}
		}
	}
	dir := filepath.Join(cacheDir, "linker-"+digest(stamps...))
	var host hostLinker
	if data, err := os.ReadFile(filepath.Join(dir, "linker.json")); err == nil && json.Unmarshal(data, &host) == nil {
		return host, nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return host, cacheError(cacheDir, err)
	}
	host, err := tryLinkers(ctx, dir, c, paths, log)
	if err != nil {
		return host, err
	}
	data, _ := json.Marshal(host)
	if err := writeFile(filepath.Join(dir, "linker.json"), data, 0o644); err != nil {
		return host, cacheError(cacheDir, err)
	}
	return host, nil
}

// probeSource needs what runtime/cgo needs, so that missing headers are noticed
// before the standard library is compiled.
const probeSource = "#include <stdlib.h>\n#include <pthread.h>\nint spikebook_probe(void) { return pthread_self() && getenv(\"HOME\"); }\n"

func tryLinkers(ctx context.Context, dir string, c *toolchain, paths map[string]string, log func(string, ...any)) (hostLinker, error) {
	work, err := os.MkdirTemp(dir, "probe-*")
	if err != nil {
		return hostLinker{}, cacheError(dir, err)
	}
	defer os.RemoveAll(work)
	src, obj, lib := filepath.Join(work, "probe.c"), filepath.Join(work, "probe.o"), filepath.Join(work, "probe.so")
	if err := os.WriteFile(src, []byte(probeSource), 0o644); err != nil {
		return hostLinker{}, cacheError(dir, err)
	}
	cc := strings.Fields(c.CC)[1:]
	broken := func(what, output string, err error) error {
		return toolError("C compiler "+c.CCPath, "one that can "+what, installC, output, fmt.Errorf("it cannot %s: %w", what, err))
	}
	if _, out, err := c.run(ctx, work, c.CCPath, append(cc, "-fPIC", "-c", "-o", obj, src), nil); err != nil {
		return hostLinker{}, broken("compile a small program", out, err)
	}
	if _, out, err := c.run(ctx, work, c.CCPath, append(cc, "-shared", "-o", lib, obj, "-lpthread"), nil); err != nil {
		return hostLinker{}, broken("link a small library", out, err)
	}
	host := hostLinker{Name: "default", Note: "not tried on " + runtime.GOOS}
	if len(paths) == 0 {
		return host, nil
	}
	before, after, err := linkerCommand(ctx, work, c, obj)
	if err != nil {
		log("the C compiler does not say how it runs its linker, so it is used as it is: %v", err)
		host.Note = err.Error()
		return host, nil
	}
	var notes []string
	for _, l := range linkerNames {
		path := paths[l.program]
		if path == "" {
			continue
		}
		script := filepath.Join(dir, l.name+".sh")
		if err := writeFile(script, wrapper(path, before, after), 0o755); err != nil {
			return host, cacheError(dir, err)
		}
		os.Remove(lib)
		_, out, err := c.run(ctx, work, script, []string{"-m64", "-s", "-Wl,-z,relro", "-shared", "-o", lib, "-rdynamic", obj, "-O2", "-g", "-lpthread"}, nil)
		if _, statErr := os.Stat(lib); err == nil && statErr == nil {
			host = hostLinker{Name: l.name, Path: path, Script: script, Note: strings.Join(notes, "; ")}
			log("host linker: %s", path)
			return host, nil
		}
		if ctx.Err() != nil {
			return host, ctx.Err()
		}
		notes = append(notes, fmt.Sprintf("%s fails: %s", path, firstLine(out)))
		log("host linker %s does not work: %v: %s", path, err, out)
	}
	host.Note = strings.Join(notes, "; ")
	return host, nil
}

// linkerCommand asks the C compiler how it would call its linker for a shared
// library, and returns the arguments before and after the objects.
func linkerCommand(ctx context.Context, dir string, c *toolchain, obj string) (before, after []string, err error) {
	args := append(strings.Fields(c.CC)[1:], "-###", "-shared", "-o", "spikebook-probe.so", obj)
	_, out, err := c.run(ctx, dir, c.CCPath, args, nil)
	if err != nil {
		return nil, nil, err
	}
	for line := range strings.Lines(out) {
		words := splitCommand(line)
		at := -1
		for i, w := range words {
			if w == obj {
				at = i
			}
		}
		if at < 1 || !strings.Contains(filepath.Base(words[0]), "collect2") && !strings.HasPrefix(filepath.Base(words[0]), "ld") {
			continue
		}
		for i := 1; i < len(words); i++ {
			w := words[i]
			switch {
			case i == at, w == "-shared":
				continue
			case w == "-o" || w == "-plugin" || w == "--sysroot" && i+1 < len(words) && words[i+1] == "/":
				i++
				continue
			case strings.HasPrefix(w, "-plugin-opt"), strings.HasPrefix(w, "-fuse-ld"), strings.HasPrefix(w, "-flto"):
				continue // link-time optimisation, of which Go objects have none
			}
			if i < at {
				before = append(before, w)
			} else {
				after = append(after, w)
			}
		}
		return before, after, nil
	}
	return nil, nil, fmt.Errorf("no linker command in the output of %s -###: %s", c.CCPath, firstLine(out))
}

// splitCommand splits a command line as gcc (quotes only where needed) and clang
// (quotes everywhere) print it.
func splitCommand(line string) []string {
	var words []string
	var word strings.Builder
	quoted, any := false, false
	for i := 0; i < len(line); i++ {
		switch ch := line[i]; {
		case ch == '\\' && i+1 < len(line):
			i++
			word.WriteByte(line[i])
			any = true
		case ch == '"':
			quoted, any = !quoted, true
		case (ch == ' ' || ch == '\n' || ch == '\t') && !quoted:
			if any {
				words = append(words, word.String())
			}
			word.Reset()
			any = false
		default:
			word.WriteByte(ch)
			any = true
		}
	}
	if any {
		words = append(words, word.String())
	}
	return words
}

// wrapperText is a shell script that the Go linker runs in the C compiler's
// place. Its arguments are translated from those of a compiler to those of a
// linker. The library that stands for the worker (resident.go) is left out: the
// worker itself has what the plugin refers to. The Go linker's only remaining question, whether the C compiler knows
// -Qunused-arguments (clang), is answered with no.
const wrapperText = `#!/bin/sh
# Written by the Spikebook kernel: runs the system linker without the C compiler.
case " $* " in *" -Qunused-arguments "*) exit 1 ;; esac
for a do
	shift
	case $a in
	-lspikebook-worker | -Wl,-rpath=*.worker/) ;;
	-Wl,*) IFS=,; set -f; set -- "$@" ${a#-Wl,}; unset IFS ;;
	-rdynamic) set -- "$@" --export-dynamic ;;
	-pthread) set -- "$@" -lpthread ;;
	-m64 | -m32 | -march=* | -O* | -g | -g[0-9] | -f*) ;;
	*) set -- "$@" "$a" ;;
	esac
done
exec %s "$@" %s
`

func wrapper(linker string, before, after []string) []byte {
	return fmt.Appendf(nil, wrapperText, shellQuote(append([]string{linker}, before...)), shellQuote(after))
}

func shellQuote(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = "'" + strings.ReplaceAll(w, "'", `'\''`) + "'"
	}
	return strings.Join(quoted, " ")
}

// extld returns the linker flag that names the script, or nil. The Go linker
// splits the flag at spaces unless quoted.
func (h hostLinker) extld() []string {
	if h.Script == "" {
		return nil
	}
	if strings.ContainsAny(h.Script, " \t'\"") {
		if strings.Contains(h.Script, "'") {
			return []string{"-extld", `"` + h.Script + `"`}
		}
		return []string{"-extld", "'" + h.Script + "'"}
	}
	return []string{"-extld", h.Script}
}

// findProgram returns the absolute path of a program in PATH.
func findProgram(name string) (string, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}
