package notebook

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"html"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	markup "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/util"
)

// markdown renders the dialect that JupyterLab shows: GitHub's, with formulas. HTML passes
// through: a notebook is trusted like a program, which it is.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.GFM, mathematics{}),
	goldmark.WithParserOptions(parser.WithAutoHeadingID()),
	goldmark.WithRendererOptions(
		markup.WithUnsafe(),
		renderer.WithNodeRenderers(util.Prioritized(codeRenderer{}, 100)),
	),
)

// markdownHTML renders a Markdown text. Pictures that are attached or lie in dir become part of the page.
func markdownHTML(source, dir string, attachments map[string]any) (string, error) {
	var b bytes.Buffer
	pc := parser.NewContext(parser.WithIDs(headingIDs{}))
	if err := markdown.Convert([]byte(source), &b, parser.WithContext(pc)); err != nil {
		return "", err
	}
	page := imageSource.ReplaceAllStringFunc(b.String(), func(tag string) string {
		m := imageSource.FindStringSubmatch(tag)
		if data := inlined(html.UnescapeString(m[2]), dir, attachments); data != "" {
			return m[1] + data + m[3]
		}
		return tag
	})
	return notebookLink.ReplaceAllString(page, `${1}.html${2}`), nil
}

var (
	imageSource = regexp.MustCompile(`(<img\b[^>]*?\bsrc=")([^"]*)(")`)
	// notebookLink is a link to a notebook nearby; its page lies beside this one.
	notebookLink = regexp.MustCompile(`(<a\b[^>]*?\bhref="[^":]+)\.ipynb((?:#[^"]*)?")`)
)

// inlined is the picture at a URL as a data URL, or "" if it is not attached and no file below dir.
func inlined(link, dir string, attachments map[string]any) string {
	if name, ok := strings.CutPrefix(link, "attachment:"); ok {
		if plain, err := url.PathUnescape(name); err == nil {
			name = plain
		}
		bundle, _ := attachments[name].(map[string]any)
		for media, data := range bundle {
			if s, ok := data.(string); ok && strings.HasPrefix(media, "image/") {
				return "data:" + html.EscapeString(media) + ";base64," + html.EscapeString(strings.Join(strings.Fields(s), ""))
			}
		}
		return ""
	}
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "" || u.Host != "" || !filepath.IsLocal(filepath.FromSlash(u.Path)) {
		return ""
	}
	media, ok := map[string]string{
		".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".svg": "image/svg+xml", ".webp": "image/webp",
	}[strings.ToLower(filepath.Ext(u.Path))]
	if !ok {
		return ""
	}
	raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(u.Path)))
	if err != nil {
		return ""
	}
	return "data:" + media + ";base64," + base64.StdEncoding.EncodeToString(raw)
}

// headingIDs names headings as JupyterLab does, so that links within a notebook work in both: the
// text with "-" for spaces.
type headingIDs struct{}

func (headingIDs) Generate(value []byte, _ ast.NodeKind) []byte {
	text := strings.Map(func(r rune) rune {
		if strings.ContainsRune("*_`$", r) {
			return -1
		}
		return r
	}, strings.TrimSpace(string(value)))
	return []byte(html.EscapeString(strings.ReplaceAll(text, " ", "-")))
}

func (headingIDs) Put([]byte) {}

// codeRenderer colours fenced code that is marked as Go.
type codeRenderer struct{}

func (codeRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(ast.KindFencedCodeBlock, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		code := string(n.Lines().Value(source))
		language := string(n.(*ast.FencedCodeBlock).Language(source))
		if language == "go" || language == "golang" {
			code = goHTML(code)
		} else {
			code = html.EscapeString(code)
		}
		fmt.Fprintf(w, "<pre class=\"code\"><code>%s</code></pre>\n", code)
		return ast.WalkSkipChildren, nil
	})
}

// mathHTML is a formula that the page's script draws, and whose source is read where scripts are off.
func mathHTML(element, tex string) string {
	return "<" + element + ` class="math">` + html.EscapeString(tex) + "</" + element + ">"
}
