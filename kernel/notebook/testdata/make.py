"""Writes notebooks of this folder with Jupyter's own library, so that our layout can be compared.

Made with nbformat 5.11.1 (pip install nbformat==5.11.1). IDs and values are fixed: making them again
changes nothing unless Jupyter's layout does.
"""
import os

import nbformat
from nbformat.v4 import (new_code_cell, new_markdown_cell, new_notebook, new_output, new_raw_cell)

os.chdir(os.path.dirname(os.path.abspath(__file__)))
PIXEL = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==")


def write(name, nb):
    nbformat.validate(nb)
    nbformat.write(nb, name)


cells = [
    new_markdown_cell("# Title ünïcode ✓ 🧠\n\ntext <b>&amp;</b>", id="a-1", attachments={"p.png": {"image/png": PIXEL}}),
    new_code_cell("x := 1\nfmt.Println(x)\n", id="b_2", execution_count=1, metadata={"tags": ["one"], "scrolled": True, "collapsed": False}, outputs=[
        new_output("stream", name="stdout", text="1\nno newline\rover\x0bv\x0cf\x1cg\x85n\u2028l\u2029p \x7f \x00\x1b[31mred\x1b[0m"),
        new_output("stream", name="stderr", text="warning\n"),
        new_output("display_data", data={"text/plain": "<figure>", "image/png": PIXEL + "\n", "text/html": "<b>\n</b>\n",
                                         "image/svg+xml": "<svg>\n</svg>", "application/javascript": "1;\n2;",
                                         "application/json": {"b": [1, 2.5, None, True, "s"], "a": {}, "l": ["x\n", "y"]},
                                         "application/vnd.vegalite.v5+json": {"mark": "bar"}},
                   metadata={"image/png": {"width": 12, "height": 3.5}}),
        new_output("execute_result", data={"text/plain": "2\n3"}, execution_count=1),
        new_output("error", ename="E", evalue="bad\nvery", traceback=["\x1b[0;31mbad\x1b[0m", "line\nline"]),
    ]),
    new_raw_cell("raw\n\n", id="c3", metadata={"format": "text/html"}),
    new_code_cell("", id="d4"),
    new_markdown_cell("", id="e5"),
]
write("jupyter.ipynb", new_notebook(cells=cells, metadata={
    "kernelspec": {"name": "go", "display_name": "Go", "language": "go"},
    "zulu": {"nested": [[], {}, [1, [2]], "\"quoted\" \\ / \t"]}, "alpha": 1e-7, "title": "x"}))
write("empty.ipynb", new_notebook())

# A notebook with everything that a page can show; small, since its page is kept as a golden file.
PAGE = [
    new_markdown_cell("# Bar *learning*\n\nA [link](#Model-overview), another [notebook](other.ipynb#Part), `code`, ~~old~~ and https://example.org.\n\n"
                      "| unit | value |\n|:---|---:|\n| $\\tau$ | 10 ms |\n| rate | **5** Hz |\n\n- [x] done\n- [ ] open\n\n"
                      "![dot](attachment:dot.png) and ![file](dot.gif) and <img src=\"nosuch.png\">", id="m1",
                      attachments={"dot.png": {"image/png": PIXEL}}),
    new_markdown_cell("## Model overview\n\nThe rate $r_i$ follows $\\tau \\frac{dr_i}{dt} + r_i = \\sum_j w_{ij} r_j$; it costs \\$5 and `$not$` math.\n\n"
                      "$$\n\\tau \\frac{dw}{dt}\n= r_{pre} \\, r_{post}\n- \\alpha \\, r_{post}^2 \\, w < 1\n$$\n\n"
                      "\\begin{align}\na &= b \\\\\n+ c &= d\n\\end{align}\n\n> quoted $$x^2$$ here\n\n"
                      "```go\nfor i := range 3 { fmt.Println(\"<\", i) }\n```\n\n```\nplain <text> $x$\n```", id="m2"),
    new_code_cell("%help\n!ls -l 'a\n// comment <1>\nfunc add(x, y int) (s float64) {\n\ts = float64(x) + 1.5e3 // half\n\treturn s\n}\nif a != b && !c { println(`raw\n%string`, 'x', \"text\\n\", nil) }",
                  id="c1", execution_count=1, outputs=[
        new_output("stream", name="stdout", text="plain \x1b[1;31mbold red\x1b[0m \x1b[38;5;208morange\x1b[39m \x1b[48;2;200;230;255mback\x1b[0m \x1b[7minverse\x1b[27m <&>\x1b[2K\n"),
        new_output("stream", name="stderr", text="a warning\n"),
        new_output("display_data", data={"text/plain": "a \"dot\"", "image/png": PIXEL}, metadata={"image/png": {"width": 40, "height": 40}}),
        new_output("display_data", data={"text/plain": "svg", "image/svg+xml": "<?xml version=\"1.0\"?>\n<!DOCTYPE svg PUBLIC \"a\" \"b\">\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"60\" height=\"20\"><circle cx=\"10\" cy=\"10\" r=\"8\" fill=\"teal\"/></svg>"}),
        new_output("display_data", data={"text/plain": "t", "text/html": "<table><tr><th>name</th><td>1</td></tr></table>"}),
        new_output("display_data", data={"text/plain": "l", "text/latex": "$\\displaystyle \\int_0^1 x\\,dx$"}),
        new_output("display_data", data={"text/plain": "m", "text/markdown": "**bold** and $x$"}),
        new_output("display_data", data={"text/plain": "[application/json]", "application/json": {"k": [1, "<"]}}),
        new_output("display_data", data={"text/plain": "[application/vnd.vegalite.v5+json]", "application/vnd.vegalite.v5+json": {"mark": "bar"}}),
        new_output("display_data", data={"text/plain": "[image/png]", "image/png": PIXEL}, metadata={"width": 20}),
        new_output("execute_result", data={"text/plain": "[1 2 3]"}, execution_count=1)]),
    new_code_cell("w := net.Weigth(3)", id="c2", execution_count=2, outputs=[
        new_output("error", ename="CompileError", evalue="net.Weigth undefined", traceback=[
            "\x1b[1;31mCell [2], line 1:\x1b[0m net.Weigth undefined", "    w := net.Weigth(3)\n             \x1b[31m^\x1b[0m"])]),
    new_code_cell("", id="c3"),
    new_raw_cell("raw <text>", id="r1"),
    new_raw_cell("<hr>", id="r2", metadata={"format": "text/html"}),
]
write("page.ipynb", new_notebook(cells=PAGE, metadata={
    "kernelspec": {"name": "spikebook", "display_name": "Go (Spikebook)", "language": "go"}}))
