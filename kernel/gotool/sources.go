package gotool

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// PackageDir returns the folder with the sources of a package, for its
// documentation. It compiles nothing. For the standard library and our own
// module it needs no other program; otherwise it asks the go command.
func (t *Tool) PackageDir(ctx context.Context, path string) (string, error) {
	if path == "" || strings.HasPrefix(path, ".") || filepath.IsAbs(path) || strings.HasPrefix(path, "-") || strings.Contains(path, "...") {
		return "", fmt.Errorf("package %q: this is no import path", path)
	}
	dir := filepath.Join(t.chain.Root, "src", filepath.FromSlash(path))
	if own, ok := strings.CutPrefix(path+"/", modulePath+"/"); ok {
		dir = filepath.Join(t.moduleDir, filepath.FromSlash(own))
	} else if first, _, _ := strings.Cut(path, "/"); strings.Contains(first, ".") {
		out, errs, err := t.chain.run(ctx, t.workspace, t.chain.Go, []string{"list", "-find", "-f", "{{.Dir}}", "--", path}, nil)
		if err != nil {
			return "", fmt.Errorf("package %s: its sources are not found: %w: %s", path, err, firstLine(errs))
		}
		dir = strings.TrimSpace(string(out))
	}
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return "", fmt.Errorf("package %s: it has no folder of sources", path)
	}
	return dir, nil
}
