//go:build cgo && linux

package cuda

import (
	"fmt"

	"github.com/spikebook/spikebook/cuda/driver"
	"github.com/spikebook/spikebook/snn/plan"
)

// record is a Record or a RecordSpikes: samples on the device.
type record struct {
	buffer        int
	spikes        int           // RecordSpikes: the neurons that may fire in a step; else 0
	values, steps driver.Memory // room for that many
	room          int64
	width         int64 // bytes of a sample
}

// budget is the device memory for the samples of one record.
const budget = 16 << 20

// prepareRecords makes room for samples. limits are the room of every record, then
// the most samples of a step; rec are two places for each, for values and steps.
func (x *executor) prepareRecords() (limits []int64, rec []driver.Memory, err error) {
	for _, op := range x.p.Ops {
		r := record{}
		switch op := op.(type) {
		case *plan.Record:
			b := x.p.Buffers[op.Buffer]
			r.buffer, r.width = op.Buffer, int64(b.Len*width(b.Type))
			r.room = max(1, budget/(r.width+8))
		case *plan.RecordSpikes:
			r.spikes, r.width = op.From.N, 4
			r.room = max(int64(r.spikes), budget/(r.width+8))
		default:
			continue
		}
		if r.values, err = x.alloc(r.room * r.width); err != nil {
			return nil, nil, err
		}
		if r.steps, err = x.alloc(r.room * 8); err != nil {
			return nil, nil, err
		}
		x.records = append(x.records, r)
	}
	n := len(x.records)
	limits, rec = make([]int64, 2*n), make([]driver.Memory, 2*n)
	for i, r := range x.records {
		limits[i], limits[n+i] = r.room, int64(max(r.spikes, 1))
		rec[2*i], rec[2*i+1] = r.values, r.steps
	}
	return limits, rec, nil
}

// collect fetches the samples that were taken, all or none, and makes room for more.
func (x *executor) collect(to []plan.Samples) error {
	if len(x.records) == 0 || !x.waiting {
		return nil
	}
	got := make([]int64, len(x.records))
	if err := x.stream.Download(raw(got), x.got); err != nil {
		return err
	}
	arrived := make([]plan.Samples, len(x.records))
	for i, k := range got {
		r := x.records[i]
		if k == 0 {
			continue
		}
		if k > r.room {
			return fmt.Errorf("cuda: record %d has %d samples in room for %d; report this with the printed plan", i, k, r.room)
		}
		if err := x.samples(&arrived[i], r, k); err != nil {
			return err
		}
	}
	if err := x.stream.Upload(x.got, make([]byte, 16*len(x.records))); err != nil {
		return err
	}
	x.waiting = false
	for i, r := range arrived {
		add(&to[i], r)
	}
	return nil
}

// samples fetches k samples of a record.
func (x *executor) samples(to *plan.Samples, r record, k int64) error {
	if err := fetch(x, &to.Steps, r.steps, k); err != nil {
		return err
	}
	if r.spikes > 0 {
		return fetch(x, &to.I32, r.values, k)
	}
	n := k * int64(x.p.Buffers[r.buffer].Len)
	switch x.p.Buffers[r.buffer].Type {
	case plan.F64:
		return fetch(x, &to.F64, r.values, n)
	case plan.F32:
		return fetch(x, &to.F32, r.values, n)
	case plan.I64:
		return fetch(x, &to.I64, r.values, n)
	}
	return fetch(x, &to.Bool, r.values, n)
}

// fetch makes a slice of n values from the device.
func fetch[T any](x *executor, to *[]T, from driver.Memory, n int64) error {
	*to = make([]T, n)
	return x.stream.Download(raw(*to), from)
}

// add appends samples to others.
func add(to *plan.Samples, r plan.Samples) {
	if len(to.Steps) == 0 && cap(to.Steps) == 0 {
		*to = r
		return
	}
	to.Steps, to.F64, to.F32 = append(to.Steps, r.Steps...), append(to.F64, r.F64...), append(to.F32, r.F32...)
	to.I64, to.Bool, to.I32 = append(to.I64, r.I64...), append(to.Bool, r.Bool...), append(to.I32, r.I32...)
}
