package rng

// words is one block of random bits.
type words struct{ a, b, c, d uint32 }

// philox is Philox4x32-10: ten rounds of two multiplications.
func philox(c0, c1, c2, c3, k0, k1 uint32) words {
	for n := 0; n < 10; n = n + 1 {
		p0 := uint64(c0) * 0xD2511F53
		p1 := uint64(c2) * 0xCD9E8D57
		x0 := uint32(p1>>32) ^ c1 ^ k0
		x2 := uint32(p0>>32) ^ c3 ^ k1
		c0 = x0
		c1 = uint32(p1)
		c2 = x2
		c3 = uint32(p0)
		k0 = k0 + 0x9E3779B9
		k1 = k1 + 0xBB67AE85
	}
	return words{c0, c1, c2, c3}
}

// Philox4x32 maps a counter and a key to 128 random bits.
func Philox4x32(counter [4]uint32, key [2]uint32) [4]uint32 {
	w := philox(counter[0], counter[1], counter[2], counter[3], key[0], key[1])
	return [4]uint32{w.a, w.b, w.c, w.d}
}
