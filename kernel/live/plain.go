package live

// mark is the letter that the kernel puts in front of lower-case names.
const mark = "Ꞌ"

// Plain removes the kernel's letter from text that a cell has made of its own
// values, so that the text is what it would be in a program: {x:1}, not {Ꞌx:1}.
// Text without the letter is returned as it is.
func Plain(text string) string {
	var out []byte
	from := 0
	for i := 0; i+len(mark) <= len(text); i++ {
		if text[i] == mark[0] && text[i:i+len(mark)] == mark {
			out = append(out, text[from:i]...)
			from = i + len(mark)
			i = from - 1
		}
	}
	if from == 0 {
		return text
	}
	return string(append(out, text[from:]...))
}
