package jupyter

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sync"
)

// Signer signs and verifies messages with HMAC-SHA256 over the bytes of the
// four JSON parts. The nil Signer and one with an empty key do neither.
// Methods may be called from several goroutines.
type Signer struct {
	key []byte

	mu   sync.Mutex
	seen map[[sha256.Size]byte]struct{}
	ring [][sha256.Size]byte // the same, oldest at next
	next int
}

// replayMemory is how many signatures are remembered; the same as in the
// reference implementation of the protocol.
const replayMemory = 1 << 16

// NewSigner returns a signer for the key of a connection file.
func NewSigner(key string) *Signer {
	return &Signer{key: []byte(key), seen: make(map[[sha256.Size]byte]struct{})}
}

func (s *Signer) off() bool { return s == nil || len(s.key) == 0 }

func (s *Signer) sum(parts [][]byte) (d [sha256.Size]byte) {
	h := hmac.New(sha256.New, s.key)
	for _, p := range parts {
		h.Write(p)
	}
	h.Sum(d[:0])
	return d
}

// Sign returns the signature frame: lower-case hexadecimal, or empty without a key.
func (s *Signer) Sign(parts [][]byte) []byte {
	if s.off() {
		return []byte{}
	}
	d := s.sum(parts)
	return hex.AppendEncode(nil, d[:])
}

// Verify reports a wrong signature or one that was seen before.
func (s *Signer) Verify(signature []byte, parts [][]byte) error {
	if s.off() {
		return nil
	}
	var got [sha256.Size]byte
	if len(signature) != hex.EncodedLen(len(got)) {
		return fmt.Errorf("%w: signature of %d bytes, want %d", ErrMalformed, len(signature), hex.EncodedLen(len(got)))
	}
	if _, err := hex.Decode(got[:], signature); err != nil {
		return fmt.Errorf("%w: signature is not hexadecimal", ErrMalformed)
	}
	want := s.sum(parts)
	if !hmac.Equal(got[:], want[:]) { // constant time
		return fmt.Errorf("%w: wrong signature", ErrMalformed)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, again := s.seen[got]; again {
		return fmt.Errorf("%w: signature seen before (replay)", ErrMalformed)
	}
	s.seen[got] = struct{}{}
	if len(s.ring) < replayMemory {
		s.ring = append(s.ring, got)
		return nil
	}
	delete(s.seen, s.ring[s.next])
	s.ring[s.next] = got
	s.next = (s.next + 1) % replayMemory
	return nil
}
