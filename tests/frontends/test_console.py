"""jupyter console in a terminal: the prompt goes on while a brace is open, results have their number, Ctrl-C and Ctrl-D work."""

import io
import os
import sys

import pexpect


def test_a_session(tmp_path):
    env = dict(os.environ, PROMPT_TOOLKIT_NO_CPR="1", TERM="xterm")  # no answers of a terminal to wait for
    console = pexpect.spawn(sys.executable, ["-m", "jupyter_console", "--kernel", "spikebook"],
                            encoding="utf8", timeout=90, env=env, cwd=str(tmp_path), dimensions=(50, 120))

    console.logfile_read = screen = io.StringIO()

    def prompt(n):
        console.expect(rf"In \[\S*?{n}\x1b")
        console.expect(r"\x1b\[\?25h")  # the cursor is there

    console.expect("Variables live from cell to cell")
    prompt(1)
    console.send("x := 40\r")
    prompt(2)
    console.send("func twice(n int) int {\r")
    console.expect(r"\.\.\.: ")
    console.send("return 2 * n }\r")
    prompt(3)
    console.send("twice(x) + 2\r")
    console.expect(r"Out\[.*82")
    prompt(4)
    console.send('fmt.Println("sta" + "rted"); select {}\r')
    console.expect("started\r")
    console.sendintr()
    console.expect("Interrupted")
    prompt(5)
    console.send("x\r")
    console.expect(r"Out\[.*40")
    prompt(6)
    console.send("\x04")
    console.expect("really want to exit")
    console.send("y\r")
    console.expect(pexpect.EOF)
    assert "[spikebook" not in screen.getvalue(), "the kernel's log is on the screen"
