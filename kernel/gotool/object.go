package gotool

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// symbol is a name in a compiled package, as far as linking needs it.
type symbol struct {
	name string
	asm  bool // called as assembly code is, with arguments on the stack (ABI0)
	text bool // a function that has code
}

// Object files of the Go compiler: a mark, then 8 bytes of fingerprint, 4 of flags
// and the offsets of blocks, of which these are read. An entry is 21 bytes: length
// and offset of the name, 2 bytes of calling convention, then kind and flags.
// Everything counts from the mark. (cmd/internal/goobj describes it.)
const (
	objectMark    = "\x00go120ld"
	objectOffsets = len(objectMark) + 8 + 4
	blockDefs     = 3 // defined, known by number
	blockNamed    = 6 // defined, known by name
	blockRefs     = 7 // referred to by name
	symbolSize    = 21
	abiAssembly   = 0
	abiGo         = 1
)

// objectSymbols returns what a compiled package defines and what it refers to by
// name. Packages are compiled with -linkshared, by which all references to other
// packages are names. foreign says that there are objects of another kind too, such as
// those of a C compiler. A format of Go's that is not known is an error.
func objectSymbols(archive []byte) (defined, wanted []symbol, foreign bool, err error) {
	const head, entry = "!<arch>\n", 60
	if !bytes.HasPrefix(archive, []byte(head)) {
		return nil, nil, false, fmt.Errorf("no archive")
	}
	for rest := archive[len(head):]; len(rest) >= entry; {
		name := strings.TrimRight(string(rest[:16]), " ")
		size, err := strconv.Atoi(strings.TrimRight(string(rest[48:58]), " "))
		if err != nil || size < 0 || size > len(rest)-entry {
			return nil, nil, false, fmt.Errorf("archive entry %q is damaged", name)
		}
		data := rest[entry : entry+size]
		rest = rest[min(len(rest), entry+size+size%2):]
		if name == "__.PKGDEF" {
			continue
		}
		if !bytes.HasPrefix(data, []byte("go object ")) {
			foreign = true
			continue
		}
		at := bytes.Index(data, []byte("\n!\n"+objectMark))
		if at < 0 {
			return nil, nil, false, fmt.Errorf("archive entry %q is no object of this Go compiler", name)
		}
		object := data[at+3:]
		for _, block := range []int{blockDefs, blockNamed, blockRefs} {
			list, err := blockSymbols(object, block)
			if err != nil {
				return nil, nil, false, fmt.Errorf("archive entry %q: %w", name, err)
			}
			if block == blockRefs {
				wanted = append(wanted, list...)
			} else {
				defined = append(defined, list...)
			}
		}
	}
	return defined, wanted, foreign, nil
}

// blockSymbols reads one block of an object file.
func blockSymbols(object []byte, block int) ([]symbol, error) {
	at := objectOffsets + 4*block
	if len(object) < at+8 {
		return nil, fmt.Errorf("it is cut off")
	}
	from, to := binary.LittleEndian.Uint32(object[at:]), binary.LittleEndian.Uint32(object[at+4:])
	if from > to || int64(to) > int64(len(object)) || (to-from)%symbolSize != 0 {
		return nil, fmt.Errorf("block %d is damaged", block)
	}
	var list []symbol
	for s := object[from:to]; len(s) > 0; s = s[symbolSize:] {
		length, offset := int64(binary.LittleEndian.Uint32(s)), int64(binary.LittleEndian.Uint32(s[4:]))
		if offset+length > int64(len(object)) {
			return nil, fmt.Errorf("a name in block %d is damaged", block)
		}
		abi, kind := binary.LittleEndian.Uint16(s[8:]), s[10]
		if length == 0 || abi != abiAssembly && abi != abiGo {
			continue // nameless, or private to its file
		}
		list = append(list, symbol{name: string(object[offset : offset+length]), asm: abi == abiAssembly, text: (kind == 1 || kind == 2) && binary.LittleEndian.Uint32(s[13:]) > 0})
	}
	return list, nil
}
