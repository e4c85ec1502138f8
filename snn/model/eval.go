package model

import "math"

// Eval computes an expression in float64 with Go's own functions: initial
// values and the inputs of [Computed]. lookup gives the values of symbols
// (parameters, and the step length for Dt). Conditions are 0 or 1; a random
// draw is NaN.
func Eval(e Expr, lookup func(*Symbol) float64) float64 {
	return eval(e, lookup, func(*Rand) float64 { return math.NaN() })
}

// eval is Eval with a source of random numbers.
func eval(e Expr, lookup func(*Symbol) float64, draw func(*Rand) float64) float64 {
	switch e := e.(type) {
	case *Const:
		return e.V
	case *Ref:
		return lookup(e.Sym)
	case *Unary:
		x := eval(e.X, lookup, draw)
		if e.Op == Not {
			return truth(x == 0)
		}
		return -x
	case *Binary:
		return evalBinary(e.Op, eval(e.X, lookup, draw), eval(e.Y, lookup, draw))
	case *Call:
		args := make([]float64, len(e.Args))
		for i, a := range e.Args {
			args[i] = eval(a, lookup, draw)
		}
		return evalCall(e.Fn, args)
	case *Select:
		c, x, y := eval(e.Cond, lookup, draw), eval(e.Then, lookup, draw), eval(e.Else, lookup, draw)
		if c != 0 {
			return x
		}
		return y
	case *Rand:
		return draw(e)
	}
	return math.NaN()
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func evalBinary(op Op, x, y float64) float64 {
	switch op {
	case Add:
		return x + y
	case Sub:
		return x - y
	case Mul:
		return x * y
	case Div:
		return x / y
	case Lt:
		return truth(x < y)
	case Le:
		return truth(x <= y)
	case Gt:
		return truth(x > y)
	case Ge:
		return truth(x >= y)
	case Eq:
		return truth(x == y)
	case Ne:
		return truth(x != y)
	case And:
		return truth(x != 0 && y != 0)
	case Or:
		return truth(x != 0 || y != 0)
	}
	return math.NaN()
}

func evalCall(fn Func, a []float64) float64 {
	x := a[0]
	switch fn {
	case Exp:
		return math.Exp(x)
	case Expm1:
		return math.Expm1(x)
	case Log:
		return math.Log(x)
	case Log1p:
		return math.Log1p(x)
	case Log10:
		return math.Log10(x)
	case Sqrt:
		return math.Sqrt(x)
	case Sin:
		return math.Sin(x)
	case Cos:
		return math.Cos(x)
	case Tan:
		return math.Tan(x)
	case Asin:
		return math.Asin(x)
	case Acos:
		return math.Acos(x)
	case Atan:
		return math.Atan(x)
	case Sinh:
		return math.Sinh(x)
	case Cosh:
		return math.Cosh(x)
	case Tanh:
		return math.Tanh(x)
	case Pow:
		return math.Pow(x, a[1])
	case Abs:
		return math.Abs(x)
	case Floor:
		return math.Floor(x)
	case Ceil:
		return math.Ceil(x)
	case Round:
		return math.Round(x)
	case Sign:
		switch {
		case x > 0:
			return 1
		case x < 0:
			return -1
		}
		return x
	case Min:
		if x < a[1] {
			return x
		}
		return a[1]
	case Max:
		if x > a[1] {
			return x
		}
		return a[1]
	case Mod:
		r := math.Mod(x, a[1])
		if r != 0 && (r < 0) != (a[1] < 0) {
			r += a[1]
		}
		return r
	case Exprel:
		if x == 0 {
			return 1
		}
		return math.Expm1(x) / x
	case IsNaN:
		return truth(math.IsNaN(x))
	case IsFinite:
		return truth(finite(x))
	case ToFloat:
		return x
	case ToInt:
		return math.Trunc(x)
	}
	return math.NaN()
}
