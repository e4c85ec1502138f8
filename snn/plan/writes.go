package plan

import "github.com/spikebook/spikebook/snn/model"

// Writes lists the buffers that an operation writes or adds to, in order of first
// assignment.
func Writes(op Op) []int {
	switch op := op.(type) {
	case *Map:
		return assigned(op.Body, op.Bind)
	case *Sweep:
		return assigned(op.Body, op.Bind)
	case *MatVec:
		return []int{op.Out}
	case *Reduce:
		return []int{op.Out}
	case *Collect:
		return []int{op.To.List, op.To.Count}
	case *Stamp:
		if op.Prev < 0 {
			return []int{op.Last}
		}
		return []int{op.Prev, op.Last}
	case *Deliver:
		return assigned(op.Body, op.Bind)
	case *Column:
		return assigned(op.Body, op.Bind)
	case *Push:
		return []int{op.Ring}
	}
	return nil
}

func assigned(body []model.Assign, bind Bind) []int {
	var bs []int
	seen := map[int]bool{}
	for _, a := range body {
		o, ok := bind[a.To]
		if a.To == nil || a.To.Kind == model.Temp || !ok || seen[o.Buffer] {
			continue
		}
		seen[o.Buffer] = true
		bs = append(bs, o.Buffer)
	}
	return bs
}
