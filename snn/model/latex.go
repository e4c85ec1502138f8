package model

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Latex writes an expression for a formula: fractions, Greek letters,
// subscripts; pre.r is r with the superscript pre.
func Latex(e Expr) string {
	var b strings.Builder
	writeLatex(&b, e, bindCond)
	return b.String()
}

// Latex writes the equations of a model as the lines of an aligned display.
func (m *Model) Latex() string {
	var lines []string
	if m.Source.Kind >= SpikingNeuron {
		lines = m.latexSections()
	} else {
		for _, q := range m.Equations {
			lines = append(lines, latexEquation(q))
		}
	}
	return "\\begin{aligned}\n" + strings.Join(lines, " \\\\\n") + "\n\\end{aligned}"
}

func latexEquation(q Equation) string {
	left := latexSymbol(q.Var)
	right := Latex(q.Right)
	if q.ODE {
		left = Latex(q.Left)
	}
	equals := " &= "
	if q.Var.Kind == Emit {
		equals = " &\\mathrel{+}= "
	}
	line := left + equals + right
	if q.Min != nil {
		line += `,\quad ` + latexName(q.Var.Name) + ` \ge ` + Latex(q.Min)
	}
	if q.Max != nil {
		line += `,\quad ` + latexName(q.Var.Name) + ` \le ` + Latex(q.Max)
	}
	return line
}

// latexSections are the parts of a spiking model: its statements where they
// are plain, else what they come to.
func (m *Model) latexSections() []string {
	var lines []string
	bodies := map[string][]Assign{
		"equations": m.Step, "reset": m.Reset, "on pre": m.OnPre, "on post": m.OnPost, "on pre event": m.OnPreEvent, "on post event": m.OnPostEvent,
		"pre equations": m.PreStep, "post equations": m.PostStep, "pre spike": m.PreSpike, "post spike": m.PostSpike,
	}
	constants := map[*Symbol]Expr{} // written out
	for _, d := range m.Derived {
		if strings.HasPrefix(d.Out[0].Name, constantPrefix) {
			constants[d.Out[0]] = d.In[0]
		}
	}
	for _, part := range m.sections {
		title := `\text{` + part.title + `:}`
		if part.value != nil {
			lines = append(lines, title+" &\\; "+Latex(part.value))
			continue
		}
		var own []string
		for _, q := range part.equations {
			own = append(own, latexEquation(q))
		}
		if part.branches {
			own = nil
			for _, a := range bodies[part.title] {
				if a.To.Name != "refractory" {
					own = append(own, latexEquation(Equation{Var: a.To, Right: Substitute(a.X, constants)}))
				}
			}
		}
		if len(own) > 0 && part.title != "equations" {
			lines = append(lines, title+" &")
		}
		lines = append(lines, own...)
	}
	return lines
}

var greek = map[string]bool{
	"alpha": true, "beta": true, "gamma": true, "delta": true, "epsilon": true, "zeta": true, "eta": true, "theta": true, "kappa": true,
	"lambda": true, "mu": true, "nu": true, "rho": true, "sigma": true, "tau": true, "phi": true, "chi": true, "psi": true, "omega": true, "xi": true,
	"Gamma": true, "Delta": true, "Theta": true, "Lambda": true, "Sigma": true, "Phi": true, "Psi": true, "Omega": true,
}

// latexName writes tau_m as \tau_{\mathrm{m}} and long names upright.
func latexName(name string) string {
	if v, ok := strings.CutPrefix(name, "d"); ok {
		if v, ok := strings.CutSuffix(v, "/dt"); ok {
			return `\frac{d` + latexName(v) + `}{dt}`
		}
	}
	base, sub, _ := strings.Cut(name, "_")
	if base == "" {
		return `\mathrm{` + strings.ReplaceAll(name, "_", `\_`) + `}`
	}
	switch {
	case greek[base]:
		base = `\` + base
	case utf8.RuneCountInString(base) > 1:
		base = `\mathrm{` + base + `}`
	}
	if sub != "" {
		base += `_{\mathrm{` + strings.ReplaceAll(sub, "_", `\_`) + `}}`
	}
	return base
}

func latexSymbol(s *Symbol) string {
	switch s.Kind {
	case PreVar:
		return latexName(s.Name) + `^{\mathrm{pre}}`
	case PostVar:
		return latexName(s.Name) + `^{\mathrm{post}}`
	case Input:
		return latexSum(s.Name)
	case PreSum:
		return `\left(` + latexSum(s.Name) + `\right)^{\mathrm{pre}}`
	case PostSum:
		return `\left(` + latexSum(s.Name) + `\right)^{\mathrm{post}}`
	case Emit:
		name := s.Name
		if name == "" {
			name = "in"
		}
		return latexName(name) + latexSide(s.Of)
	case LastSpike:
		return `t_{\mathrm{` + strings.ReplaceAll(s.Name, "_", `\_`) + `}}` + latexSide(s.Of)
	case Reduced:
		return `\mathrm{` + s.Reduce + `}\left(` + latexSymbol(&Symbol{Name: s.Name, Kind: s.Of}) + `\right)`
	}
	return latexName(s.Name)
}

func latexSide(of SymbolKind) string {
	return map[SymbolKind]string{PreVar: `^{\mathrm{pre}}`, PostVar: `^{\mathrm{post}}`}[of]
}

func latexSum(target string) string {
	if target == "" {
		return `\textstyle\sum`
	}
	return `\textstyle\sum_{\mathrm{` + strings.ReplaceAll(target, "_", `\_`) + `}}`
}

var latexOps = map[Op]string{
	Add: " + ", Sub: " - ", Mul: `\,`, Lt: " < ", Le: ` \le `, Gt: " > ", Ge: ` \ge `, Eq: " = ", Ne: ` \ne `, And: ` \wedge `, Or: ` \vee `,
}

var latexFuncs = map[Func]string{
	Exp: `\exp`, Log: `\ln`, Sin: `\sin`, Cos: `\cos`, Tan: `\tan`, Asin: `\arcsin`, Acos: `\arccos`, Atan: `\arctan`,
	Sinh: `\sinh`, Cosh: `\cosh`, Tanh: `\tanh`, Min: `\min`, Max: `\max`,
}

func latexNumber(c *Const) string {
	s := number(c)
	if mantissa, exp, ok := strings.Cut(s, "e"); ok {
		if n, err := strconv.Atoi(exp); err == nil {
			power := `10^{` + strconv.Itoa(n) + `}`
			switch mantissa {
			case "1":
				return power
			case "-1":
				return "-" + power
			}
			return mantissa + `\cdot ` + power
		}
	}
	return s
}

// spikeTimeOf is the symbol of a spike's time, when e is its step times dt.
func spikeTimeOf(e *Binary) (*Symbol, bool) {
	if f, ok := e.X.(*Call); ok && e.Op == Mul && f.Fn == ToFloat {
		if r, ok := f.Args[0].(*Ref); ok && r.Sym.Kind == LastSpike {
			return r.Sym, true
		}
	}
	return nil, false
}

func writeLatex(b *strings.Builder, e Expr, outer int) {
	if b.Len() > maxPrinted {
		return
	}
	self := bindAtom
	switch e := e.(type) {
	case *Const:
		if e.V < 0 {
			self = bindSign
		}
	case *Unary:
		self = bindSign
		if e.Op == Not {
			self = bindNot
		}
	case *Binary:
		self, _, _ = binding(e.Op)
		if e.Op == Div {
			self = bindAtom
			if outer > bindSign { // base of a power
				self = bindSign
			}
		}
	case *Call:
		if e.Fn == Pow {
			self = bindPower
		}
	case *Rand:
	case *Select:
		self = bindAtom
	}
	if self < outer {
		b.WriteString(`\left(`)
		defer b.WriteString(`\right)`)
	}
	group := func(before string, x Expr, after string) {
		b.WriteString(before)
		writeLatex(b, x, bindCond)
		b.WriteString(after)
	}
	list := func(name string, args []Expr) {
		b.WriteString(name + `\left(`)
		for i, a := range args {
			if i > 0 {
				b.WriteString(", ")
			}
			writeLatex(b, a, bindCond)
		}
		b.WriteString(`\right)`)
	}
	switch e := e.(type) {
	case *Const:
		b.WriteString(latexNumber(e))
	case *Ref:
		b.WriteString(latexSymbol(e.Sym))
	case *Unary:
		if e.Op == Not {
			b.WriteString(`\neg `)
			writeLatex(b, e.X, bindNot)
			return
		}
		b.WriteByte('-')
		writeLatex(b, e.X, bindSign)
	case *Binary:
		if last, ok := spikeTimeOf(e); ok {
			b.WriteString(latexSymbol(last))
			return
		}
		if e.Op == Div {
			group(`\frac{`, e.X, `}`)
			group(`{`, e.Y, `}`)
			return
		}
		_, left, right := binding(e.Op)
		writeLatex(b, e.X, left)
		op := latexOps[e.Op]
		if c, ok := e.Y.(*Const); ok && e.Op == Mul && c.V >= 0 {
			op = ` \cdot `
		}
		b.WriteString(op)
		writeLatex(b, e.Y, right)
	case *Call:
		switch e.Fn {
		case Pow:
			writeLatex(b, e.Args[0], bindAtom)
			group(`^{`, e.Args[1], `}`)
		case Sqrt:
			group(`\sqrt{`, e.Args[0], `}`)
		case Abs:
			group(`\left|`, e.Args[0], `\right|`)
		case Floor:
			group(`\left\lfloor `, e.Args[0], `\right\rfloor`)
		case Ceil:
			group(`\left\lceil `, e.Args[0], `\right\rceil`)
		case ToFloat:
			writeLatex(b, e.Args[0], bindAtom)
		default:
			name := latexFuncs[e.Fn]
			if name == "" {
				name = `\mathrm{` + funcNames[e.Fn] + `}`
			}
			list(name, e.Args)
		}
	case *Select:
		group(`\begin{cases}`, e.Then, ` & `)
		group(`\text{if } `, e.Cond, ` \\ `)
		group(``, e.Else, ` & \text{else}\end{cases}`)
	case *Rand:
		list(`\mathrm{`+distNames[e.Dist]+`}`, e.Args)
	}
}
