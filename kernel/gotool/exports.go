package gotool

import (
	"bytes"
	"crypto/sha256"
	"debug/elf"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
)

// exports finds the symbols that an executable offers to what it loads, by the
// hash table that the dynamic loader uses: reading all of them would take longer
// than linking a cell.
type exports struct {
	symbols, names, hash []byte // the sections .dynsym, .dynstr, .gnu.hash
	sections             []exportSection
}

// exportSection holds where data lies in the file, which stays open.
type exportSection struct {
	addr, size uint64
	data       *elf.Section
}

// exported is a symbol of the executable.
type exported struct {
	kind       elf.SymType
	addr, size uint64
	section    int
}

func openExports(name string) (*exports, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	f, err := elf.NewFile(file)
	if err != nil {
		file.Close()
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	x := &exports{}
	for _, s := range f.Sections {
		x.sections = append(x.sections, exportSection{s.Addr, s.Size, s})
		var to *[]byte
		switch s.Type {
		case elf.SHT_DYNSYM:
			to = &x.symbols
			if int(s.Link) < len(f.Sections) {
				if x.names, err = f.Sections[s.Link].Data(); err != nil {
					return nil, fmt.Errorf("%s: %w", name, err)
				}
			}
		case elf.SHT_GNU_HASH:
			to = &x.hash
		default:
			continue
		}
		if *to, err = s.Data(); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	if f.Class != elf.ELFCLASS64 || f.Data != elf.ELFDATA2LSB || len(x.hash) < 16 || len(x.names) == 0 {
		file.Close()
		return nil, fmt.Errorf("%s: no table of symbols that is known here", name)
	}
	return x, nil
}

// lookup finds a symbol by its name in the file.
func (x *exports) lookup(name string) (exported, bool) {
	hash := uint32(5381)
	for i := range len(name) {
		hash = hash*33 + uint32(name[i])
	}
	u32 := func(i uint64) (uint32, bool) {
		if i > uint64(len(x.hash)) || uint64(len(x.hash))-i < 4 {
			return 0, false
		}
		return binary.LittleEndian.Uint32(x.hash[i:]), true
	}
	// Counts of buckets, of symbols before the first, and of 8-byte words of a
	// filter that is left aside; then the buckets, and a hash for each symbol.
	buckets, _ := u32(0)
	first, _ := u32(4)
	filter, _ := u32(8)
	if buckets == 0 {
		return exported{}, false
	}
	chains := 16 + 8*uint64(filter) + 4*uint64(buckets)
	i, ok := u32(16 + 8*uint64(filter) + 4*uint64(hash%buckets))
	for ; ok && i >= first && i != 0; i++ {
		var h uint32
		if h, ok = u32(chains + 4*uint64(i-first)); !ok {
			break
		}
		if h|1 == hash|1 {
			if s, is := x.symbol(i, name); is {
				return s, true
			}
		}
		if h&1 == 1 { // the last of its bucket
			break
		}
	}
	return exported{}, false
}

// symbol reads entry i of the table if it has this name.
func (x *exports) symbol(i uint32, name string) (exported, bool) {
	at := 24 * uint64(i)
	if at+24 > uint64(len(x.symbols)) {
		return exported{}, false
	}
	s := x.symbols[at : at+24]
	offset := uint64(binary.LittleEndian.Uint32(s))
	if offset > uint64(len(x.names)) || !bytes.HasPrefix(x.names[offset:], append([]byte(name), 0)) {
		return exported{}, false
	}
	section := binary.LittleEndian.Uint16(s[6:])
	return exported{
		kind: elf.SymType(s[4] & 15), section: int(section),
		addr: binary.LittleEndian.Uint64(s[8:]), size: binary.LittleEndian.Uint64(s[16:]),
	}, section != 0
}

// content returns the bytes of a symbol as they are in the file, without what the
// dynamic loader adds to them.
func (x *exports) content(s exported) ([]byte, error) {
	if s.section >= len(x.sections) {
		return nil, fmt.Errorf("a symbol in section %d of %d", s.section, len(x.sections))
	}
	sec := x.sections[s.section]
	if s.addr < sec.addr || s.size > sec.size || s.addr-sec.addr > sec.size-s.size {
		return nil, fmt.Errorf("a symbol outside of its section")
	}
	data := make([]byte, s.size)
	_, err := sec.data.ReadAt(data, int64(s.addr-sec.addr))
	return data, err
}

// exportName is the name that the Go linker gives a symbol in the file: those of
// types are hashed, since they hold whole type expressions.
func exportName(name string) string {
	isType := strings.HasPrefix(name, "type:")
	switch {
	case !isType && !strings.Contains(name, "@"),
		strings.HasPrefix(name, "type:runtime."), strings.HasPrefix(name, "go:string."),
		len(name) <= 14 && !strings.Contains(name, "@"):
		return name
	}
	short := func(s string) string {
		sum := sha256.Sum256([]byte(s))
		sum[0] ^= 0xff
		return base64.StdEncoding.EncodeToString(sum[:6])
	}
	if isType {
		if name[5] == '.' {
			return "type:." + short(name[5:])
		}
		return "type:" + short(name[5:])
	}
	i, j := strings.IndexByte(name, '['), strings.LastIndexByte(name, ']')
	if j <= i {
		j = len(name)
	}
	return name[:i+1] + short(name[i+1:j]) + name[j:]
}
