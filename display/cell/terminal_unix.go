//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package cell

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// askTerminal asks on the terminal of an ordinary program. The line is read byte by
// byte, so that what follows it stays for others.
func askTerminal(prompt string, password bool) (string, error) {
	fmt.Fprint(os.Stderr, prompt)
	if password {
		if show := hide(int(os.Stdin.Fd())); show != nil {
			defer show()
		}
	}
	var line strings.Builder
	for b := make([]byte, 1); ; {
		n, err := os.Stdin.Read(b)
		switch {
		case n > 0 && b[0] == '\n':
			return strings.TrimSuffix(line.String(), "\r"), nil
		case n > 0:
			line.WriteByte(b[0])
		case err == io.EOF && line.Len() > 0:
			return line.String(), nil
		case err != nil:
			return "", fmt.Errorf("question %q: no answer: %w", prompt, err)
		}
	}
}

// hide stops a terminal from showing what is typed; show takes that back. It
// returns nil when the file is no terminal.
func hide(fd int) (show func()) {
	old, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil
	}
	silent := *old
	silent.Lflag &^= unix.ECHO
	if unix.IoctlSetTermios(fd, setTermios, &silent) != nil {
		return nil
	}
	return func() {
		unix.IoctlSetTermios(fd, setTermios, old)
		fmt.Fprintln(os.Stderr)
	}
}
