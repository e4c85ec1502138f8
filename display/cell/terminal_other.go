//go:build !linux && !darwin && !freebsd && !netbsd && !openbsd && !dragonfly

package cell

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

// askTerminal asks on standard input, as there is no way here to hide what is typed.
func askTerminal(prompt string, _ bool) (string, error) {
	fmt.Fprint(os.Stderr, prompt)
	line, err := bufio.NewReader(os.Stdin).ReadString('\n')
	if err != nil && line == "" {
		return "", fmt.Errorf("question %q: no answer: %w", prompt, err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}
