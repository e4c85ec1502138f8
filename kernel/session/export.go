package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/spikebook/spikebook/kernel/gonb"
	"github.com/spikebook/spikebook/kernel/magic"
)

// export is %export: the cells that ran, as a module that the go command builds.
func (s *Session) export(ctx context.Context, _ *plan, _ magic.Line, words []string) error {
	if len(words) != 1 {
		return errors.New("name one folder, which is made: %export FOLDER")
	}
	m, failed := s.moduleOr()
	if failed != nil {
		return failed
	}
	e := &gonb.Export{Types: map[string]string{}}
	for _, v := range s.compiler.Live() {
		e.Types[v.Name] = v.Type
	}
	for _, r := range s.commands.texts {
		c, err := gonb.ParseScript(r.count, r.text)
		if err != nil {
			return err
		}
		e.Cells = append(e.Cells, c)
	}
	if len(e.Cells) == 0 {
		return errors.New("no cell has run yet")
	}
	dir := s.path(words[0])
	if list, err := os.ReadDir(dir); err == nil && len(list) > 0 {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err != nil {
			return fmt.Errorf("%s is not empty and no module; name a new folder", dir)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	tried := map[string]bool{}
	fresh := true // go.mod is to be that of the notebook
	for range 20 {
		files, err := e.Write(ctx, resolver{s})
		if err != nil {
			return err
		}
		if err := s.writeModule(m.Dir(), dir, files, fresh); err != nil {
			return err
		}
		output, err := s.tool.RunGo(ctx, dir, append(s.env[:len(s.env):len(s.env)], "GOWORK=off"), "vet", ".")
		if err == nil {
			s.exported(ctx, dir)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		again := false
		for _, found := range missingPackage.FindAllStringSubmatch(output, -1) {
			if path := found[1]; !tried[path] {
				tried[path] = true
				if err := m.Obtain(ctx, path); err != nil {
					return err
				}
				again, fresh = true, true
			}
		}
		if !again && !tried["."] && (strings.Contains(output, "updates to go.mod needed") || strings.Contains(output, "missing go.sum entry")) {
			tried["."] = true
			_, err := s.tool.RunGo(ctx, dir, append(s.env[:len(s.env):len(s.env)], "GOWORK=off", "GOFLAGS=-mod=mod"), "list", "-deps", "-test", ".")
			again = err == nil
			fresh = false
		}
		for _, line := range strings.Split(output, "\n") {
			if c := programLine.FindStringSubmatch(strings.TrimPrefix(line, "vet: ")); c != nil && c[1] == "main.go" {
				number, _ := strconv.Atoi(c[2])
				again = e.Learn(number, c[4]) || again
			}
		}
		if again {
			continue
		}
		if vetOnly(output) { // it compiles; what go vet dislikes is the user's
			s.exported(ctx, dir)
			s.outlet.Text("stderr", output)
			return nil
		}
		return fmt.Errorf("%s is written, but the go command refuses it:\n%s", dir, strings.TrimSpace(output))
	}
	return fmt.Errorf("%s is written, but does not compile", dir)
}

// compilerWords begin the messages of a package that does not compile, as go vet
// repeats them.
var compilerWords = regexp.MustCompile(`(?m)^vet: |^# .*\n.*(undefined|cannot|missing|declared and not used|expected)|^go: |no required module|missing go\.sum`)

func vetOnly(output string) bool { return !compilerWords.MatchString(output) }

// writeModule writes the files of a module that requires what the notebook's does.
func (s *Session) writeModule(from, dir string, files *gonb.Files, fresh bool) error {
	mod, err := os.ReadFile(filepath.Join(from, "go.mod"))
	if err != nil {
		return err
	}
	sum, err := os.ReadFile(filepath.Join(from, "go.sum"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	name := regexp.MustCompile(`[^A-Za-z0-9._-]+`).ReplaceAllString(filepath.Base(dir), "_")
	_, rest, _ := strings.Cut(string(mod), "\n")
	write := map[string]string{"go.mod": "module " + name + "\n" + rest, "go.sum": string(sum), "main.go": files.Main, "main_test.go": files.Test}
	if !fresh {
		delete(write, "go.mod")
		delete(write, "go.sum")
	}
	for name, text := range write {
		file := filepath.Join(dir, name)
		if text == "" {
			os.Remove(file)
			continue
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// exported leaves out of go.mod and go.sum what the program does not need, as far
// as that can be told without network, and tells what there is.
func (s *Session) exported(ctx context.Context, dir string) {
	env := append(s.env[:len(s.env):len(s.env)], "GOWORK=off", "GOPROXY=off", "GOFLAGS=-mod=mod")
	kept := map[string][]byte{}
	for _, name := range []string{"go.mod", "go.sum"} {
		kept[name], _ = os.ReadFile(filepath.Join(dir, name))
	}
	if _, err := s.tool.RunGo(ctx, dir, env, "mod", "tidy"); err != nil {
		for name, data := range kept {
			os.WriteFile(filepath.Join(dir, name), data, 0o644)
		}
	}
	var names []string
	for _, name := range []string{"main.go", "main_test.go", "go.mod", "go.sum"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			names = append(names, name)
		}
	}
	s.print("%s: %s; run it by go run .\n", dir, strings.Join(names, ", "))
}
