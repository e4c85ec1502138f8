package model

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// Every kind of mistake: where it is, what is said, what is advised.
func TestMistakes(t *testing.T) {
	tau := map[string]float64{"tau": 10}
	oneSynapse := func(equations string, params map[string]float64) Source {
		return Source{Kind: Synapse, Equations: equations, Params: params}
	}
	for _, c := range []struct {
		src  Source
		pos  Pos
		text string // offending text
		want string // part of message and hint
	}{
		// characters and syntax
		{Source{Equations: "r = 2 $ 3"}, Pos{1, 7}, "$", `character '$' has no meaning`},
		{Source{Equations: "r = [2]"}, Pos{1, 5}, "[", "use round parentheses"},
		{Source{Equations: "r = 1 & 2"}, Pos{1, 7}, "&", `use "and"`},
		{Source{Equations: "r = 1 <> 2"}, Pos{1, 7}, "<>", `use "!="`},
		{Source{Equations: "r = 1e999"}, Pos{1, 5}, "1e999", "outside the range of float64"},
		{Source{Equations: "r = \\ 2"}, Pos{1, 5}, "\\", "only at the end of a line"},
		{Source{Equations: "r **= 2"}, Pos{1, 3}, "**=", "write x = x ** …"},
		{Source{Equations: "r = "}, Pos{1, 4}, "", "want a number, a name or a parenthesis, found end of line"},
		{Source{Equations: "r = (1 + 2"}, Pos{1, 5}, "(", "parenthesis is not closed"},
		{Source{Equations: "r = exp(1"}, Pos{1, 8}, "(", "parenthesis is not closed"},
		{Source{Equations: "r = 1 + 2)"}, Pos{1, 10}, ")", "closing parenthesis without an opening one"},
		{Source{Equations: "r = 2x"}, Pos{1, 6}, "x", "write 2*x"},
		{Source{Equations: "r = 2 (3)"}, Pos{1, 7}, "(", "write * to multiply"},
		{Source{Equations: "r = t dt"}, Pos{1, 7}, "dt", "write * to multiply"},
		{Source{Equations: "r = 1 < 2 < 3 ? 1 : 0"}, Pos{1, 11}, "<", "comparisons cannot be chained; write a < b and b < c"},
		{Source{Equations: "r = if t = 1: 2 else: 3"}, Pos{1, 10}, "=", "compare with =="},
		{Source{Equations: "r = if t > 1: 2"}, Pos{1, 16}, "", "want else"},
		{Source{Equations: "r = if t > 1 2 else: 3"}, Pos{1, 14}, "2", `want ":" after the condition`},
		{Source{Equations: "r = else: 3"}, Pos{1, 5}, "else", "want a number"},
		{Source{Equations: "r = 1 else: 3"}, Pos{1, 7}, "else", "else without if"},
		{Source{Equations: "r = elif 1 > 2: 2 else: 3"}, Pos{1, 5}, "elif", "elif without if"},
		{Source{Equations: "r = t > 1 ? 2"}, Pos{1, 14}, "", `want ":" between the two values of ?`},
		{Source{Equations: "r = 1 = 2"}, Pos{1, 7}, "=", "a second assignment"},
		{Source{Equations: "r = exp(1 2)"}, Pos{1, 11}, "2", "want a comma or a closing parenthesis"},
		{Source{Equations: "r = max(1, )"}, Pos{1, 12}, ")", "want an argument after the comma"},
		{Source{Equations: "r = exp(x=1)"}, Pos{1, 10}, "=", "arguments are given by position"},
		{Source{Equations: "r = (x=1)"}, Pos{1, 7}, "=", "compare with =="},
		{Source{Equations: "r = foo.x"}, Pos{1, 5}, "foo", "only pre.NAME and post.NAME"},
		{oneSynapse("w = pre.2", nil), Pos{1, 8}, ".2", "want an operator"},
		{oneSynapse("w = pre.*2", nil), Pos{1, 9}, "*", "want a name after the dot"},
		{oneSynapse("w = pre.foo(r)", nil), Pos{1, 9}, "foo", "only sum(TARGET) can"},
		{Source{Equations: "r = 1\nsum(exc)"}, Pos{2, 1}, "sum", "a line without = continues the line before it"},
		{Source{Equations: "r + 1"}, Pos{1, 1}, "r", "statement without an assignment"},
		{Source{Equations: "r = 1\nv : volt"}, Pos{2, 1}, "v", "declared without an equation; give its value with the model's parameters"},
		{Source{Equations: "r = 1, min=0"}, Pos{1, 6}, ",", "write a colon before the flags"},
		{Source{Equations: "r = 1 :"}, Pos{1, 8}, "", "want a flag after the colon"},
		{Source{Equations: "r = 1 : min=0 max=1"}, Pos{1, 15}, "max", "want an operator or the end"},
		{Source{Equations: "r = " + strings.Repeat("(", 400) + "1" + strings.Repeat(")", 400)}, Pos{1, 305}, "(", "nested more than 300 deep"},
		// left sides
		{Source{Equations: "r = 1\n2 = 3"}, Pos{2, 1}, "2", "neither a name nor holds a derivative"},
		{Source{Equations: "r = 1\nsum(exc) = 3"}, Pos{2, 1}, "sum(exc)", "cannot be assigned"},
		{Source{Equations: "r = 1\nf(x) = 3"}, Pos{2, 1}, "f(x)", "give it with the model's functions"},
		{oneSynapse("post.r = 3", nil), Pos{1, 1}, "post.r", "cannot change post.r"},
		{Source{Equations: "r = 1\ntau = 3", Params: tau}, Pos{2, 1}, "tau", `"tau" is a parameter (10); an equation cannot change it`},
		{Source{Equations: "r = tau\ndtau/dt = 3", Params: tau}, Pos{2, 1}, "dtau/dt", `"tau" is a parameter`},
		{Source{Equations: "r = 1\nt = 3"}, Pos{2, 1}, "t", `"t" cannot name a variable: it is the time in ms`},
		{Source{Equations: "r = 1\nexp = 3"}, Pos{2, 1}, "exp", "it is a function"},
		{Source{Equations: "r = 1\n_x = 3"}, Pos{2, 1}, "_x", "internal name"},
		{oneSynapse("x_pre = 3", nil), Pos{1, 1}, "x_pre", "names with _pre and _post read the neurons"},
		{Source{Equations: "r = 1\nr = 2"}, Pos{2, 1}, "r", `"r" is defined twice, first in line 1`},
		{Source{Equations: "r = 1\ndr/dt = 2"}, Pos{2, 1}, "dr/dt", "defined twice"},
		{Source{Equations: "f = 1\nr = f(2)", Functions: "f(x) = x"}, Pos{1, 1}, "f", "both a function and a variable"},
		// derivatives
		{Source{Equations: "dr/dt + dv/dt = 1"}, Pos{1, 1}, "dr/dt + dv/dt", "derivatives of several variables"},
		{Source{Equations: "dr/dt += 1"}, Pos{1, 1}, "dr/dt", `cannot use "+="`},
		{Source{Equations: "exp(dr/dt) = 1"}, Pos{1, 1}, "exp(dr/dt)", `the derivative of "r" cannot be isolated: "exp(dr/dt)" has it inside exp`},
		{Source{Equations: "1/dr/dt = 1"}, Pos{1, 1}, "1/dr/dt", "has it in a denominator"},
		{Source{Equations: "dr/dt*dr/dt = r"}, Pos{1, 1}, "dr/dt*dr/dt", "product of two terms"},
		{Source{Equations: "(dr/dt)^2 = r"}, Pos{1, 1}, "(dr/dt)^2", "product of two terms"},
		{Source{Equations: "dr/dt = 1 + dr/dt"}, Pos{1, 1}, "dr/dt", "cancels out"},
		{Source{Equations: "dr/dt = r : int"}, Pos{1, 13}, "int", "it is a float"},
		// names
		{Source{Equations: "tua*dr/dt + r = 1", Params: tau}, Pos{1, 1}, "tua", `unknown name "tua"; did you mean "tau"?`},
		{Source{Equations: "r = gain*2"}, Pos{1, 5}, "gain", "give gain a value with the parameters, or an equation"},
		{Source{Equations: "V = 1\nr = v"}, Pos{2, 5}, "v", `did you mean "V"?`},
		{Source{Equations: "r = exp"}, Pos{1, 5}, "exp", "call it: exp(…)"},
		{Source{Equations: "r = g_exc"}, Pos{1, 5}, "g_exc", "write sum(exc)"},
		{Source{Equations: "r = 10*mV"}, Pos{1, 8}, "mV", "units are not checked yet; leave units out"},
		{Source{Equations: "r = t_last"}, Pos{1, 5}, "t_last", "no meaning in a rate model"},
		{Source{Equations: "r = post.r"}, Pos{1, 5}, "post.r", "belongs into a synapse; write r"},
		{Source{Equations: "r = post.sum(exc)"}, Pos{1, 5}, "post.sum(exc)", "write sum(TARGET)"},
		{oneSynapse("w += r", nil), Pos{1, 6}, "r", `did you mean "post.r"?`},
		{oneSynapse("w += pre.u*u", nil), Pos{1, 12}, "u", `did you mean "pre.u"?`},
		{oneSynapse("w += trace", nil), Pos{1, 6}, "trace", "a neuron's variable is post.trace or pre.trace"},
		{oneSynapse("w += sum(exc)", nil), Pos{1, 6}, "sum(exc)", `did you mean "post.sum(exc)"?`},
		{oneSynapse("w += post.sum", nil), Pos{1, 6}, "post.sum", "write post.sum(TARGET)"},
		// functions
		{Source{Equations: "r = exq(2)"}, Pos{1, 5}, "exq(2)", `unknown function "exq"; did you mean "exp"?`},
		{Source{Equations: "r = tau(2)", Params: tau}, Pos{1, 5}, "tau(2)", "write * to multiply"},
		{Source{Equations: "r = exp(1, 2)"}, Pos{1, 5}, "exp(1, 2)", "exp takes 1 argument, got 2"},
		{Source{Equations: "r = clip(1, 2)"}, Pos{1, 5}, "clip(1, 2)", "clip takes 3 arguments, got 2"},
		{Source{Equations: "r = ite(1, 2)"}, Pos{1, 5}, "ite(1, 2)", "ite takes 3 arguments"},
		{Source{Equations: "r = Normal(1)"}, Pos{1, 5}, "Normal(1)", "it takes mean, standard deviation"},
		{Source{Equations: "r = rand(1)"}, Pos{1, 5}, "rand(1)", "it takes no arguments"},
		{Source{Equations: "r = Gamma(1, 2)"}, Pos{1, 5}, "Gamma(1, 2)", "use LogNormal"},
		{Source{Equations: "r = sum(exc + inh)"}, Pos{1, 5}, "sum(exc + inh)", "name of one target"},
		{Source{Equations: "r = mean(2*r)"}, Pos{1, 5}, "mean(2*r)", "wants one variable, not an expression"},
		{Source{Equations: "r = mean(t)"}, Pos{1, 5}, "mean(t)", `wants a variable, not "t"`},
		{Source{Equations: "s = 1 : shared\nr = mean(s)"}, Pos{2, 5}, "mean(s)", "use it directly"},
		{oneSynapse("w += mean(w)", nil), Pos{1, 6}, "mean(w)", "over synapses is not available"},
		{Source{Equations: "r = f(1)", Functions: "f(x, y) = x"}, Pos{1, 5}, "f(1)", "f takes 2 arguments, got 1; it is defined as f(x, y) = x"},
		{Source{Equations: "r = f(1 > 2)", Functions: "f(x) = x + 1"}, Pos{1, 5}, "f(1 > 2)", "does not take these arguments"},
		{Source{Equations: "r = 1", Functions: "f(x) = x + y"}, Pos{1, 12}, "y", "a function knows its arguments only"},
		{Source{Equations: "r = 1", Functions: "f(x) = g(x)\ng(x) = f(x)"}, Pos{2, 8}, "f(x)", "calls itself"},
		{Source{Equations: "r = 1", Functions: "f(x) = x\nf(y) = y"}, Pos{2, 1}, "f", "defined twice"},
		{Source{Equations: "r = 1", Functions: "exp(x) = x"}, Pos{1, 1}, "exp", "cannot name a function"},
		{Source{Equations: "r = 1", Functions: "f(x, x) = x"}, Pos{1, 6}, "x", "occurs twice"},
		{Source{Equations: "r = 1", Functions: "f(t) = t"}, Pos{1, 3}, "t", "cannot name an argument"},
		{Source{Equations: "r = 1", Functions: "f = 2"}, Pos{1, 1}, "f", "want a function definition"},
		{Source{Equations: "r = 1", Functions: "f(x) = x : float"}, Pos{1, 10}, ":", "types of functions need not be given"},
		{Source{Equations: "r = f(" + strings.Repeat("f(", 20) + "1" + strings.Repeat(")", 21), Functions: "f(x) = x*x + x"}, Pos{1, 0}, "", "does not take these arguments"},
		// types
		{Source{Equations: "r = t + (t > 1)"}, Pos{1, 9}, "(t > 1)", "write float(…)"},
		{Source{Equations: "r = if t: 1 else: 2"}, Pos{1, 8}, "t", "wants a condition"},
		{Source{Equations: "r = not t"}, Pos{1, 9}, "t", "wants a condition"},
		{Source{Equations: "r = -(t > 1)"}, Pos{1, 6}, "(t > 1)", "wants a number"},
		{Source{Equations: "r = t and t > 1 ? 1 : 2"}, Pos{1, 5}, "t", "wants a condition"},
		{Source{Equations: "r = exp(t > 1)"}, Pos{1, 9}, "t > 1", "wants a number"},
		{Source{Equations: "r = if t > 1: 1 else: t > 2"}, Pos{1, 5}, "if t > 1: 1 else: t > 2", "one branch is a condition"},
		{Source{Equations: "r = t > 1"}, Pos{1, 5}, "t > 1", "flag it with : bool"},
		{Source{Equations: "r = 1\nn = 0.5*t : int"}, Pos{2, 5}, "0.5*t", "write int(…)"},
		{Source{Equations: "r = 1\nb = 2 : bool"}, Pos{2, 5}, "2", "write a comparison"},
		{Source{Equations: "r = 1\nb = t > 2 : bool\nb += 1"}, Pos{3, 6}, "1", "wants numbers"},
		{Source{Equations: "dr/dt = t > 1"}, Pos{1, 9}, "t > 1", "wants a number"},
		// localities
		{Source{Equations: "m = r : shared\nr = m"}, Pos{1, 5}, "r", `"m" is shared: one value, but r differs from one neuron to the next; remove the flag, or use mean(r)`},
		{oneSynapse("m = pre.r : per post", nil), Pos{1, 5}, "pre.r", "but pre.r differs from one synapse to the next"},
		{oneSynapse("m = post.r : shared", nil), Pos{1, 5}, "post.r", "but post.r differs from one postsynaptic neuron"},
		{Source{Equations: "r = 1 : shared"}, Pos{1, 9}, "shared", "r has one value per neuron"},
		{Source{Equations: "r = 1\nm = 1 : per post"}, Pos{2, 9}, "per post", "meaning in synapses only"},
		// flags
		{Source{Equations: "r = 1 : min"}, Pos{1, 9}, "min", "flag min needs a value"},
		{Source{Equations: "r = 1 : min=0, min=1"}, Pos{1, 16}, "min=1", "given twice"},
		{Source{Equations: "r = 1 : min=2, max=1"}, Pos{1, 16}, "max=1", "min of \"r\" is 2, above its max 1"},
		{Source{Equations: "r = 1 : mim=0"}, Pos{1, 9}, "mim=0", `unknown flag "mim"; did you mean "min"?`},
		{Source{Equations: "dr/dt = 1 : exponentail"}, Pos{1, 13}, "exponentail", `did you mean "exponential"?`},
		{Source{Equations: "r = 1 : rk4"}, Pos{1, 9}, "rk4", "has no derivative"},
		{Source{Equations: "dr/dt = 1 : rk4, euler"}, Pos{1, 18}, "euler", "two methods"},
		{Source{Equations: "dr/dt = 1 : rk4=2"}, Pos{1, 13}, "rk4=2", "takes no value"},
		{Source{Equations: "dr/dt = 1 : volt"}, Pos{1, 13}, "volt", "units are not checked yet; leave it out"},
		{Source{Equations: "dr/dt = 1 : volt/second (unless refractory)"}, Pos{1, 13}, "volt/second", "is a unit"},
		{Source{Equations: "dr/dt = 1 : 1 (unless refractory)"}, Pos{1, 16}, "unless refractory", "belongs to spiking models"},
		{oneSynapse("dw/dt = -w : event-driven", nil), Pos{1, 14}, "event-driven", "belong to spiking models"},
		{Source{Equations: "r = 1 : constant over dt"}, Pos{1, 9}, "constant over dt", "not available; leave it out"},
		{Source{Equations: "r = 1 : init=r"}, Pos{1, 14}, "r", "cannot depend on variable"},
		{Source{Equations: "r = 1 : init=t"}, Pos{1, 14}, "t", "cannot depend on time"},
		{Source{Equations: "r = 1 : init=Uniform(0, 1)"}, Pos{1, 14}, "Uniform(0, 1)", "draw initial values when the network is built"},
		{Source{Equations: "r = 1 : min=rand()"}, Pos{1, 13}, "rand()", "a bound cannot be random"},
		{Source{Equations: "r = 1\nb = t > 1 : bool, min=0"}, Pos{2, 19}, "min=0", "has no bounds"},
		// methods
		{Source{Equations: "dr/dt = -r^2 : exponential"}, Pos{1, 10}, "r^2", "method exponential needs an equation that is linear in r: \"r^2\" is a product of two terms with it; use euler, midpoint or rk4"},
		{Source{Equations: "dr/dt = exp(r) : implicit"}, Pos{1, 9}, "exp(r)", "has it inside exp"},
		{Source{Equations: "r*dr/dt = 1 : semiimplicit"}, Pos{1, 1}, "r", "denominator"},
		{Source{Equations: "dr/dt = -r*u : exact\ndu/dt = r : exact"}, Pos{0, 0}, "", "linear in all variables of the system"},
		{Source{Equations: "dr/dt = -r*a + r : exact\na = t"}, Pos{0, 0}, "", "needs constant coefficients, but that of r is not"},
		{Source{Equations: "dr/dt = -r*u\ndu/dt = r : rk4"}, Pos{2, 1}, "du/dt = r", "coupled but have different methods, euler and rk4"},
		{Source{Equations: "dr/dt = -r : heun"}, Pos{1, 1}, "dr/dt = -r", "for equations with white noise"},
		{Source{Equations: "dr/dt = xi : rk4"}, Pos{1, 1}, "dr/dt = xi", "method rk4 cannot integrate white noise"},
		{Source{Equations: "dr/dt = r*xi"}, Pos{1, 9}, "r", "use heun or milstein"},
		{Source{Equations: "dr/dt = xi^2"}, Pos{1, 9}, "xi^2", "must occur linearly"},
		{Source{Equations: "r = xi"}, Pos{1, 5}, "xi", "belongs into an equation with a derivative"},
		{Source{Equations: "dr/dt = xi\ndv/dt = xi"}, Pos{2, 1}, "dv/dt = xi", "name them: xi_1 and xi_2"},
		{Source{Equations: "dr/dt = r*xi_a + xi_b : milstein"}, Pos{1, 1}, "", "takes one noise"},
		{Source{Equations: "r = 1", Method: "rk44"}, Pos{}, "rk44", `unknown method "rk44"; did you mean "rk4"?`},
		{Source{Equations: "r = 1", Method: "event-driven"}, Pos{}, "event-driven", "belongs to spiking models"},
		// parameters and the rest
		{Source{Equations: "r = tau", Params: map[string]float64{"tau": 1, "tao": 2}}, Pos{}, "tao", `did you mean "tau"?`},
		{Source{Equations: "r = 1", Params: tau}, Pos{}, "tau", "parameter \"tau\" is given, but no equation mentions it; remove it, or use it"},
		{Source{Equations: "r = tau", Params: map[string]float64{"tau": math.NaN()}}, Pos{}, "tau", "parameter tau is NaN, want a finite number"},
		{Source{Equations: "r = tau", Params: map[string]float64{"tau": math.Inf(1)}}, Pos{}, "tau", "parameter tau is +Inf"},
		{Source{Equations: "r = 1", Params: map[string]float64{"a b": 1}}, Pos{}, "a b", "cannot name a parameter"},
		{Source{Equations: "r = t", Params: map[string]float64{"t": 1}}, Pos{}, "t", "it is the time in ms"},
		{oneSynapse("", map[string]float64{"w": 1}), Pos{}, "w", "set it where the populations are connected"},
		{Source{Equations: "r = tau", Params: tau, PerElement: []string{"tua"}}, Pos{}, "tua", `did you mean "tau"?`},
		{Source{Equations: "v = 1"}, Pos{}, "", "defines no r"},
		{Source{Equations: "r = t > 1 : bool"}, Pos{}, "", "has an r that is not a float"},
		{Source{Equations: ""}, Pos{}, "", "defines no r"},
		{Source{Kind: 7}, Pos{}, "", "neither Neuron nor Synapse"},
		{Source{Equations: "r = 1", PSP: "w"}, Pos{}, "w", "a neuron has no psp"},
		{Source{Equations: "r = 1", Operation: "sum"}, Pos{}, "sum", "a neuron has no operation"},
		{Source{Kind: Synapse, Operation: "maxx"}, Pos{}, "maxx", `did you mean "max"?`},
		{Source{Kind: Synapse, PSP: "w*pre.r > 1"}, Pos{1, 1}, "w*pre.r > 1", "wants a number"},
		{Source{Kind: Synapse, PSP: "w*rand()"}, Pos{1, 3}, "rand()", "psp cannot be random"},
		{Source{Kind: Synapse, PSP: "w*r"}, Pos{1, 3}, "r", `did you mean "post.r"?`},
		{Source{Kind: Synapse, PSP: "w\nw"}, Pos{2, 1}, "w", "a line without ="},
		{Source{Kind: Synapse, PSP: "w; w"}, Pos{1, 4}, "w", "psp must be one expression"},
		{Source{Equations: strings.Repeat("x", 70000)}, Pos{}, "", "want at most 65536"},
		{Source{Equations: "r = 1\n" + strings.Repeat("r += 1\n", 400)}, Pos{401, 1}, "r", "want at most 400"},
		{Source{Equations: "r = f(t)\n" + strings.Repeat("r += f(t)\n", 390), Functions: "f(x) = (x+1)*(x+2)" + strings.Repeat("*(x+3)", 1000)}, Pos{0, 0}, "", "model grows beyond 400000"},
	} {
		_, err := Parse(c.src)
		var list Errors
		if !errors.As(err, &list) {
			t.Errorf("%q: error is %v, want an Errors", short(c.src.Equations), err)
			continue
		}
		found := false
		for _, e := range list {
			if strings.Contains(e.Error(), c.want) && (c.pos.Line == 0 && c.pos.Col == 0 && c.text == "" || c.pos.Col == 0 && c.pos.Line == 1 || e.Pos == c.pos && (e.Text == c.text || c.text == "")) {
				found = true
			}
		}
		if !found {
			t.Errorf("%q %q %q: errors are\n%v\nwant one at %v about %q with %q", short(c.src.Equations), c.src.Functions, c.src.PSP, short(err.Error()), c.pos, c.text, c.want)
		}
	}
}

func short(s string) string {
	if len(s) > 600 {
		return s[:600] + "…"
	}
	return s
}

// All mistakes of a model come together, in order, with lines and carets.
func TestAllMistakesTogether(t *testing.T) {
	_, err := Parse(Source{
		Equations: "\ttua*dv/dt + v = sum(exc)   : min=0\n\tr = positive(v - theta\n\tu = exq(v) + gian*v : rk4\n",
		Params:    map[string]float64{"tau": 10, "theta": 1, "gain": 2},
	})
	want := strings.TrimPrefix(`
1:2: unknown name "tua"; did you mean "tau"?
    tua*dv/dt + v = sum(exc)   : min=0
    ^^^
2:14: parenthesis is not closed
    r = positive(v - theta
                ^
3:6: unknown function "exq"; did you mean "exp"?
    u = exq(v) + gian*v : rk4
        ^^^^^^
3:15: unknown name "gian"; did you mean "gain"?
    u = exq(v) + gian*v : rk4
                 ^^^^
3:24: "rk4" is a method, but "u" has no derivative; remove it
    u = exq(v) + gian*v : rk4
                          ^^^`, "\n")
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
	var one *Error
	if !errors.As(err, &one) || one.Part != "equations" || one.Text != "tua" {
		t.Errorf("errors.As finds %+v, want the mistake about tua", one)
	}
}

func TestCaretUnderWideCharacters(t *testing.T) {
	_, err := Parse(Source{Equations: "r = τ_längs + $"})
	if err == nil || !strings.Contains(err.Error(), "    r = τ_längs + $\n                  ^") {
		t.Errorf("got\n%v\nwant a caret under the $", err)
	}
}

// Of very many mistakes the first are told, and the number of the others.
func TestManyMistakes(t *testing.T) {
	text := ""
	for i := range 300 {
		text += "u" + strings.Repeat("x", i+1) + " + "
	}
	_, err := Parse(Source{Equations: "r = " + text + "1"})
	if err == nil || !strings.HasSuffix(err.Error(), "model: and 200 more; mend these first") {
		t.Errorf("got %d bytes ending in %q", len(err.Error()), err.Error()[max(0, len(err.Error())-60):])
	}
}

// A long line is shown around the mistake only.
func TestLongLine(t *testing.T) {
	_, err := Parse(Source{Equations: "r = " + strings.Repeat("1 + ", 100) + "foo + " + strings.Repeat("1 + ", 100) + "1"})
	var e *Error
	if !errors.As(err, &e) {
		t.Fatal("no error")
	}
	lines := strings.Split(e.Error(), "\n")
	if len(lines) != 3 || len(lines[1]) > 200 {
		t.Fatalf("got\n%v\nwant three lines of moderate length", e)
	}
	at := strings.Index(lines[2], "^")
	if got := string([]rune(lines[1])[at : at+3]); got != "foo" {
		t.Errorf("the caret points to %q, want foo:\n%v", got, e)
	}
}
