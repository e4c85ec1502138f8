package gotool

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
)

// standIn is the file of a shared library that has symbols but no code. The Go
// linker takes it for the library that holds the packages of the worker.
type standIn struct {
	names   bytes.Buffer // .dynstr
	symbols bytes.Buffer // .dynsym
	data    bytes.Buffer // contents of type descriptors
}

// Sections of a stand-in, in order.
const (
	standInNote = 1 + iota
	standInNames
	standInSymbols
	standInRelocations
	standInData
	standInSectionNames
	standInSections
)

const (
	// Of the data. The Go linker looks for an address in all sections, and those
	// that are not loaded are at 0: it must be beyond the end of the largest.
	standInAddr = 1 << 32
	oneWord     = 8 // the data begins with the mask of a type that is one pointer
)

func newStandIn() *standIn {
	s := &standIn{}
	s.names.WriteByte(0)
	s.symbols.Write(make([]byte, 24))
	s.data.Write([]byte{1, 0, 0, 0, 0, 0, 0, 0})
	return s
}

// add enters a symbol; content may be nil.
func (s *standIn) add(name string, kind elf.SymType, size uint64, content []byte) {
	value := uint64(standInAddr)
	if len(content) > 0 {
		for s.data.Len()%8 != 0 {
			s.data.WriteByte(0)
		}
		value += uint64(s.data.Len())
		s.data.Write(content)
	}
	var e [24]byte
	binary.LittleEndian.PutUint32(e[0:], uint32(s.names.Len()))
	e[4] = byte(elf.STB_GLOBAL)<<4 | byte(kind)
	binary.LittleEndian.PutUint16(e[6:], standInData)
	binary.LittleEndian.PutUint64(e[8:], value)
	binary.LittleEndian.PutUint64(e[16:], size)
	s.symbols.Write(e[:])
	s.names.WriteString(name)
	s.names.WriteByte(0)
}

// Layout of a type descriptor (internal/abi.Type), in bytes.
const (
	typeSize, typePointers, typeMask = 0, 8, 32
	typeEnd                          = 48
)

// addType enters a type descriptor. The Go linker reads from it what the garbage
// collector must know of variables of that type. The address of the mask of
// pointers is not in the worker's file, the loader puts it there; it is needed for
// variables that a cell keeps as globals, and those are single pointers. For other
// types it stays 0, with which the linker stops if it comes to need it.
func (s *standIn) addType(name string, kind elf.SymType, content []byte) {
	if len(content) >= typeEnd {
		content = bytes.Clone(content)
		mask := uint64(0)
		if binary.LittleEndian.Uint64(content[typeSize:]) == oneWord && binary.LittleEndian.Uint64(content[typePointers:]) == oneWord {
			mask = standInAddr
		}
		binary.LittleEndian.PutUint64(content[typeMask:], mask)
	}
	s.add(name, kind, uint64(len(content)), content)
}

// file returns the whole file; hash is what the worker must hold under the
// library's name.
func (s *standIn) file(hash string) []byte {
	var note bytes.Buffer
	for _, n := range []uint32{4, uint32(len(hash)), 2} { // length of name and content, and that it is a hash
		binary.Write(&note, binary.LittleEndian, n)
	}
	note.WriteString("Go\x00\x00" + hash)
	for note.Len()%4 != 0 {
		note.WriteByte(0)
	}
	const names = "\x00.note.go.abihash\x00.dynstr\x00.dynsym\x00.rela.dyn\x00.data\x00.shstrtab\x00"
	contents := [standInSections][]byte{standInNote: note.Bytes(), standInNames: s.names.Bytes(), standInSymbols: s.symbols.Bytes(),
		standInData: s.data.Bytes(), standInSectionNames: []byte(names)}
	kinds := [standInSections]elf.SectionType{elf.SHT_NULL, elf.SHT_NOTE, elf.SHT_STRTAB, elf.SHT_DYNSYM, elf.SHT_RELA, elf.SHT_PROGBITS, elf.SHT_STRTAB}
	out := bytes.NewBuffer(make([]byte, 64))
	var table [standInSections]elf.Section64
	nameAt := uint32(1)
	for i := 1; i < standInSections; i++ {
		for out.Len()%8 != 0 {
			out.WriteByte(0)
		}
		table[i] = elf.Section64{Name: nameAt, Type: uint32(kinds[i]), Off: uint64(out.Len()), Size: uint64(len(contents[i])), Addralign: 8}
		nameAt += uint32(bytes.IndexByte([]byte(names)[nameAt:], 0)) + 1
		out.Write(contents[i])
	}
	table[standInSymbols].Link, table[standInSymbols].Info, table[standInSymbols].Entsize = standInNames, 1, 24
	table[standInRelocations].Link, table[standInRelocations].Entsize = standInSymbols, 24
	table[standInData].Addr, table[standInData].Flags = standInAddr, uint64(elf.SHF_ALLOC)
	for out.Len()%8 != 0 {
		out.WriteByte(0)
	}
	at := out.Len()
	binary.Write(out, binary.LittleEndian, table)
	var head bytes.Buffer
	binary.Write(&head, binary.LittleEndian, elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_DYN), Machine: uint16(elf.EM_X86_64), Version: uint32(elf.EV_CURRENT),
		Shoff: uint64(at), Ehsize: 64, Phentsize: 56, Shentsize: 64, Shnum: standInSections, Shstrndx: standInSectionNames,
	})
	file := out.Bytes()
	copy(file, head.Bytes())
	return file
}
