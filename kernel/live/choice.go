package live

// Choice takes the last of a run's arguments, a number, away from them and returns
// it: generated code of several expressions evaluates the one with that number. It
// returns -1 when there is none.
func Choice(args *[]string) int {
	last := len(*args) - 1
	if last < 0 || (*args)[last] == "" {
		return -1
	}
	n := 0
	for _, c := range (*args)[last] {
		if c < '0' || c > '9' || n > 1<<20 {
			return -1
		}
		n = 10*n + int(c-'0')
	}
	*args = (*args)[:last]
	return n
}
