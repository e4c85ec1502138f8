package rng

// Stream is a sequence of random numbers indexed by step (0 to 2^48) and
// element. The zero value is a valid stream, but not a random one: use NewStream.
type Stream struct{ k0, k1 uint32 }

// NewStream is the stream of one occurrence of a distribution: number stream in
// object number object of a simulation with that seed.
func NewStream(seed uint64, object, stream uint32) Stream {
	w := philox(object, stream, 0, 0, uint32(seed), uint32(seed>>32))
	return Stream{w.a, w.b}
}

// Key is the key of the generator, for backends that draw for themselves.
func (s Stream) Key() [2]uint32 { return [2]uint32{s.k0, s.k1} }

// Uniform is lo + (hi-lo)·u with u in [0, 1), 53 bits.
func (s Stream) Uniform(step int64, element uint64, lo, hi float64) float64 {
	return uniform(s.k0, s.k1, step, element, lo, hi)
}

// Normal has the given mean and standard deviation.
func (s Stream) Normal(step int64, element uint64, mean, sd float64) float64 {
	return normal(s.k0, s.k1, step, element, mean, sd)
}

// Exponential has the mean 1/rate.
func (s Stream) Exponential(step int64, element uint64, rate float64) float64 {
	return exponential(s.k0, s.k1, step, element, rate)
}

// LogNormal is e^x with x normal of mean mu and standard deviation sigma.
func (s Stream) LogNormal(step int64, element uint64, mu, sigma float64) float64 {
	return lognormal(s.k0, s.k1, step, element, mu, sigma)
}

// Poisson is a number of events with mean lambda; 0 for lambda ≤ 0.
func (s Stream) Poisson(step int64, element uint64, lambda float64) float64 {
	return poisson(s.k0, s.k1, step, element, lambda)
}

// Bernoulli is 1 with probability p, else 0.
func (s Stream) Bernoulli(step int64, element uint64, p float64) float64 {
	return bernoulli(s.k0, s.k1, step, element, p)
}
