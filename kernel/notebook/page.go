package notebook

import (
	"bytes"
	"embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"strings"
	"sync"
)

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// katexFiles is KaTeX 0.19.1 as its authors publish it (https://katex.org, MIT licence: katex/LICENSE): the
// script, the style sheet and its fonts.
//
//go:embed katex
var katexFiles embed.FS

// HTML makes the page of a notebook: one file that needs no other and no network. name
// is the title if no heading gives one; pictures that Markdown cells name are looked for in dir.
func (nb *Notebook) HTML(name, dir string) ([]byte, error) {
	var body bytes.Buffer
	for i, c := range nb.Cells {
		if err := c.writeHTML(&body, dir); err != nil {
			return nil, fmt.Errorf("cell %d: %w", i+1, err)
		}
	}
	formulas := bytes.Contains(body.Bytes(), []byte(`class="math"`))

	var b bytes.Buffer
	b.WriteString("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
	b.WriteString("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
	fmt.Fprintf(&b, "<title>%s</title>\n<style>\n%s</style>\n", html.EscapeString(nb.title(name)), pageCSS)
	if formulas {
		k := katex()
		fmt.Fprintf(&b, "<!-- KaTeX 0.19.1\n%s-->\n<style>\n%s\n</style>\n", k.licence, k.css)
	}
	fmt.Fprintf(&b, "</head>\n<body>\n<main>\n%s</main>\n", body.Bytes())
	if formulas {
		fmt.Fprintf(&b, "<script>\n%s\n</script>\n<script>\n%s</script>\n", katex().js, pageJS)
	}
	b.WriteString("</body>\n</html>\n")
	return b.Bytes(), nil
}

var heading = regexp.MustCompile(`(?m)^#{1,2} +(.+?)[ #]*$`)

// title is the first heading.
func (nb *Notebook) title(name string) string {
	for _, c := range nb.Cells {
		if c.Type != "markdown" {
			continue
		}
		if m := heading.FindStringSubmatch(c.Source); m != nil {
			return strings.NewReplacer("*", "", "`", "", "$", "").Replace(m[1])
		}
	}
	return name
}

func (c *Cell) writeHTML(b *bytes.Buffer, dir string) error {
	switch c.Type {
	case "markdown":
		text, err := markdownHTML(c.Source, dir, c.Attachments)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "<section class=\"cell markdown\" id=\"cell-%s\">\n%s</section>\n", c.ID, text)
		return nil
	case "raw":
		format, _ := c.Metadata["format"].(string)
		if format == "" {
			format, _ = c.Metadata["raw_mimetype"].(string)
		}
		text := "<pre>" + html.EscapeString(c.Source) + "</pre>"
		if format == "text/html" {
			text = c.Source
		}
		fmt.Fprintf(b, "<section class=\"cell raw\" id=\"cell-%s\">\n%s\n</section>\n", c.ID, text)
		return nil
	}
	if strings.TrimSpace(c.Source) == "" && len(c.Outputs) == 0 {
		return nil
	}
	number := " "
	if c.Count != nil {
		number = fmt.Sprint(*c.Count)
	}
	fmt.Fprintf(b, "<section class=\"cell code\" id=\"cell-%s\">\n", c.ID)
	fmt.Fprintf(b, "<div class=\"prompt in\">[%s]:</div>\n<pre class=\"code\"><code>%s</code></pre>\n", number, goHTML(c.Source))
	for _, o := range c.Outputs {
		text, err := o.html(dir)
		if err != nil {
			return err
		}
		prompt := ""
		if o["output_type"] == "execute_result" {
			prompt = "[" + number + "]:"
		}
		fmt.Fprintf(b, "<div class=\"prompt out\">%s</div>\n<div class=\"output\">\n%s\n</div>\n", prompt, text)
	}
	b.WriteString("</section>\n")
	return nil
}

// html renders one output in its richest form that works without a network.
func (o CellOutput) html(dir string) (string, error) {
	switch o["output_type"] {
	case "stream":
		class := "stream"
		if o["name"] == "stderr" {
			class = "stream stderr"
		}
		text, _ := o["text"].(string)
		return fmt.Sprintf(`<pre class="%s">%s</pre>`, class, ansiHTML(strings.TrimSuffix(text, "\n"))), nil
	case "error":
		var all []string
		lines, _ := o["traceback"].([]any)
		for _, line := range lines {
			s, _ := line.(string)
			all = append(all, s)
		}
		if len(all) == 0 {
			all = []string{fmt.Sprintf("%v: %v", o["ename"], o["evalue"])}
		}
		return `<pre class="error">` + ansiHTML(strings.Join(all, "\n")) + "</pre>", nil
	}
	data, _ := o["data"].(map[string]any)
	for _, media := range []string{"text/html", "text/markdown", "image/svg+xml", "text/latex", "image/png", "image/jpeg",
		"image/gif", "image/webp", "application/javascript", "text/plain", "application/json"} {
		v, there := data[media]
		if !there {
			continue
		}
		if media == "application/json" {
			pretty, err := encode(v)
			return `<pre>` + html.EscapeString(strings.TrimSpace(string(pretty))) + "</pre>", err
		}
		s, ok := v.(string)
		if !ok {
			continue
		}
		if media == "text/plain" && len(data) > 1 && s == placeholder(data) {
			continue // says nothing; there may be JSON
		}
		switch media {
		case "text/html":
			return s, nil
		case "text/markdown":
			return markdownHTML(s, dir, nil)
		case "image/svg+xml":
			return `<div class="figure">` + svgElement(s) + "</div>", nil
		case "text/latex":
			return mathHTML("div", strings.TrimSpace(s)), nil
		case "application/javascript":
			return "<script>\n" + s + "\n</script>", nil
		case "text/plain":
			return `<pre>` + ansiHTML(s) + "</pre>", nil
		}
		alt, _ := data["text/plain"].(string)
		if alt == placeholder(data) {
			alt = ""
		}
		return fmt.Sprintf(`<img src="data:%s;base64,%s"%s alt="%s">`, media, html.EscapeString(strings.Join(strings.Fields(s), "")),
			o.size(media), html.EscapeString(stripANSI(alt))), nil
	}
	if len(data) == 0 {
		return "", nil
	}
	return `<p class="note">Open the notebook in JupyterLab to see this output: ` + html.EscapeString(strings.Trim(placeholder(data), "[]")) + ".</p>", nil
}

// size gives the attributes width and height from an output's metadata, in CSS pixels: a picture
// of double density is shown at half its size.
func (o CellOutput) size(media string) string {
	metadata, _ := o["metadata"].(map[string]any)
	if m, ok := metadata[media].(map[string]any); ok {
		metadata = m
	}
	attributes := ""
	for _, key := range []string{"width", "height"} {
		if n, ok := metadata[key].(json.Number); ok {
			attributes += fmt.Sprintf(` %s="%s"`, key, html.EscapeString(n.String()))
		}
	}
	return attributes
}

var svgProlog = regexp.MustCompile(`(?s)^\s*(?:<\?xml.*?\?>|<!DOCTYPE[^>\[]*(?:\[[^\]]*\])?[^>]*>|<!--.*?-->|\s+)*`)

// svgElement removes what may come before the element in a file but not in a page.
func svgElement(s string) string { return s[len(svgProlog.FindString(s)):] }

// katexParts is what a page with formulas carries.
type katexParts struct{ css, js, licence string }

var fontSource = regexp.MustCompile(`url\(fonts/([\w-]+\.woff2)\) format\("woff2"\)(?:,url\([^)]*\) format\("[a-z]+"\))*`)

// katex prepares the parts once: fonts go into the style sheet.
var katex = sync.OnceValue(func() katexParts {
	read := func(name string) string {
		raw, err := katexFiles.ReadFile("katex/" + name)
		if err != nil {
			panic("notebook: " + err.Error()) // embedded above
		}
		return string(raw)
	}
	css := fontSource.ReplaceAllStringFunc(read("katex.min.css"), func(s string) string {
		font := read("fonts/" + fontSource.FindStringSubmatch(s)[1])
		return "url(data:font/woff2;base64," + base64.StdEncoding.EncodeToString([]byte(font)) + `) format("woff2")`
	})
	return katexParts{css, strings.TrimSpace(read("katex.min.js")), strings.TrimSpace(read("LICENSE")) + "\n"}
})
