package model

// spikingNames are other spellings of functions in spiking models.
var spikingNames = map[string]string{
	"fmin": "min", "fmax": "max", "fminf": "min", "fmaxf": "max", "expf": "exp", "logf": "log", "sqrtf": "sqrt", "powf": "pow", "fabsf": "abs",
	"gennrand_log_normal": "LogNormal", "scalar": "float", "double": "float",
}

// callOf checks the calls that only spiking models know.
func (s *spiking) callOf(n *node) (Expr, bool) {
	c := s.c
	if other, ok := spikingNames[n.name]; ok {
		m := *n
		m.name = other
		return c.call(&m), true
	}
	if want, ok := emitters[n.name]; ok {
		return c.fail(n, "write it as a statement of its own", "%s takes %s and has no value", n.name, plural(want, "argument")), true
	}
	switch n.name {
	case "gennrand_uniform", "gennrand_normal", "gennrand_exponential":
		d := map[string]Dist{"gennrand_uniform": UniformDist, "gennrand_normal": NormalDist, "gennrand_exponential": ExponentialDist}[n.name]
		if len(n.args) != 0 {
			return c.fail(n, "", "%s takes no arguments, got %d", n.name, len(n.args)), true
		}
		if c.place != "" {
			return c.fail(n, "draw it in a statement of its own, and use that variable", "a bound or an initial value cannot be random"), true
		}
		args := []Expr{&Const{V: 0}, &Const{V: 1}}
		if d == ExponentialDist {
			args = args[1:]
		}
		return c.newRand(d, args), true
	case "gennrand", "gennrand_gamma", "gennrand_binomial":
		return c.fail(n, "use gennrand_uniform, gennrand_normal, gennrand_exponential or Poisson(lambda)", "function %s is not available", n.name), true
	case "(bool)":
		if e := c.expr(n.args[0]); e != nil {
			return convert(e, Bool), true
		}
		return nil, true
	case "float", "int", "bool":
		if c.args != nil || len(n.args) != 1 || n.name == "bool" {
			return nil, false
		}
		if e := c.expr(n.args[0]); e != nil {
			return convert(e, map[string]Type{"float": Float, "int": Int}[n.name]), true
		}
		return nil, true
	case "fmod":
		a := c.numbers(n, 2)
		if a == nil {
			return nil, true
		}
		// The sign is that of the first argument.
		size := &Call{Abs, []Expr{a[1]}}
		return &Select{&Binary{Lt, a[0], &Const{}}, &Unary{Neg, &Call{Mod, []Expr{&Unary{Neg, a[0]}, size}}}, &Call{Mod, []Expr{a[0], size}}}, true
	case "rint", "nearbyint":
		a := c.numbers(n, 1)
		if a == nil {
			return nil, true
		}
		// Halves go to the even neighbour.
		up := &Call{Floor, []Expr{&Binary{Add, a[0], &Const{V: 0.5}}}}
		tie := &Binary{Eq, &Binary{Sub, up, a[0]}, &Const{V: 0.5}}
		odd := &Binary{Ne, &Call{Mod, []Expr{up, &Const{V: 2}}}, &Const{}}
		return &Select{&Binary{And, tie, odd}, &Binary{Sub, up, &Const{V: 1}}, up}, true
	case "trunc":
		if a := c.numbers(n, 1); a != nil {
			return &Select{&Binary{Lt, a[0], &Const{}}, &Call{Ceil, a}, &Call{Floor, a}}, true
		}
		return nil, true
	case "log2":
		if a := c.numbers(n, 1); a != nil {
			return &Binary{Div, &Call{Log, a}, &Call{Log, []Expr{&Const{V: 2}}}}, true
		}
		return nil, true
	}
	return nil, false
}
