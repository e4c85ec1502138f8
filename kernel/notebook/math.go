package notebook

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// mathematics is a goldmark extension for formulas as Jupyter has them: $…$ within a line, $$…$$ and
// \begin{…}…\end{…} set apart. A formula ends before an empty line; braces in it are balanced, \$ is a
// dollar sign. It comes out as its own source, delimiters included, in an element of class "math",
// which a script of the page replaces by the drawn formula.
type mathematics struct{}

func (mathematics) Extend(m goldmark.Markdown) {
	m.Parser().AddOptions(
		// Before emphasis (500), links (200) and raw HTML (400), beside code spans (100).
		parser.WithInlineParsers(util.Prioritized(inlineMath{}, 150)),
		// Before lists, headings and paragraphs, after fenced code (700 counts last).
		parser.WithBlockParsers(util.Prioritized(blockMath{}, 90)),
	)
	m.Renderer().AddOptions(renderer.WithNodeRenderers(util.Prioritized(mathRenderer{}, 100)))
}

var (
	kindInlineMath = ast.NewNodeKind("InlineMath")
	kindBlockMath  = ast.NewNodeKind("BlockMath")
)

type inlineMathNode struct {
	ast.BaseInline
	tex string // with delimiters
}

func (n *inlineMathNode) Kind() ast.NodeKind { return kindInlineMath }
func (n *inlineMathNode) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, map[string]string{"tex": n.tex}, nil)
}

type blockMathNode struct {
	ast.BaseBlock
	end string // what closes it
}

func (n *blockMathNode) Kind() ast.NodeKind { return kindBlockMath }
func (n *blockMathNode) IsRaw() bool        { return true }
func (n *blockMathNode) Dump(source []byte, level int) {
	ast.DumpHelper(n, source, level, nil, nil)
}

// inlineMath finds formulas in the text of paragraphs, headings and table cells.
type inlineMath struct{}

func (inlineMath) Trigger() []byte { return []byte{'$'} }

func (inlineMath) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, position := block.Position()
	first, _ := block.PeekLine()
	mark := "$"
	if bytes.HasPrefix(first, []byte("$$")) {
		mark = "$$"
	}
	block.Advance(len(mark))
	tex := strings.Builder{}
	tex.WriteString(mark)
	depth := 0
	for {
		rest, _ := block.PeekLine()
		if rest == nil {
			block.SetPosition(line, position)
			return nil
		}
		for i := 0; i < len(rest); i++ {
			switch c := rest[i]; {
			case c == '\\':
				i++
			case c == '{':
				depth++
			case c == '}':
				depth--
			case depth <= 0 && bytes.HasPrefix(rest[i:], []byte(mark)):
				tex.Write(rest[:i])
				if strings.TrimSpace(tex.String()[len(mark):]) == "" {
					block.SetPosition(line, position)
					return nil
				}
				tex.WriteString(mark)
				block.Advance(i + len(mark))
				return &inlineMathNode{tex: tex.String()}
			}
		}
		tex.Write(rest)
		block.AdvanceLine()
	}
}

// blockMath finds formulas that stand alone on their lines, where a line of the formula could
// else begin a list or a heading.
type blockMath struct{}

func (blockMath) Trigger() []byte { return []byte{'$', '\\'} }

var (
	environment = regexp.MustCompile(`^\\begin\{([a-zA-Z]+\*?)\}`)
	emptyLine   = regexp.MustCompile(`\n[ \t]*\n`)
)

func (blockMath) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	at := pc.BlockOffset()
	if at < 0 || at >= len(line) {
		return nil, parser.NoChildren
	}
	begin, end := "$$", "$$"
	if m := environment.FindSubmatch(line[at:]); m != nil {
		begin, end = string(m[0]), `\end{`+string(m[1])+"}"
	} else if !bytes.HasPrefix(line[at:], []byte("$$")) {
		return nil, parser.NoChildren
	}
	// The end must come before an empty line and close its line; else this is text with formulas in it.
	body := reader.Source()[min(segment.Start+at-segment.Padding+len(begin), len(reader.Source())):]
	if m := emptyLine.FindIndex(body); m != nil {
		body = body[:m[0]]
	}
	closing := bytes.Index(body, []byte(end))
	if closing < 0 || strings.TrimSpace(string(body[:closing])) == "" {
		return nil, parser.NoChildren
	}
	behind, _, _ := strings.Cut(string(body[closing+len(end):]), "\n")
	if strings.TrimSpace(behind) != "" {
		return nil, parser.NoChildren
	}
	node := &blockMathNode{end: end}
	node.Lines().Append(segment)
	advance(reader, line)
	if bytes.Contains(line[at+len(begin):], []byte(end)) {
		return node, parser.Close | parser.NoChildren
	}
	return node, parser.NoChildren
}

func (blockMath) Continue(n ast.Node, reader text.Reader, _ parser.Context) parser.State {
	node := n.(*blockMathNode)
	line, segment := reader.PeekLine()
	if len(bytes.TrimSpace(line)) == 0 {
		return parser.Close
	}
	node.Lines().Append(segment)
	advance(reader, line)
	if bytes.Contains(line, []byte(node.end)) {
		return parser.Close
	}
	return parser.Continue | parser.NoChildren
}

// advance goes to the end of a line, before its newline.
func advance(reader text.Reader, line []byte) {
	reader.Advance(len(bytes.TrimSuffix(line, []byte("\n"))))
}

func (blockMath) Close(ast.Node, text.Reader, parser.Context) {}
func (blockMath) CanInterruptParagraph() bool                 { return true }
func (blockMath) CanAcceptIndentedLine() bool                 { return false }

type mathRenderer struct{}

func (mathRenderer) RegisterFuncs(r renderer.NodeRendererFuncRegisterer) {
	r.Register(kindInlineMath, func(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			w.WriteString(mathHTML("span", n.(*inlineMathNode).tex))
		}
		return ast.WalkSkipChildren, nil
	})
	r.Register(kindBlockMath, func(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			w.WriteString(mathHTML("div", strings.TrimSpace(string(n.Lines().Value(source)))) + "\n")
		}
		return ast.WalkContinue, nil
	})
}
