package cc

import (
	"fmt"

	"github.com/spikebook/spikebook/snn/plan"
)

// Rows that are drawn when they are needed take longer to draw than to deliver, and
// what a neuron receives must keep its order. So a Deliver of such rows is two
// operations: the first draws the rows of the neurons that fired, a piece every so
// many rows, the second delivers them, cut by postsynaptic neurons. Between them is
// memory for some rows; if more neurons fire, every piece draws the others by itself.

// rowsAhead is the number of rows that are drawn ahead in a step.
const rowsAhead = 32

// rowBytes is the room that a row needs while it is drawn.
func rowBytes(s plan.Shape) int {
	if s.Procedural.Rule == "number" {
		return (8*s.Procedural.Number + 63) &^ 63
	}
	return (4*s.Post + 63) &^ 63
}

// drawAhead emits the first operation of a Deliver of drawn rows. It leaves their
// numbers of targets and then the rows in memory of its own. Behind them is a row
// for every piece of the second operation.
func (e *emitter) drawAhead(op *plan.Deliver) {
	e.gate(1, 0, op.Enabled)
	e.spikesOf(op.From)
	e.linef("\tif (A->threads == 1) return;")
	e.linef("\tconst int64_t row = sb_row(step - %s, slots), total = count[row] < %d ? count[row] : %d;", e.size(int64(op.Delay)), rowsAhead, rowsAhead)
	w := e.walk(op.Shape)
	e.drawnRows(op.Shape)
	e.linef("\tfor (int64_t q = part; q < total; q += parts) {\n\t\tconst int64_t i = list[row * neurons + q];")
	e.linef("\t\tint32_t *const drawn = (int32_t *)((char *)(drawnOf + %d) + q * stride);", rowsAhead)
	e.linef("\t\tdrawnOf[q] = %s;\n\t}", w.generate)
	e.op.cut = int64(op.From.N)
	e.op.use(e.drawn(), true, whole)
	e.op.spikes(op.From, op.Delay, 1, 16+w.synapses*96/int64(op.Shape.Pre))
}

// drawnRows declares the memory of the rows. Both operations do, one after the other.
func (e *emitter) drawnRows(s plan.Shape) {
	e.linef("\tint64_t *const drawnOf = (int64_t *)(A->store + %s);\n\tconst int64_t stride = %s;", e.size(int64(e.u.store)), e.size(int64(rowBytes(s))))
}

// drawn is the number under which the order of operations knows that memory. No
// buffer has it.
func (e *emitter) drawn() int32 { return int32(len(e.p.Buffers) + e.drawers) }

// useAhead makes a walk take the rows from there, in a loop that counts the spikes.
func (w *walk) useAhead() {
	w.drawnRows(w.shape)
	w.op.use(w.drawn(), false, whole)
	w.ahead = fmt.Sprintf(`		int32_t *const drawn = A->threads == 1 ? room : (int32_t *)((char *)(drawnOf + %[1]d) + (spike < %[1]d ? spike : %[1]d + part) * stride);
		int64_t from = 0, to = A->threads > 1 && spike < %[1]d ? drawnOf[spike] : %[2]s;
		if (parts > 1) {
			from = sb_find(drawn, from, to, lo - (noself & (lo > i)));
			to = sb_find(drawn, from, to, hi - (noself & (hi > i)));
		}`, rowsAhead, w.generate)
	w.drawers++
	w.u.store += rowsAhead*8 + (rowsAhead+max(w.how.threads, 1))*rowBytes(w.shape)
}
