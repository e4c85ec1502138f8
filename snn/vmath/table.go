package vmath

import "github.com/spikebook/spikebook/snn/model"

// Unary returns the function of one Float argument that computes f, or nil for
// functions that have another form.
func Unary(f model.Func) func(float64) float64 {
	if int(f) < len(unary) {
		return unary[f]
	}
	return nil
}

var unary = [...]func(float64) float64{
	model.Exp: Exp, model.Expm1: Expm1, model.Log: Log, model.Log1p: Log1p, model.Log10: Log10, model.Sqrt: Sqrt,
	model.Sin: Sin, model.Cos: Cos, model.Tan: Tan, model.Asin: Asin, model.Acos: Acos, model.Atan: Atan,
	model.Sinh: Sinh, model.Cosh: Cosh, model.Tanh: Tanh, model.Abs: Abs, model.Floor: Floor, model.Ceil: Ceil,
	model.Round: Round, model.Sign: Sign, model.Exprel: Exprel,
}
