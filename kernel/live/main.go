package live

import "sync/atomic"

var onMain atomic.Pointer[func()]

// OnMain sets what is called before a cell's func main.
func OnMain(f func()) { onMain.Store(&f) }

// Main calls a cell's func main, after what is to come before it.
func Main(main func()) {
	if f := onMain.Load(); f != nil {
		(*f)()
	}
	main()
}
