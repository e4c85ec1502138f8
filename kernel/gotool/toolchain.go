package gotool

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// minGo is the oldest Go that compiles worker and toolkit (go.mod's go line).
const minGo = "1.26"

// toolchain is what builds packages: the go command with its compiler and linker,
// and the C compiler with a host linker.
type toolchain struct {
	Go      string // go command
	Version string // "go1.26.8"
	Root    string // GOROOT
	ToolDir string // folder of compile and link
	Mods    string // GOMODCACHE
	Build   string // everything else that changes what is built, as one text
	CC      string // C compiler with its flags, as the go command takes it
	CCPath  string // absolute path of the C compiler
	Host    hostLinker
	Env     []string // environment of go commands and tools
}

// goEnv is the part of "go env -json" that matters here.
type goEnv struct {
	GOVERSION, GOROOT, GOTOOLDIR, GOMODCACHE, CC      string
	GOARCH, GOAMD64, GOARM64, GOEXPERIMENT, GOFIPS140 string
	CGO_CFLAGS, CGO_CPPFLAGS, CGO_CXXFLAGS            string
	CGO_LDFLAGS, CXX                                  string
}

// findToolchain finds the go command, a C compiler and a linker.
func findToolchain(ctx context.Context, cacheDir, workspace string, log func(string, ...any)) (*toolchain, error) {
	if runtime.GOOS == "windows" {
		return nil, &Error{
			What:  "operating system",
			Given: "windows, where Go has no plugins",
			Want:  "linux, macOS or FreeBSD",
			Do:    "run the kernel under WSL",
		}
	}
	env, goCmd, err := findGo(ctx, workspace)
	if err != nil {
		return nil, err
	}
	c := &toolchain{
		Go: goCmd, Version: env.GOVERSION, Root: env.GOROOT, ToolDir: env.GOTOOLDIR, Mods: env.GOMODCACHE,
		Build: strings.Join([]string{
			env.GOARCH, env.GOAMD64, env.GOARM64, env.GOEXPERIMENT, env.GOFIPS140,
			env.CGO_CFLAGS, env.CGO_CPPFLAGS, env.CGO_CXXFLAGS, env.CGO_LDFLAGS, env.CXX,
		}, "\n"),
	}
	if c.CC, c.CCPath, err = findCC(env.CC); err != nil {
		return nil, err
	}
	c.Env = buildEnv(map[string]string{
		"GOCACHE":     filepath.Join(cacheDir, "build"),
		"GOFLAGS":     "-mod=readonly", // not empty: that would let a "go env -w GOFLAGS" through
		"GOWORK":      "off",
		"GOTOOLCHAIN": "local",
		"GO111MODULE": "on",
		"CGO_ENABLED": "1",
		"CC":          c.CC,
		"LC_ALL":      "C",
		"GOOS":        "", "GOARCH": "", "GOROOT": "", "PWD": "", "GOCACHEPROG": "", "GODEBUG": "",
	})
	if c.Host, err = findHostLinker(ctx, cacheDir, c, log); err != nil {
		return nil, err
	}
	return c, nil
}

// describe names the toolchain in one line.
func (c *toolchain) describe() string {
	return fmt.Sprintf("%s %s/%s, %s, linker %s", c.Version, runtime.GOOS, runtime.GOARCH, filepath.Base(c.CCPath), c.Host.Name)
}

// key changes when anything changes that compiled packages depend on.
func (c *toolchain) key() string {
	return strings.Join([]string{
		tableFormat, strings.Join(buildFlags, " "), c.Version, c.Root, fileStamp(filepath.Join(c.ToolDir, "compile")), c.Build, c.CC, fileStamp(c.CCPath),
	}, "\n")
}

// tool returns the path of a program in the toolchain's tool folder.
func (c *toolchain) tool(name string) string { return filepath.Join(c.ToolDir, name) }

// fileStamp changes when a file is replaced.
func fileStamp(name string) string {
	info, err := os.Stat(name)
	if err != nil {
		return name + " absent"
	}
	return fmt.Sprintf("%s %d %d", name, info.Size(), info.ModTime().UnixNano())
}

// buildEnv returns our environment with some variables set; "" removes one.
func buildEnv(set map[string]string) []string {
	var env []string
	for _, kv := range os.Environ() {
		name, _, _ := strings.Cut(kv, "=")
		if _, ok := set[name]; !ok {
			env = append(env, kv)
		}
	}
	for name, value := range set {
		if value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

// findGo returns the first go command that is new enough. The one in PATH may
// switch to a newer toolchain by itself; what it switched to is what we use.
func findGo(ctx context.Context, workspace string) (env goEnv, goCmd string, err error) {
	var found []string // what each candidate was, for the error
	failed := false    // one of them did not run
	for _, candidate := range goCandidates() {
		cmd := exec.CommandContext(ctx, candidate, "env", "-json")
		cmd.Dir = workspace
		cmd.Env = buildEnv(map[string]string{"GOFLAGS": "-mod=readonly", "GOWORK": "off", "GOOS": "", "GOARCH": "", "GOROOT": "", "PWD": ""})
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if ctx.Err() != nil {
			return env, "", ctx.Err()
		}
		env = goEnv{}
		if err == nil {
			err = json.Unmarshal(out, &env)
		}
		if err != nil {
			failed = true
			found = append(found, fmt.Sprintf("%s fails: %v: %s", candidate, err, firstLine(stderr.String())))
			continue
		}
		if env.GOVERSION == "" {
			env.GOVERSION = "a go before 1.16"
		}
		if !versionAtLeast(env.GOVERSION, minGo) {
			found = append(found, fmt.Sprintf("%s is %s", candidate, env.GOVERSION))
			continue
		}
		goCmd = filepath.Join(env.GOROOT, "bin", "go")
		if _, err := os.Stat(goCmd); err != nil {
			goCmd = candidate
		}
		return env, goCmd, nil
	}
	e := &Error{
		What:  "go command",
		Given: "not found in PATH",
		Want:  "Go " + minGo + " or newer, which compiles the cells",
		Do:    "install it from https://go.dev/dl and put its bin folder into PATH",
	}
	if len(found) > 0 {
		e.Given = strings.Join(found, ", ")
	}
	if failed {
		e.Do = "mend what it complains about, or " + e.Do
	}
	return env, "", e
}

// goCandidates lists go commands, the likeliest first, each once.
func goCandidates() []string {
	var list []string
	add := func(name string) {
		if name == "" {
			return
		}
		if info, err := os.Stat(name); err != nil || info.IsDir() || info.Mode()&0o111 == 0 {
			return
		}
		for _, seen := range list {
			if seen == name {
				return
			}
		}
		list = append(list, name)
	}
	if name, err := exec.LookPath("go"); err == nil {
		if name, err = filepath.Abs(name); err == nil {
			add(name)
		}
	}
	if root := os.Getenv("GOROOT"); root != "" {
		add(filepath.Join(root, "bin", "go"))
	}
	for _, name := range usualGo {
		add(name)
	}
	return list
}

// usualGo is where go commands are when PATH does not say: kernels are often
// started by a desktop, whose PATH lacks what the shell has.
var usualGo = []string{"/usr/local/go/bin/go", "/opt/homebrew/bin/go", "/usr/lib/go/bin/go", "/snap/bin/go"}

// versionAtLeast compares "go1.26.8" or "go1.27rc1" with "1.26" by major and
// minor number. Development versions ("devel …") pass.
func versionAtLeast(version, min string) bool {
	if strings.HasPrefix(version, "devel") {
		return true
	}
	number := func(s string) (major, minor int) {
		f := strings.SplitN(strings.TrimPrefix(s, "go"), ".", 3)
		major, _ = strconv.Atoi(f[0])
		if len(f) > 1 {
			digits := strings.IndexFunc(f[1], func(r rune) bool { return r < '0' || r > '9' })
			if digits < 0 {
				digits = len(f[1])
			}
			minor, _ = strconv.Atoi(f[1][:digits])
		}
		return major, minor
	}
	a, b := number(version)
	c, d := number(min)
	return a > c || a == c && b >= d
}

// findCC returns the C compiler that the go command names, else any.
func findCC(named string) (cc, path string, err error) {
	candidates := []string{named, "gcc", "clang", "cc"}
	for _, cc := range candidates {
		f := strings.Fields(cc)
		if len(f) == 0 {
			continue
		}
		if path, err := exec.LookPath(f[0]); err == nil {
			if path, err = filepath.Abs(path); err == nil {
				return cc, path, nil
			}
		}
	}
	given := "none of gcc, clang and cc is in PATH"
	if os.Getenv("CC") != "" {
		given = fmt.Sprintf("CC is %q, and %s", os.Getenv("CC"), given)
	}
	return "", "", &Error{
		What:  "C compiler",
		Given: given,
		Want:  "one, because Go links plugins with it",
		Do:    installC,
	}
}

const installC = "install one (Debian, Ubuntu: apt-get install gcc libc6-dev; Fedora: dnf install gcc; Alpine: apk add gcc musl-dev; macOS: xcode-select --install)"

// run runs a command and returns its output. onErrLine, if not nil, gets the
// lines of standard error as they come; the output has both streams otherwise.
func (c *toolchain) run(ctx context.Context, dir, name string, args []string, onErrLine func(string)) (stdout []byte, stderr string, err error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = c.Env
	ownGroup(cmd)
	cmd.WaitDelay = 2 * time.Second // the go command removes its work folder first
	var out bytes.Buffer
	errs := lineWriter{each: onErrLine}
	cmd.Stdout, cmd.Stderr = &out, &errs
	err = cmd.Run()
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	return out.Bytes(), errs.all.String(), err
}

// lineWriter keeps what is written and hands on its complete lines.
type lineWriter struct {
	each func(line string)
	all  bytes.Buffer
	seen int // bytes handed on
}

func (w *lineWriter) Write(p []byte) (int, error) {
	w.all.Write(p)
	for w.each != nil {
		rest := w.all.Bytes()[w.seen:]
		i := bytes.IndexByte(rest, '\n')
		if i < 0 {
			break
		}
		w.seen += i + 1
		w.each(string(rest[:i]))
	}
	return len(p), nil
}

// toolError explains a failed tool. Its output stays as it is.
func toolError(what, want, do, output string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := &Error{What: what, Given: err.Error(), Want: want, Do: do, Output: output, Err: err}
	if diskFull(err, output) {
		e.Given = "the disk is full"
		e.Want = "about 1 GB in the cache folder and some in the folder for temporary files"
		e.Do = "free some space, or set SPIKEBOOK_CACHE (and TMPDIR) to a folder on another disk"
	}
	return e
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}
