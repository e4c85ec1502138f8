"""The stop button: the cell ends, the variables stay, the next cell works."""

import os
import signal
import time

import pytest

SHAPES = {
    "tight loop": "for { }",
    "arithmetic": "sum := 0\nfor i := 0; ; i++ { sum += i * i }",
    "allocation": "var keep []int\nfor { keep = append(keep[:0:0], make([]int, 1000)...) }\n_ = keep",
    "map": "m := map[int]int{}\nfor i := 0; ; i++ { m[i%1000]++ }",
    "sort": "for { v := rand.Perm(1000); sort.Ints(v) }",
    "nested function": "inner := func() { for { } }\nfunc() { inner() }()",
    "top-level function": "func spin() { for i := 0; ; i++ { _ = i } }\nspin()",
    "method": "type wheel struct{ n int }\nfunc (w *wheel) turn() { for { w.n++ } }\n(&wheel{}).turn()",
    "recursion": "var down func(n int) int\ndown = func(n int) int { if n == 0 { return 0 }; return down(n-1) + down(n-1) }\ndown(60)",
    "labelled loop": "outer:\nfor { for { continue outer } }",
    "sleep": "time.Sleep(time.Hour)",
    "channel": "<-make(chan int)",
    "select": "select { }",
    "printing": 'for i := 0; ; i++ { fmt.Println("line", i) }',
}


@pytest.mark.parametrize("name", SHAPES)
def test_interrupt(k, name):
    k.ok('sentinel := "intact"')
    request = k.begin('fmt.Println("started")\n' + SHAPES[name])
    time.sleep(0.05)
    begin = time.perf_counter()
    k.interrupt()
    ran = k.wait(request, timeout=15)
    seconds = time.perf_counter() - begin
    print(f"{name}: {1000 * seconds:.0f} ms")
    assert ran.status == "error" and ran.reply["content"]["ename"] == "Interrupted", ran.reply["content"]
    assert "intact" in k.ok("sentinel").value


def test_interrupt_of_a_simulation(k):
    k.ok('''sentinel := "intact"
leaky := snn.Rate("tau*dr/dt + r = sum(exc)", snn.P{"tau": 10})
net := snn.New("long")
in := net.Input("in", 100)
pop := net.Population("pop", leaky, 100)
net.Connect(in, pop, snn.AllToAll()).Weight(0.1)
sim := snn.Must(net.Build())''', timeout=120)
    request = k.begin('fmt.Println("started")\nsim.Run(1e9 * snn.Millisecond)')
    time.sleep(0.2)
    begin = time.perf_counter()
    k.interrupt()
    ran = k.wait(request, timeout=15)
    print(f"simulation: {1000 * (time.perf_counter() - begin):.0f} ms")
    assert ran.status == "error" and ran.reply["content"]["ename"] == "Interrupted", ran.trace
    assert "intact" in k.ok("sentinel").value


def test_interrupt_by_signal(k):
    k.ok("sentinel := 4")
    request = k.begin('fmt.Println("started")\nfor { }')
    os.kill(k.pid, signal.SIGINT)
    assert k.wait(request, timeout=15).reply["content"]["ename"] == "Interrupted"
    assert k.ok("sentinel").value == "4"


def test_interrupt_aborts_what_waits(k):
    k.ok("waited := 0")
    running = k.begin('fmt.Println("started")\nfor { }')
    waiting = k.send("waited = 1")
    time.sleep(0.1)
    k.interrupt()
    assert k.wait(running).reply["content"]["ename"] == "Interrupted"
    assert k.wait(waiting).status == "aborted"
    assert k.ok("waited").value == "0"


def test_interrupt_when_idle_does_nothing(k):
    k.ok("1")
    k.interrupt()
    time.sleep(0.2)
    k.quiet()
    assert k.ok("2").value == "2"


def test_many_interrupts_at_odd_moments(k):
    """Also while the cell is still being compiled."""
    k.ok("sentinel := 9")
    for i in range(12):
        request = k.send(f'_ = {i}\nfor {{ }}')
        time.sleep(0.02 + 0.03 * i)
        k.interrupt()
        ran = k.wait(request, timeout=15)
        assert ran.reply["content"]["ename"] == "Interrupted", ran.trace
    assert k.ok("sentinel").value == "9"
