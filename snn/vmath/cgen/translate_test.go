package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// withDD copies the sources of both packages and appends text to vmath/dd.go.
func withDD(t *testing.T, text string) string {
	t.Helper()
	dir := t.TempDir()
	for _, s := range sources {
		if err := os.Mkdir(filepath.Join(dir, s.pkg), 0o700); err != nil {
			t.Fatal(err)
		}
		for _, f := range s.files {
			b, err := os.ReadFile(filepath.Join("..", "..", s.pkg, f))
			if err != nil {
				t.Fatal(err)
			}
			if f == "dd.go" {
				b = append(b, text...)
			}
			if err := os.WriteFile(filepath.Join(dir, s.pkg, f), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func TestTranslatesAsWritten(t *testing.T) {
	got, err := translate(withDD(t, `
func try(a float64, n int64) float64 {
	b := float64(a*2) + 0.1
	for i := int64(0); i < n; i = i + 1 {
		if b > a && !(a == 1) {
			b = -b
		} else {
			b = twoSum(a, b).lo
		}
	}
	return b - a
}
`))
	if err != nil {
		t.Fatal(err)
	}
	const want = `//// try: twoSum
SB_INLINE double sb_try(double a, int64_t n) {
	double b = ((a * 0x1p+01) + 0x1.999999999999ap-04);
	for (int64_t i = INT64_C(0); (i < n); i = (i + INT64_C(1))) {
		if (((b > a) && (!(a == 0x1p+00)))) {
			b = (-b);
		} else {
			b = sb_twoSum(a, b).lo;
		}
	}
	return (b - a);
}
`
	if !strings.Contains(got, want) {
		i := strings.Index(got, "//// try")
		t.Errorf("got\n%s\nwant\n%s", got[max(i, 0):min(len(got), max(i, 0)+600)], want)
	}
}

// TestRefuses: what has no exact translation is an error with its line.
func TestRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"product outside of a conversion": "\nfunc bad(a, b float64) float64 { return a*b + a }\n",
		"only = and :=":                   "\nfunc bad(a float64) float64 { a += 1; return a }\n",
		"returns 2 values":                "\nfunc bad(a float64) (float64, float64) { return a, a }\n",
		"has no translation":              "\nfunc bad(a float32) float32 { return a }\n",
	} {
		_, err := translate(withDD(t, text))
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), "dd.go:") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}
