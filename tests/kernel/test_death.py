"""A worker that dies: its reason is told, lost variables are named, the next cell works."""

import pytest

DEATHS = {
    "segmentation fault": ("syscall.Kill(os.Getpid(), syscall.SIGSEGV)\ntime.Sleep(10 * time.Second)", ("segmentation", "SIGSEGV")),
    "killed": ("syscall.Kill(os.Getpid(), syscall.SIGKILL)\ntime.Sleep(10 * time.Second)", ("killed", "SIGKILL")),
    "abort": ("syscall.Kill(os.Getpid(), syscall.SIGABRT)\ntime.Sleep(10 * time.Second)", ("abort", "SIGABRT")),
    "stack overflow": ("var deeper func(n int) int\ndeeper = func(n int) int { return deeper(n+1) + 1 }\ndeeper(0)", ("stack",)),
    "exit in a library": ("syscall.Exit(3)", ("exit", "3")),
    "concurrent map writes": ("m := map[int]int{}\nfor range 8 { go func() { for i := 0; ; i++ { m[i%10] = i } }() }\ntime.Sleep(10 * time.Second)", ("concurrent map",)),
}


@pytest.mark.parametrize("name", DEATHS)
def test_death(k, name):
    code, words = DEATHS[name]
    k.ok('precious := 1\nothers := "x"')
    ran = k.run(code, timeout=120)
    assert ran.status == "error", ran.kinds
    assert ran.kinds.count("error") == 1
    trace = ran.trace
    assert any(w.lower() in trace.lower() for w in words), trace
    for lost in ("precious", "others"):
        assert lost in trace, f"lost variable {lost} is not named:\n{trace}"
    assert "goroutine " not in ran.stream("stderr"), "the runtime's own text belongs into no stream"
    assert k.ok("1 + 1").value == "2"
    assert k.run("precious").status == "error"
    k.ok("precious := 2")
    assert k.ok("precious").value == "2"


def test_death_between_cells(k):
    k.ok("here := 1\ngo func() { time.Sleep(300 * time.Millisecond); syscall.Kill(os.Getpid(), syscall.SIGKILL) }()")
    import time

    time.sleep(1)
    k.quiet()
    ran = k.run("here")
    # Either way the user learns it: the next cell says what is lost, or fails by name.
    assert "here" in ran.trace + ran.stream("stderr")
    assert k.ok("2").value == "2"
