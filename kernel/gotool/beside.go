package gotool

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// beside compiles a package by ourselves, because the go command's result cannot
// be used: another version of the package may be in the worker, or of one that it
// imports. It returns why that is not possible, or "". old is the version until
// now, nil for a package that is new. The caller holds m.mu.
func (m *Module) beside(ctx context.Context, l *listed, p *pkg, old *pkg) (why string) {
	if len(l.CgoFiles) > 0 {
		return "it contains C code, of which a running worker cannot have two versions; restart the kernel"
	}
	// What it imports, as far as it is not the standard library, decides too.
	parts := []string{m.tool.chain.key(), l.BuildID}
	imports := make([]string, 0, len(p.Imports))
	for _, path := range p.Imports {
		now := path
		if to := m.current[path]; to != "" {
			now = to
		}
		q := m.lookup(path)
		if q == nil {
			return "it imports " + path + ", which cannot be compiled"
		}
		imports = append(imports, now)
		parts = append(parts, now, q.BuildID)
	}
	key := digest(parts...)
	path := l.ImportPath
	for n := 1; n <= max(1, m.versions[l.ImportPath]); n++ {
		if q := m.extra[versionPath(l.ImportPath, n)]; q != nil && q.From == key {
			m.use(l.ImportPath, n) // it was edited back
			return ""
		}
	}
	n := 1
	if old != nil || m.versions[l.ImportPath] > 0 {
		n = max(1, m.versions[l.ImportPath]) + 1
		path = versionPath(l.ImportPath, n)
	}
	dir := filepath.Join(m.tool.stateDir, "beside")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err.Error()
	}
	name := filepath.Join(dir, digest(key, path)+".a")
	if _, err := os.Stat(name); err != nil {
		if output, err := m.compileBeside(ctx, l, path, imports, p.Imports, name); err != nil {
			if output == "" {
				output = err.Error()
			}
			return strings.TrimSpace(output)
		}
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return err.Error()
	}
	m.extra[path] = &pkg{Name: l.Name, Export: name, Size: int64(len(data)), BuildID: digest(string(data)), Imports: imports, Dir: l.Dir, From: key}
	m.use(l.ImportPath, n)
	return ""
}

// versionPath is the path under which version n of a package is compiled.
func versionPath(path string, n int) string {
	if n <= 1 {
		return path
	}
	return fmt.Sprintf("%s~%d", path, n)
}

// use makes version n what cells get for a path.
func (m *Module) use(path string, n int) {
	m.versions[path] = max(m.versions[path], n)
	if n <= 1 {
		delete(m.current, path)
		return
	}
	m.current[path] = versionPath(path, n)
}

// compileBeside runs compiler and assembler on a package. paths are its imports
// as they are to be, names as its sources write them.
func (m *Module) compileBeside(ctx context.Context, l *listed, path string, paths, names []string, out string) (output string, err error) {
	work, err := os.MkdirTemp(m.tool.stateDir, "beside-*")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	var cfg bytes.Buffer
	written := map[string]bool{}
	for i, name := range names {
		if paths[i] != name {
			fmt.Fprintf(&cfg, "importmap %s=%s\n", name, paths[i])
		}
		q := m.extra[paths[i]]
		if q == nil {
			if q = m.tool.known().Packages[paths[i]]; q == nil {
				return "", fmt.Errorf("package %s is not compiled", paths[i])
			}
		}
		if !written[paths[i]] {
			written[paths[i]] = true
			fmt.Fprintf(&cfg, "packagefile %s=%s\n", paths[i], q.Export)
		}
	}
	for source, name := range l.ImportMap {
		for i := range names {
			if names[i] == name {
				fmt.Fprintf(&cfg, "importmap %s=%s\n", source, paths[i])
			}
		}
	}
	if err := os.WriteFile(filepath.Join(work, "importcfg"), cfg.Bytes(), 0o644); err != nil {
		return "", err
	}
	lang := "go" + minGo
	if l.Module != nil && l.Module.GoVersion != "" {
		lang = "go" + l.Module.GoVersion
		if f := strings.SplitN(l.Module.GoVersion, ".", 3); len(f) > 2 {
			lang = "go" + f[0] + "." + f[1]
		}
	}
	args := []string{"-p", path, "-o", filepath.Join(work, "p.a"), "-trimpath", work + "=>", "-lang=" + lang, "-dynlink",
		"-dwarf=false", "-linkshared", "-d=wrapglobalmapctl=1", "-nolocalimports", "-pack", "-importcfg", filepath.Join(work, "importcfg")}
	chain := m.tool.chain
	asm := []string{"-p", path, "-trimpath", work + "=>", "-I", work, "-I", filepath.Join(chain.Root, "pkg", "include"),
		"-D", "GOOS_" + runtime.GOOS, "-D", "GOARCH_" + runtime.GOARCH, "-dynlink"}
	if runtime.GOARCH == "amd64" {
		asm = append(asm, "-D", "GOAMD64_v1")
	}
	files := func(names []string) (full []string) {
		for _, n := range names {
			full = append(full, filepath.Join(l.Dir, n))
		}
		return full
	}
	if len(l.SFiles) > 0 {
		if err := os.WriteFile(filepath.Join(work, "go_asm.h"), nil, 0o644); err != nil {
			return "", err
		}
		symabis := filepath.Join(work, "symabis")
		if _, output, err := chain.runMerged(ctx, l.Dir, chain.tool("asm"), append(append(append([]string{}, asm...), "-gensymabis", "-o", symabis), files(l.SFiles)...)...); err != nil {
			return output, err
		}
		args = append(args, "-symabis", symabis, "-asmhdr", filepath.Join(work, "go_asm.h"))
	} else {
		args = append(args, "-complete")
	}
	if len(l.EmbedPatterns) > 0 {
		data, err := embedConfig(l)
		if err == nil {
			err = os.WriteFile(filepath.Join(work, "embedcfg"), data, 0o644)
		}
		if err != nil {
			return "", err
		}
		args = append(args, "-embedcfg", filepath.Join(work, "embedcfg"))
	}
	if _, output, err := chain.runMerged(ctx, l.Dir, chain.tool("compile"), append(args, files(l.GoFiles)...)...); err != nil {
		return output, err
	}
	if len(l.SFiles) > 0 {
		var objects []string
		for i, s := range files(l.SFiles) {
			object := filepath.Join(work, fmt.Sprintf("s%d.o", i))
			if _, output, err := chain.runMerged(ctx, l.Dir, chain.tool("asm"), append(append([]string{}, asm...), "-o", object, s)...); err != nil {
				return output, err
			}
			objects = append(objects, object)
		}
		if err := appendObjects(filepath.Join(work, "p.a"), objects); err != nil {
			return "", err
		}
	}
	return "", os.Rename(filepath.Join(work, "p.a"), out)
}

// embedConfig is what the compiler is told about embedded files.
func embedConfig(l *listed) ([]byte, error) {
	cfg := struct {
		Patterns map[string][]string
		Files    map[string]string
	}{map[string][]string{}, map[string]string{}}
	for _, f := range l.EmbedFiles {
		cfg.Files[f] = filepath.Join(l.Dir, f)
	}
	for _, pattern := range l.EmbedPatterns {
		plain := strings.TrimPrefix(pattern, "all:")
		list := []string{}
		for _, f := range l.EmbedFiles {
			ok, err := filepath.Match(plain, f)
			if err != nil {
				return nil, err
			}
			// A folder stands for all files below it.
			for dir := filepath.Dir(f); !ok && dir != "."; dir = filepath.Dir(dir) {
				ok, _ = filepath.Match(plain, dir)
			}
			if ok || plain == "." {
				list = append(list, f)
			}
		}
		cfg.Patterns[pattern] = list
	}
	return json.Marshal(cfg)
}

// appendObjects adds object files to an archive.
func appendObjects(archive string, objects []string) error {
	all, err := os.ReadFile(archive)
	if err != nil {
		return err
	}
	for _, name := range objects {
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		all = appendObject(all, filepath.Base(name), data)
	}
	return os.WriteFile(archive, all, 0o644)
}

// appendObject adds an object file to an archive: a header of 60 bytes (name, date,
// owner, group, mode, size, end mark), its bytes, and one to make their number even.
func appendObject(archive []byte, name string, object []byte) []byte {
	size := len(object) + len(object)%2
	archive = fmt.Appendf(archive, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", name, 0, 0, 0, 0o644, size)
	return append(append(archive, object...), make([]byte, size-len(object))...)
}
