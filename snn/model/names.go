package model

import "strings"

// oneArg are the functions of one argument that go to a backend as they are.
var oneArg = map[string]Func{
	"exp": Exp, "expm1": Expm1, "log": Log, "ln": Log, "log1p": Log1p, "log10": Log10, "sqrt": Sqrt,
	"sin": Sin, "cos": Cos, "tan": Tan, "asin": Asin, "acos": Acos, "atan": Atan,
	"arcsin": Asin, "arccos": Acos, "arctan": Atan, "sinh": Sinh, "cosh": Cosh, "tanh": Tanh,
	"abs": Abs, "fabs": Abs, "floor": Floor, "ceil": Ceil, "round": Round, "sign": Sign,
	"exprel": Exprel, "isnan": IsNaN, "isfinite": IsFinite,
}

// otherFunctions are written out by the checker; the value is the number of
// arguments wanted, -1 when it varies.
var otherFunctions = map[string]int{
	"pow": 2, "power": 2, "modulo": 2, "mod": 2, "pos": 1, "positive": 1, "neg": 1, "negative": 1,
	"clip": 3, "ite": 3, "int": 1, "float": 1, "min": -1, "max": -1, "mean": 1, "norm1": 1, "norm2": 1, "sum": -1,
}

// dist describes a distribution: how many arguments it takes and what they are.
type dist struct {
	dist Dist
	args []string
}

var dists = map[string]dist{
	"Uniform": {UniformDist, []string{"min", "max"}}, "Normal": {NormalDist, []string{"mean", "standard deviation"}},
	"LogNormal": {LogNormalDist, []string{"mu", "sigma"}}, "Exponential": {ExponentialDist, []string{"rate"}},
	"Bernoulli": {BernoulliDist, []string{"p"}}, "Poisson": {PoissonDist, []string{"lambda"}}, "poisson": {PoissonDist, []string{"lambda"}},
	"rand": {UniformDist, nil}, "randn": {NormalDist, nil}, "DiscreteUniform": {UniformDist, []string{"min", "max"}},
}

// distNames is how Text writes a distribution.
var distNames = [...]string{
	UniformDist: "Uniform", NormalDist: "Normal", ExponentialDist: "Exponential",
	LogNormalDist: "LogNormal", PoissonDist: "Poisson", BernoulliDist: "Bernoulli",
}

var funcNames = [...]string{
	Exp: "exp", Expm1: "expm1", Log: "log", Log1p: "log1p", Log10: "log10", Sqrt: "sqrt", Sin: "sin", Cos: "cos", Tan: "tan",
	Asin: "asin", Acos: "acos", Atan: "atan", Sinh: "sinh", Cosh: "cosh", Tanh: "tanh", Pow: "pow", Abs: "abs",
	Floor: "floor", Ceil: "ceil", Round: "round", Sign: "sign", Min: "min", Max: "max", Mod: "modulo", Exprel: "exprel",
	IsNaN: "isnan", IsFinite: "isfinite", ToFloat: "float", ToInt: "int", Past: "past",
}

var opNames = [...]string{
	Neg: "-", Not: "not", Add: "+", Sub: "-", Mul: "*", Div: "/", Lt: "<", Le: "<=", Gt: ">", Ge: ">=", Eq: "==", Ne: "!=", And: "and", Or: "or",
}

// laterFunctions are known elsewhere; the value says what to do instead.
var laterFunctions = map[string]string{
	"Gamma":    "Gamma draws are not available; use LogNormal(mu, sigma) or Exponential(rate)",
	"Binomial": "Binomial draws are not available; use Poisson(lambda), or a sum of Bernoulli(p)",
	"timestep": "write t/dt",
	"sent":     "the value transmitted in this step is that of the step before; keep it: last = now; now = pre.r",
}

// reserved names and what they are.
var reserved = map[string]string{
	"t": "the time in ms", "dt": "the step in ms", "pi": "the constant", "pre": "the presynaptic neuron", "post": "the postsynaptic neuron",
	"xi": "white noise", "t_pre": "a spike time", "t_post": "a spike time", "t_last": "a spike time", "last_spike": "a spike time",
	"lastspike": "a spike time", "lastupdate": "an event time", "refractory": "part of spiking models", "not_refractory": "part of spiking models",
	"active": "an internal name", "rk_pre": "an internal name", "rk_post": "an internal name", "i": "the presynaptic index", "j": "the postsynaptic index",
	"if": "a word of the language", "else": "a word of the language", "elif": "a word of the language", "and": "a word of the language",
	"or": "a word of the language", "not": "a word of the language", "is": "a word of the language", "True": "a value", "False": "a value",
	"true": "a value", "false": "a value", "sum": "a function", "inf": "infinity", "nan": "not a number",
}

// reservedName says why a name cannot be chosen by the user, or "".
func reservedName(name string) string {
	if why := reserved[name]; why != "" {
		return why
	}
	if isBuiltin(name) {
		return "a function"
	}
	switch {
	case strings.HasPrefix(name, "_"):
		return "an internal name (it starts with _)"
	case strings.HasPrefix(name, "xi_"):
		return "white noise"
	}
	return ""
}

func isBuiltin(name string) bool {
	if _, ok := oneArg[name]; ok {
		return true
	}
	if _, ok := otherFunctions[name]; ok {
		return true
	}
	if _, ok := dists[name]; ok {
		return true
	}
	_, ok := laterFunctions[name]
	return ok
}

func builtinNames() []string {
	var out []string
	for n := range oneArg {
		out = append(out, n)
	}
	for n := range otherFunctions {
		out = append(out, n)
	}
	for n := range dists {
		out = append(out, n)
	}
	return out
}

// methods maps every accepted spelling to the method's name.
var methods = map[string]string{
	"euler": "euler", "explicit": "euler", "forward_euler": "euler", "exponential": "exponential", "exponential_euler": "exponential",
	"midpoint": "midpoint", "rk2": "midpoint", "rk4": "rk4", "runge-kutta": "rk4", "implicit": "implicit", "semiimplicit": "semiimplicit",
	"exact": "exact", "linear": "exact", "heun": "heun", "milstein": "milstein",
}

func methodNames() []string {
	var out []string
	for n := range methods {
		out = append(out, n)
	}
	return out
}

// flagWords are the flags that are not methods, for suggestions.
var flagWords = []string{"init", "min", "max", "int", "bool", "float", "shared", "global", "local", "per post", "semiglobal", "clock-driven"}

// unitWords are recognised so that the message can speak of units.
var unitWords = map[string]bool{
	"volt": true, "amp": true, "ampere": true, "second": true, "siemens": true, "farad": true, "ohm": true, "hertz": true, "metre": true, "meter": true,
	"mV": true, "uV": true, "nA": true, "pA": true, "uA": true, "nF": true, "pF": true, "uF": true, "ms": true, "us": true, "nS": true, "uS": true,
	"mS": true, "Hz": true, "kHz": true, "Mohm": true, "MΩ": true, "µS": true, "μS": true, "V": true, "A": true, "mol": true, "mole": true, "kelvin": true,
	"umetre": true, "cm": true, "um": true, "mmolar": true,
}
