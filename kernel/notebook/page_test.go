package notebook

import (
	"flag"
	"html"
	"os"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var update = flag.Bool("update", false, "write golden files anew")

// page renders testdata/page.ipynb.
func page(t testing.TB) string {
	t.Helper()
	nb, err := Read("testdata/page.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := nb.HTML("page", "testdata")
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// The body of a page with everything in it, without style sheets and scripts. Look at the whole page in a
// browser before taking a new golden file.
func TestPageGolden(t *testing.T) {
	_, body, _ := strings.Cut(page(t), "<body>\n")
	body, _, _ = strings.Cut(body, "</main>")
	const golden = "testdata/page.golden.html"
	if *update {
		if err := os.WriteFile(golden, []byte(body), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if body != string(want) {
		got, wanted := strings.Split(body, "\n"), strings.Split(string(want), "\n")
		for i := range min(len(got), len(wanted)) {
			if got[i] != wanted[i] {
				t.Fatalf("line %d is\n%s\nwant\n%s\n(go test -update takes the new page)", i+1, got[i], wanted[i])
			}
		}
		t.Fatalf("page has %d lines, want %d", len(got), len(wanted))
	}
}

// A page loads nothing: no element, style or script of ours names another file or a network address.
func TestPageNeedsNothingElse(t *testing.T) {
	p := page(t)
	if !strings.Contains(p, "<title>Bar learning</title>") {
		t.Error("title is missing")
	}
	loads := regexp.MustCompile(`(?i)<(?:script|img|link|iframe|source|video|audio|object|embed)\b[^>]*?\b(?:src|href|data)="?([^"> ]*)`)
	for _, m := range loads.FindAllStringSubmatch(strings.Replace(p, katex().js, "", 1), -1) {
		if !strings.HasPrefix(m[1], "data:") && m[1] != "nosuch.png" { // the notebook itself names a file that is not there
			t.Errorf("page loads %.80q in %.120q", m[1], m[0])
		}
	}
	for _, m := range regexp.MustCompile(`(?:url\(|@import)\s*["']?([^)"']*)`).FindAllStringSubmatch(p[:strings.Index(p, "</head>")], -1) {
		if !strings.HasPrefix(m[1], "data:font/woff2;base64,") {
			t.Errorf("style sheet loads %.80q", m[1])
		}
	}
	if n := strings.Count(p, "data:font/woff2"); n != 20 {
		t.Errorf("page carries %d fonts, want KaTeX's 20", n)
	}
	if !strings.Contains(p, "Khan Academy") {
		t.Error("KaTeX's licence is missing")
	}
	// Without formulas, none of it.
	plain := &Notebook{Cells: []*Cell{{Type: "markdown", ID: "a", Source: "It costs \\$5."}}}
	raw, err := plain.HTML("<name>", ".")
	if err != nil {
		t.Fatal(err)
	}
	if s := string(raw); len(s) > 20_000 || strings.Contains(s, "katex") || strings.Contains(s, "<script") || !strings.Contains(s, "<title>&lt;name&gt;</title>") {
		t.Errorf("page without formulas is %d bytes:\n%.2000s", len(s), s)
	}
}

func TestMarkdown(t *testing.T) {
	for source, want := range map[string]string{
		"a $x_1$ b":                            `<p>a <span class="math">$x_1$</span> b</p>`,
		"$a_1$ and $b_1$":                      `<p><span class="math">$a_1$</span> and <span class="math">$b_1$</span></p>`,
		"$x$*y*":                               `<p><span class="math">$x$</span><em>y</em></p>`,
		"$a*b$ and $c*d$":                      `<p><span class="math">$a*b$</span> and <span class="math">$c*d$</span></p>`,
		"over $a +\nb$ lines":                  "<p>over <span class=\"math\">$a +\nb$</span> lines</p>",
		"`$x$`":                                `<p><code>$x$</code></p>`,
		`\$5 and \$6`:                          `<p>$5 and $6</p>`,
		"only $5":                              `<p>only $5</p>`,
		"$5\n\nand $6":                         "<p>$5</p>\n<p>and $6</p>",
		"$$":                                   `<p>$$</p>`,
		"$$ $$":                                `<p>$$ $$</p>`,
		"$\\text{a $b$ c}$":                    `<p><span class="math">$\text{a $b$ c}$</span></p>`,
		"$a < b$":                              `<p><span class="math">$a &lt; b$</span></p>`,
		"$a \\$ b$":                            `<p><span class="math">$a \$ b$</span></p>`,
		"text $$x$$ text":                      `<p>text <span class="math">$$x$$</span> text</p>`,
		"$$x$$ text":                           `<p><span class="math">$$x$$</span> text</p>`,
		"$$x$$":                                `<div class="math">$$x$$</div>`,
		"text\n$$\n- x\n+ y\n$$":               "<p>text</p>\n<div class=\"math\">$$\n- x\n+ y\n$$</div>",
		"$$\n\nnot math\n\n$$":                 "<p>$$</p>\n<p>not math</p>\n<p>$$</p>",
		"$$ never closed\n\ntext":              "<p>$$ never closed</p>\n<p>text</p>",
		"$$\na\n$$\nnext":                      "<div class=\"math\">$$\na\n$$</div>\n<p>next</p>",
		"$$\na\n$$\n\n$$\nb\n$$":               "<div class=\"math\">$$\na\n$$</div>\n<div class=\"math\">$$\nb\n$$</div>",
		"\\begin{align}\na &= b\n\\end{align}": "<div class=\"math\">\\begin{align}\na &amp;= b\n\\end{align}</div>",
		"- item\n  $$\n  x\n  $$":              "<ul>\n<li>item\n<div class=\"math\">$$\nx\n$$</div>\n</li>\n</ul>",
		"> $$\n> x\n> $$":                      "<blockquote>\n<div class=\"math\">$$\nx\n$$</div>\n</blockquote>",
		"```\n$$\nx\n$$\n```":                  "<pre class=\"code\"><code>$$\nx\n$$\n</code></pre>",
		"    $$\n    x":                        "<pre><code>$$\nx\n</code></pre>",
		"# One *two* $x$":                      `<h1 id="One-two-x">One <em>two</em> <span class="math">$x$</span></h1>`,
		"[a](b.ipynb)":                         `<p><a href="b.html">a</a></p>`,
		"[a](b.ipynb#c)":                       `<p><a href="b.html#c">a</a></p>`,
		"[a](https://x.org/b.ipynb)":           `<p><a href="https://x.org/b.ipynb">a</a></p>`,
		"![a](nosuch.png)":                     `<p><img src="nosuch.png" alt="a"></p>`,
		"![a](../page.css)":                    `<p><img src="../page.css" alt="a"></p>`,
		"![a](/etc/x.png)":                     `<p><img src="/etc/x.png" alt="a"></p>`,
		"<b>html</b>":                          `<p><b>html</b></p>`,
	} {
		got, err := markdownHTML(source, "testdata", nil)
		if err != nil || strings.TrimSpace(got) != want {
			t.Errorf("%q is\n%q\nwant\n%q, %v", source, strings.TrimSpace(got), want, err)
		}
	}
}

func TestANSI(t *testing.T) {
	for source, want := range map[string]string{
		"plain <b>":                      "plain &lt;b&gt;",
		"\x1b[31mred\x1b[0m.":            `<span class="ansi-red">red</span>.`,
		"\x1b[1m\x1b[4mx\x1b[22my":       `<span class="ansi-bold ansi-underline">x</span><span class="ansi-underline">y</span>`,
		"\x1b[92;41mx\x1b[m":             `<span class="ansi-bright-green ansi-bg-red">x</span>`,
		"\x1b[38;5;196mx":                `<span style="color:#ff0000">x</span>`,
		"\x1b[38;5;9mx":                  `<span class="ansi-bright-red">x</span>`,
		"\x1b[48;5;232mx":                `<span style="background-color:#080808">x</span>`,
		"\x1b[38;2;1;2;255;1mx":          `<span class="ansi-bold" style="color:#0102ff">x</span>`,
		"\x1b[7mx":                       `<span class="ansi-inverse ansi-bg-inverse">x</span>`,
		"\x1b[7;31mx\x1b[27my":           `<span class="ansi-inverse ansi-bg-red">x</span><span class="ansi-red">y</span>`,
		"\x1b[2Ka\x1b[1Ab":               "ab",
		"\x1b]0;title\x07a":              "a",
		"\x1b]8;;x\x1b\\a\x1b]8;;\x1b\\": "a",
		"\x1b[38;5mx":                    "x",
		"\x1b[999999999999999999999mx":   "x",
		"\x1b[":                          "[",
		"\x1b":                           "",
	} {
		if got := ansiHTML(source); got != want {
			t.Errorf("%q is %q, want %q", source, got, want)
		}
	}
}

var tags = regexp.MustCompile(`<span[^>]*>|</span>`)

// Colours change nothing in the text, whatever it is.
func TestColoursKeepText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := rapid.OneOf(rapid.String(), rapid.StringMatching("([a-z%!/*`'\"<&\\\\{}(). \n\r\x00é]|func|:=|0x1p){0,30}")).Draw(t, "code")
		if got := html.UnescapeString(tags.ReplaceAllString(goHTML(code), "")); got != html.UnescapeString(html.EscapeString(code)) {
			t.Fatalf("%q became %q in %q", code, got, goHTML(code))
		}
		text := rapid.StringMatching(`([a<&;]|\x1b\[(0|1|31|7|38;5;[0-9]{1,3})?m){0,20}`).Draw(t, "text")
		if got := html.UnescapeString(tags.ReplaceAllString(ansiHTML(text), "")); got != stripANSI(text) {
			t.Fatalf("%q became %q, want %q", text, got, stripANSI(text))
		}
	})
}

func TestGoColours(t *testing.T) {
	for code, want := range map[string]string{
		"var x = len(s) // n":  `<span class="keyword">var</span> x = <span class="builtin">len</span>(s) <span class="comment">// n</span>`,
		"f(1, \"a\")":          `<span class="call">f</span>(<span class="number">1</span>, <span class="string">&#34;a&#34;</span>)`,
		"x.len":                `x.len`,
		"!ls 'x\ny := 1":       "<span class=\"magic\">!ls &#39;x</span>\ny := <span class=\"number\">1</span>",
		"a :=\n%time\nb":       "a :=\n<span class=\"magic\">%time</span>\nb",
		"a\n  % b":             "a\n  % b",
		"!":                    `<span class="magic">!</span>`,
		"`a\n%b\n!c`":          "<span class=\"string\">`a\n%b\n!c`</span>",
		"/* a\n%b */":          "<span class=\"comment\">/* a\n%b */</span>",
		"\"unfinished\nif":     "<span class=\"string\">&#34;unfinished</span>\n<span class=\"keyword\">if</span>",
		"α := 1i":              `α := <span class="number">1i</span>`,
		"func (p *T) M() {}\n": "<span class=\"keyword\">func</span> (p *T) <span class=\"call\">M</span>() {}\n",
	} {
		if got := goHTML(code); got != want {
			t.Errorf("%q is\n%s\nwant\n%s", code, got, want)
		}
	}
}
