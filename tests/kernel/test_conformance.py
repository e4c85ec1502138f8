"""The conformance suite of the Jupyter project, jupyter_kernel_test, with every switch on."""

import os

import jupyter_kernel_test
import pytest


@pytest.fixture(scope="module", autouse=True)
def installed(kernels):
    """The suite finds the kernel by name in JUPYTER_PATH."""
    folder = os.path.dirname(kernels.kernel_dirs[0])
    before = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = folder
    history = os.environ["SPIKEBOOK_HISTORY"]
    os.environ["SPIKEBOOK_HISTORY"] = history + ".conformance"  # searches count what other tests have run
    yield
    os.environ["SPIKEBOOK_HISTORY"] = history
    if before is None:
        del os.environ["JUPYTER_PATH"]
    else:
        os.environ["JUPYTER_PATH"] = before


class TestSpikebook(jupyter_kernel_test.KernelTests):
    kernel_name = "spikebook"
    language_name = "go"
    file_extension = ".go"

    code_hello_world = 'fmt.Println("hello, world")'
    code_stderr = 'fmt.Fprintln(os.Stderr, "test")'
    completion_samples = [
        {"text": "strings.HasPre", "matches": {"strings.HasPrefix"}},
        {"text": "fmt.Printl", "matches": {"fmt.Println"}},
        {"text": "math.MaxInt1", "matches": {"math.MaxInt16"}},
    ]
    complete_code_samples = ["1", 'fmt.Println("hello, world")', "func f(x int) int {\n\treturn x * 2\n}", "x := []int{1, 2}", "!ls", "%help"]
    incomplete_code_samples = ["func f(x int) int {", 'fmt.Println("a",', "s := `abc ", "x := 1 +", "for i := range 3 {\n\tfmt.Println(i)", "/* open"]
    invalid_code_samples = ["func = 7q", "x := )", "import 3"]
    code_page_something = "strings.Fields?"
    code_generate_error = 'panic("boom")'
    code_execute_result = [
        {"code": "1+2+3", "result": "6"},
        {"code": "[]int{1, 4, 9}", "result": "[1 4 9]"},
        {"code": '"a" + "b"', "result": "ab"},
        {"code": "math.Sqrt(2) > 1.4", "result": "true"},
        {"code": 'import "github.com/spikebook/spikebook/display"\ndisplay.Line([]float64{1, 2}, []float64{3, 4})', "mime": "image/png"},
    ]
    code_display_data = [
        {"code": 'import "github.com/janpfeifer/gonb/gonbui"\ngonbui.DisplayHTML("<b>x</b>")', "mime": "text/html"},
        {"code": 'import "github.com/janpfeifer/gonb/gonbui"\ngonbui.DisplayMarkdown("*x*")', "mime": "text/markdown"},
        *({"code": f'import "github.com/spikebook/spikebook/display/cell"\ncell.Display(map[string]any{{"{mime}": {value}, "text/plain": "x"}}, nil);', "mime": mime} for mime, value in [
            ("text/latex", '"$x$"'), ("image/png", "[]byte{1, 2}"), ("image/svg+xml", '"<svg/>"'), ("application/json", "map[string]int{\"a\": 1}")]),
    ]
    code_history_pattern = "1?2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "fmt.Println"
    code_clear_output = 'import "github.com/spikebook/spikebook/display/cell"\ncell.Clear(false)'

    def test_more_errors(self):
        for code in ("undefinedName", "var e error; _ = e.Error()"):
            with self.subTest(code=code):
                self.code_generate_error = code
                self.test_error()

    def test_names_of_the_notebook(self):
        self.execute_helper(code="longVariableName := 5")
        self.completion_samples = [{"text": "longVariableN", "matches": {"longVariableName"}}]
        self.test_completion()
        self.execute_helper(code="type longTypeName struct{ field int }")
        for self.code_inspect_sample in ("longVariableName", "longTypeName"):
            self.test_inspect()


class TestWelcome(jupyter_kernel_test.IopubWelcomeTests):
    kernel_name = "spikebook"
    support_iopub_welcome = True


