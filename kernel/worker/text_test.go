package worker

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// pieces feeds s to a cleaner in the given cuts and returns the texts.
func pieces(s string, cut func(rest int) int) []string {
	var c cleaner
	var out []string
	for len(s) > 0 {
		n := cut(len(s))
		out = append(out, c.feed([]byte(s[:n])))
		s = s[n:]
	}
	return append(out, c.flush(false))
}

// The text does not depend on how the pipe cuts it, and each piece is whole.
func TestTextDoesNotDependOnCuts(t *testing.T) {
	part := rapid.SampledFrom([]string{
		"a", "\n", "\r", "\r\n", "é", "€", "😀", Mark, "\x1b[31m", "\x1b[0m", "\x1b]0;title\x07", "\xff", "\xe2\x82", "\xf0\x9f", "end",
	})
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOf(part).Draw(t, "parts"), "")
		want := pieces(s, func(rest int) int { return rest })
		got := pieces(s, func(rest int) int { return rapid.IntRange(1, rest).Draw(t, "cut") })
		if strings.Join(got, "") != strings.Join(want, "") {
			t.Fatalf("cut: %q, whole: %q", got, want)
		}
		for i, text := range got {
			if !utf8.ValidString(text) || strings.Contains(text, Mark) {
				t.Fatalf("piece %q", text)
			}
			// A removed mark between CR and LF parts them anyway.
			if strings.HasSuffix(text, "\r") && i+1 < len(got) && !strings.Contains(s, Mark) {
				t.Fatalf("piece %q is cut behind CR", text)
			}
		}
	})
}

func TestCleanText(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                 "plain",
		"€":                     "€",
		"a\xffb":                "a\uFFFDb",
		"\xe2\x82":              "\uFFFD\uFFFD",
		Mark + "x":              "x",
		"{" + Mark + "wings:4}": "{wings:4}",
		"\x1b[31":               "\x1b[31", // at the end what is incomplete goes out as it is
		"50%\r60%\r":            "50%\r60%\r",
	} {
		if got := strings.Join(pieces(in, func(int) int { return 1 }), ""); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestQuietStreamKeepsOnlyHalfRunes(t *testing.T) {
	var c cleaner
	if got := c.feed([]byte("50%\r")) + c.flush(true); got != "50%\r" {
		t.Errorf("got %q", got)
	}
	if got := c.feed([]byte("\xe2\x82")) + c.flush(true); got != "" {
		t.Errorf("half a rune went out: %q", got)
	}
	if got := c.feed([]byte("\xac")); got != "€" {
		t.Errorf("got %q", got)
	}
}

func TestCutTextKeepsRunesAndLines(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringOf(rapid.SampledFrom([]rune("ab\n€😀"))).Draw(t, "s")
		n := rapid.IntRange(4, 40).Draw(t, "n")
		head, tail := cutText(s, n)
		if head+tail != s || len(head) > n || s != "" && head == "" {
			t.Fatalf("cutText(%q, %d) = %q, %q", s, n, head, tail)
		}
		if !utf8.ValidString(head) || !utf8.ValidString(tail) {
			t.Fatalf("cut inside a rune: %q, %q", head, tail)
		}
		if last := lastText(s, n); !strings.HasSuffix(s, last) || len(last) > n || !utf8.ValidString(last) {
			t.Fatalf("lastText(%q, %d) = %q", s, n, last)
		}
	})
}

func FuzzCleaner(f *testing.F) {
	for _, s := range []string{"", "a\r\n", "\x1b[", "\x1b]", "\xf0\x9f\x98", Mark, "\xea\x9e", strings.Repeat("\x1b[1", 40)} {
		f.Add(s, 1)
	}
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = max(1, min(n, 100))
		out := strings.Join(pieces(s, func(rest int) int { return min(n, rest) }), "")
		if !utf8.ValidString(out) || strings.Contains(out, Mark) {
			t.Errorf("%q gave %q", s, out)
		}
	})
}
