package gotool

import (
	"context"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// smallDisk mounts a file system of the given size.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("spikebook", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("needs the right to mount: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

func TestCacheOnAFullDisk(t *testing.T) {
	dir := smallDisk(t, "4k")
	if err := os.WriteFile(filepath.Join(dir, "fill"), make([]byte, 4096), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := Open(context.Background(), Options{CacheDir: dir, ModuleDir: copyModule(t)})
	wantError(t, err, dir, "the disk is full", "SPIKEBOOK_CACHE")
}

// The disk fills up while packages are compiled: some are there, the rest is not,
// and nothing of it may be taken for complete.
func TestDiskFillsWhileWarming(t *testing.T) {
	dir, ctx := smallDisk(t, "2m"), context.Background()
	tool, err := Open(ctx, Options{CacheDir: dir, ModuleDir: copyModule(t), Log: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, tool.Warm(ctx, nil), "the disk is full", "SPIKEBOOK_CACHE")
	if tool.known() != nil || tool.readTable() != nil {
		t.Error("an incomplete table is used")
	}
}

func TestCellOnAFullDisk(t *testing.T) {
	tool, dir := warm(t), smallDisk(t, "8k")
	file := filepath.Join(dir, "cell.go")
	if err := os.WriteFile(file, []byte("package main\n\nfunc SpikebookRun() []any { return nil }\n"+tail), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := tool.Compile(context.Background(), Unit{Path: "cell/1", File: file})
	wantError(t, err, "the disk is full", "TMPDIR")
}
