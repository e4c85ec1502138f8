package gotool

import (
	"bytes"
	"context"
	"debug/elf"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// workerExports opens the worker of the tests.
func workerExports(t *testing.T) (*exports, string) {
	t.Helper()
	if !canShare() {
		t.Skip("cells are not linked against the worker on this system")
	}
	worker, err := warm(t).Worker(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	x, err := openExports(worker)
	if err != nil {
		t.Fatal(err)
	}
	return x, worker
}

// The table of hashes gives what reading all symbols gives.
func TestExportsAreThoseOfTheFile(t *testing.T) {
	x, worker := workerExports(t)
	f, err := elf.Open(worker)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, s := range symbols {
		e, ok := x.lookup(s.Name)
		if s.Section == elf.SHN_UNDEF {
			if ok {
				t.Errorf("%s is found, but the worker only refers to it", s.Name)
			}
			continue
		}
		found++
		if want := (exported{elf.ST_TYPE(s.Info), s.Value, s.Size, int(s.Section)}); !ok || e != want {
			t.Fatalf("%s: got %+v, %v, want %+v", s.Name, e, ok, want)
		}
		if _, ok := x.lookup(s.Name + "?"); ok {
			t.Fatalf("%s? is found", s.Name)
		}
	}
	if found < 10_000 {
		t.Errorf("the worker has %d symbols, want all of its packages", found)
	}
	// Names as compiled packages have them, of all kinds: a function that nothing in
	// the worker calls, a method, a variable, types with short and long names.
	for _, name := range []string{"strings.ToTitle", "fmt.(*pp).doPrintf", "os.Stdout", "type:int", "type:*encoding/json.Decoder", "type:runtime.moduledata",
		"go:link.pkghash.fmt", "go:link.abihash." + standInName, modulePath + "/kernel/live.slots"} {
		if _, ok := x.lookup(exportName(name)); !ok {
			t.Errorf("the worker does not offer %s (as %s)", name, exportName(name))
		}
	}
}

func TestDamagedExportsAreNoPanic(t *testing.T) {
	x, _ := workerExports(t)
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		damaged := *x
		damaged.hash, damaged.symbols = bytes.Clone(x.hash), x.symbols[:random.IntN(len(x.symbols))]
		for range 20 {
			damaged.hash[random.IntN(16+random.IntN(len(x.hash)-16))] = byte(random.Uint32())
		}
		damaged.names = x.names[:random.IntN(len(x.names))]
		if e, ok := damaged.lookup("fmt.Println"); ok {
			e.size %= 1 << 20
			damaged.content(e)
		}
	}
}

func TestSymbolsOfAnObject(t *testing.T) {
	tool, dir := warm(t), t.TempDir()
	file := filepath.Join(dir, "cell.go")
	source := "package main\n\nimport \"strconv\"\n\nfunc Ꞌown() string { return strconv.FormatInt(12345, 3) }\n\nfunc SpikebookLoad() {}\n\nfunc SpikebookRun() []any { return []any{Ꞌown()} }\n" + tail
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	a, err := tool.Compile(context.Background(), Unit{Path: "cell/1", File: file, Imports: []string{"strconv"}})
	if err != nil {
		t.Fatal(err)
	}
	archive, err := os.ReadFile(a.File)
	if err != nil {
		t.Fatal(err)
	}
	defined, wanted, foreign, err := objectSymbols(archive)
	if err != nil || foreign {
		t.Fatal(err, foreign)
	}
	if s := (symbol{name: "cell/1.SpikebookRun", text: true}); !slices.Contains(defined, s) {
		t.Errorf("%v is not among the defined symbols %v", s, defined)
	}
	if s := (symbol{name: "strconv.FormatInt"}); !slices.Contains(wanted, s) {
		t.Errorf("%v is not among the symbols referred to, %v", s, wanted)
	}
	if _, _, foreign, err := objectSymbols(appendObject(archive, "c.o", []byte("\x7fELF"))); err != nil || !foreign {
		t.Errorf("an object of a C compiler: foreign is %v, %v", foreign, err)
	}
	// Whatever is cut off or changed is an error or other names, never a panic.
	random := rand.New(rand.NewPCG(3, 4))
	for i := range 2000 {
		data := bytes.Clone(archive)
		if i%2 == 0 {
			data = data[:random.IntN(len(data))]
		}
		for range random.IntN(8) {
			if len(data) > 0 {
				data[random.IntN(len(data))] = byte(random.Uint32())
			}
		}
		objectSymbols(data)
	}
}

func TestStandInIsALibrary(t *testing.T) {
	pointer, record := make([]byte, 64), make([]byte, 64)
	pointer[typeSize], pointer[typePointers] = 8, 8
	record[typeSize], record[typePointers] = 24, 8
	s := newStandIn()
	s.add("fmt.Println.abiinternal", elf.STT_FUNC, 98, nil)
	s.addType("type:pointer", elf.STT_OBJECT, pointer)
	s.addType("type:record", elf.STT_OBJECT, record)
	f, err := elf.NewFile(bytes.NewReader(s.file("some hash")))
	if err != nil {
		t.Fatal(err)
	}
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	masks := map[string]uint64{}
	for _, sym := range symbols {
		names = append(names, fmt.Sprint(sym.Name, " ", elf.ST_TYPE(sym.Info), " ", sym.Size))
		if strings.HasPrefix(sym.Name, "type:") {
			data := make([]byte, sym.Size)
			sec := f.Sections[sym.Section]
			if _, err := sec.ReadAt(data, int64(sym.Value-sec.Addr)); err != nil {
				t.Fatal(err)
			}
			masks[sym.Name] = f.ByteOrder.Uint64(data[typeMask:])
			if data[typeSize] != map[string]byte{"type:pointer": 8, "type:record": 24}[sym.Name] {
				t.Errorf("%s has the content of another", sym.Name)
			}
		}
	}
	if got, want := strings.Join(names, ", "), "fmt.Println.abiinternal STT_FUNC 98, type:pointer STT_OBJECT 64, type:record STT_OBJECT 64"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	data := f.Section(".data")
	mask := make([]byte, 1)
	if _, err := data.ReadAt(mask, int64(masks["type:pointer"]-data.Addr)); err != nil || mask[0] != 1 {
		t.Errorf("the mask of a pointer is %v, %v, want 1", mask, err)
	}
	if masks["type:record"] != 0 {
		t.Errorf("the mask of a type that is no single pointer is at %#x, want none", masks["type:record"])
	}
}

func TestJumpsSpareR11(t *testing.T) {
	code := []byte{0xf3, 0x0f, 0x1e, 0xfa, 0x41, 0xbb, 7, 0, 0, 0, 0xff, 0x25, 1, 2, 3, 4}
	if err := sparePLT(code); err != nil || bytes.Contains(code, []byte{0x41, 0xbb}) || !bytes.HasSuffix(code, []byte{0xff, 0x25, 1, 2, 3, 4}) {
		t.Errorf("got % x, %v", code, err)
	}
	if err := sparePLT([]byte{0x41, 0xbb, 7, 0, 0, 0, 0x90, 0x90}); err == nil {
		t.Error("no error for a load of R11 that is followed by something else")
	}
}

func TestNamesArePutRight(t *testing.T) {
	names := []byte("\x00fmt.Println" + goSuffix + "\x00type:int\x00" + startTarget + "\x00x" + goSuffix + "y\x00")
	if err := renameSymbols(names); err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range bytes.Split(names, []byte{0}) {
		if len(n) > 0 {
			got = append(got, string(n))
		}
	}
	if want := []string{"fmt.Println", "type:int", startName, "x" + goSuffix + "y"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The Go linker looks for the mask of a type's pointers in the first section whose
// addresses reach it, also among sections that have none. Were that the names of a
// cell with many of them, the collector would free what its globals hold.
func TestStandInHasMasksInItsDataOnly(t *testing.T) {
	s := newStandIn()
	content := make([]byte, typeEnd)
	content[typeSize], content[typePointers] = oneWord, oneWord
	for i := range 100_000 {
		s.addType(fmt.Sprintf("type:*a/package/of/some/length.Name%d", i), elf.STT_OBJECT, content)
	}
	file, err := elf.NewFile(bytes.NewReader(s.file("hash")))
	if err != nil {
		t.Fatal(err)
	}
	for _, section := range file.Sections[1:] {
		holds := section.Addr <= standInAddr && standInAddr < section.Addr+section.Size
		if holds != (section.Name == ".data") {
			t.Errorf("section %s from %#x, %#x bytes: holds the masks: %v", section.Name, section.Addr, section.Size, holds)
		}
	}
	data, err := file.Section(".data").Data()
	if err != nil || data[0] != 1 {
		t.Errorf("the mask of one pointer is %v (%v), want 1", data[:1], err)
	}
}
