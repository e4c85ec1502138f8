package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/spikebook/spikebook/kernel/worker/wire"
)

// questions maps those of package wire to what answers them. An argument that
// does not parse is refused before.
var questions = map[string]func(data json.RawMessage) (any, error){
	wire.AskVars:    asked(variables),
	wire.AskSave:    asked(saveVariables),
	wire.AskRestore: asked(restoreVariables),
	wire.AskEnv:     asked(setEnv),
	wire.AskChdir:   asked(func(dir string) (any, error) { return nil, os.Chdir(dir) }),
	wire.AskJobs:    asked(func(struct{}) (any, error) { return jobs(), nil }),
	wire.AskKill:    asked(func(run int64) (any, error) { return killJobs(run), nil }),
	wire.AskMemory:  asked(func(struct{}) (any, error) { return memory(), nil }),
}

// asked gives f its argument.
func asked[A any, R any](f func(A) (R, error)) func(json.RawMessage) (any, error) {
	return func(data json.RawMessage) (any, error) {
		var argument A
		if len(data) > 0 {
			if err := json.Unmarshal(data, &argument); err != nil {
				return nil, err
			}
		}
		return f(argument)
	}
}

// ask answers one question. What looks at values of cells may meet anything, so
// a panic is an answer too.
func (s *server) ask(c wire.Command) {
	report := wire.Report{Op: wire.Answer, ID: c.ID}
	defer func() {
		if v := recover(); v != nil {
			report.Error = fmt.Sprintf("%s: %v", c.Path, v)
		}
		s.report(report)
	}()
	f, ok := questions[c.Path]
	if !ok {
		report.Error = "the worker does not know the question " + c.Path
		return
	}
	answer, err := f(c.Data)
	if err == nil && answer != nil {
		report.Data, err = json.Marshal(answer)
	}
	if err != nil {
		report.Error = err.Error()
	}
}

// setEnv changes the environment of this process.
func setEnv(list []string) (any, error) {
	var errs []error
	for _, kv := range list {
		name, value, set := strings.Cut(kv, "=")
		if set {
			errs = append(errs, os.Setenv(name, value))
		} else {
			errs = append(errs, os.Unsetenv(name))
		}
	}
	return nil, errors.Join(errs...)
}

// memory measures this process.
func memory() wire.Memory {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	m := wire.Memory{Heap: stats.HeapAlloc, System: stats.Sys, Gos: runtime.NumGoroutine()}
	data, err := os.ReadFile("/proc/self/smaps_rollup")
	if err != nil {
		m.Private = stats.Sys
		return m
	}
	for line := range strings.Lines(string(data)) {
		var name string
		var kb uint64
		if n, _ := fmt.Sscanf(line, "%s %d", &name, &kb); n != 2 {
			continue
		}
		switch name {
		case "Private_Clean:", "Private_Dirty:":
			m.Private += kb << 10
		case "Rss:":
			m.Shared = kb << 10
		}
	}
	m.Shared -= min(m.Shared, m.Private)
	return m
}
