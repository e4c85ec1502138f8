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
	for _, q := range m.Equations {
		left := latexName(q.Var.Name)
		right := Latex(q.Right)
		if q.ODE {
			left = Latex(q.Left)
		}
		line := left + " &= " + right
		if q.Min != nil {
			line += `,\quad ` + latexName(q.Var.Name) + ` \ge ` + Latex(q.Min)
		}
		if q.Max != nil {
			line += `,\quad ` + latexName(q.Var.Name) + ` \le ` + Latex(q.Max)
		}
		lines = append(lines, line)
	}
	return "\\begin{aligned}\n" + strings.Join(lines, " \\\\\n") + "\n\\end{aligned}"
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
	case Reduced:
		return `\mathrm{` + s.Reduce + `}\left(` + latexSymbol(&Symbol{Name: s.Name, Kind: s.Of}) + `\right)`
	}
	return latexName(s.Name)
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
