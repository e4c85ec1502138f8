package rng

// mt19937 is the Mersenne Twister of 32-bit words with period 2^19937 - 1
// (Matsumoto and Nishimura, ACM Trans. Model. Comput. Simul. 8, 1998).
type mt19937 struct {
	key  [mtWords]uint32
	left int // words of key, at its end, not given out yet
}

const (
	mtWords  = 624 // words of state
	mtOffset = 397 // distance of the word that is mixed in
	mtTwist  = 0x9908b0df
	mtUpper  = 0x80000000 // the one bit taken of a word, the other 31 of the next
)

// seed starts from one number, spread by Knuth's linear recurrence.
func (m *mt19937) seed(s uint32) {
	for i := range m.key {
		m.key[i] = s
		s = 1812433253*(s^s>>30) + uint32(i) + 1
	}
	m.left = 0
}

// seedArray starts from several numbers: the authors' initialisation by array
// of 2002. values must not be empty.
func (m *mt19937) seedArray(values []uint32) {
	m.seed(19650218)
	i := 1
	next := func() { // the state is a ring without word 0, a copy of the last
		if i++; i == mtWords {
			m.key[0] = m.key[mtWords-1]
			i = 1
		}
	}
	for n := range max(mtWords, len(values)) {
		before := m.key[i-1]
		j := n % len(values)
		m.key[i] = (m.key[i] ^ (before^before>>30)*1664525) + values[j] + uint32(j)
		next()
	}
	for range mtWords - 1 {
		before := m.key[i-1]
		m.key[i] = (m.key[i] ^ (before^before>>30)*1566083941) - uint32(i)
		next()
	}
	m.key[0] = mtUpper // never all zero
}

// generate makes the next 624 words of state. It panics for the zero value, of
// which normal numbers would be sought for ever.
func (m *mt19937) generate() {
	k := &m.key
	if m.dead() {
		panic("rng: a RandomState of zeros is used; make it with rng.NewRandomState")
	}
	for i := range mtWords - mtOffset {
		k[i] = twist(k[i], k[i+1], k[i+mtOffset])
	}
	for i := mtWords - mtOffset; i < mtWords-1; i++ {
		k[i] = twist(k[i], k[i+1], k[i+mtOffset-mtWords])
	}
	k[mtWords-1] = twist(k[mtWords-1], k[0], k[mtOffset-1])
	m.left = mtWords
}

// twist joins one bit of a word and 31 of the next, and mixes in a far one.
func twist(a, b, far uint32) uint32 {
	y := a&mtUpper | b&^mtUpper
	return far ^ y>>1 ^ -(y&1)&mtTwist
}

// next is one word of output.
func (m *mt19937) next() uint32 {
	if m.left == 0 {
		m.generate()
	}
	y := m.key[mtWords-m.left]
	m.left--
	return temper(y)
}

// temper mixes the bits of a word of state.
func temper(y uint32) uint32 {
	y ^= y >> 11
	y ^= y << 7 & 0x9d2c5680
	y ^= y << 15 & 0xefc60000
	return y ^ y>>18
}

// next64 is two words, the first one high.
func (m *mt19937) next64() uint64 {
	hi := uint64(m.next())
	return hi<<32 | uint64(m.next())
}

// double is in [0, 1): 53 bits, 27 of one word and 26 of the next.
func (m *mt19937) double() float64 {
	if i := mtWords - m.left; uint(i) < mtWords-1 { // both words are there
		m.left -= 2
		return joined(temper(m.key[i]), temper(m.key[i+1]))
	}
	hi := m.next()
	return joined(hi, m.next())
}

func joined(hi, lo uint32) float64 {
	return float64(uint64(hi>>5)<<26|uint64(lo>>6)) * 0x1p-53
}

// dead reports whether the generator would give nothing but zeros: its 19937
// bits of state, one of word 0 and all of the others, are all zero.
func (m *mt19937) dead() bool {
	for _, w := range m.key[1:] {
		if w != 0 {
			return false
		}
	}
	return m.key[0]&mtUpper == 0
}
