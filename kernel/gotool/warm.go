package gotool

import "context"

// Warm compiles the packages that cells commonly import and builds the worker,
// whatever of it is not done yet. The first time takes about 50 CPU seconds and
// fills about 250 MB; when all is there it takes a few milliseconds.
//
// progress, if not nil, is called from one goroutine at a time with the number
// of packages done, their total (0: not yet known) and what happens now, such as
// "compiling net/http" or "linking the worker".
func (t *Tool) Warm(ctx context.Context, progress func(done, total int, what string)) error {
	if progress == nil {
		progress = func(int, int, string) {}
	}
	tab, err := t.ensure(ctx, progress)
	if err != nil {
		return err
	}
	total := len(tab.Packages) + 1
	progress(total-1, total, "linking the worker")
	if _, err := t.Worker(ctx); err != nil {
		return err
	}
	t.refresh(tab)
	progress(total, total, "ready")
	return nil
}

// IsWarm reports whether [Tool.Warm] has nothing left to do. It builds nothing.
func (t *Tool) IsWarm() bool {
	tab := t.known()
	if tab == nil {
		return false
	}
	plan, err := t.plan(tab, workerMain)
	if err != nil {
		return false
	}
	return isWhole(plan.name)
}
