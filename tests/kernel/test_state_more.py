"""The state model over the wire: what is declared again reaches what was there before, and what a death leaves."""

import os
import re
import signal
import time

import pytest

DIE = "syscall.Kill(os.Getpid(), syscall.SIGKILL)\ntime.Sleep(10 * time.Second)"


def test_methods_in_later_cells(k):
    k.ok("type bird struct{ name string; next *bird }\nrobin := &bird{name: \"Robin\"}\nflock := map[string][]bird{\"a\": {*robin}}")
    k.ok("func (b bird) call() string { return b.name + \"!\" }")
    assert k.ok("robin.call() + flock[\"a\"][0].call()").value == "Robin!Robin!"
    k.ok("func (b *bird) rename(n string) { b.name = n }")
    assert k.ok("robin.rename(\"Bob\")\nruntime.GC()\nrobin.call()").value == "Bob!"
    k.ok("func (b bird) call() string { return b.name + \"?\" }")  # declared again
    assert k.ok("robin.call()").value == "Bob?"


def test_a_type_declared_again(k):
    k.ok("type fish struct{ size int }\nfunc weigh(f fish) int { return 2 * f.size }\nfunc all(fs ...fish) (t int) {\n\tfor _, f := range fs {\n\t\tt += weigh(f)\n\t}\n\treturn\n}")
    k.ok("carp := fish{3}")
    ran = k.ok("type fish struct{ size int `json:\"size\"` }")
    assert ran.stream("stderr") == ""
    assert k.ok("all(carp, fish{1})").value == "8"
    ran = k.ok("type fish struct{ size, age int }")
    assert re.search(r"carp keeps the former type fish .*field age is new.*Cell \[\d+\]", ran.stream("stderr")), ran.stream("stderr")
    assert k.ok("all(fish{1, 2}, fish{size: 4})").value == "10"
    ran = k.ok("type fish struct{ length int }")
    assert "weigh of Cell [" in ran.stream("stderr") and "f.size undefined" in ran.stream("stderr")
    assert "Ꞌ" not in ran.stream("stderr")


def test_a_function_declared_again_reaches_its_callers(k):
    k.ok("func inner(x int) int { return x }\nfunc outer(x int) int { return 10 * inner(x) }")
    k.ok("func far(x int) int { return outer(x) + inner(x) }")
    k.ok("func inner(x int) int { return x + 1 }")
    assert k.ok("outer(1), far(1)").value == "20, 22"
    k.ok("func inner(x int, more ...int) int { return x + 2 }")
    assert k.ok("outer(1), far(1)").value == "30, 33"
    ran = k.ok("func inner(s string) string { return s }")
    assert "outer of Cell [" in ran.stream("stderr") and "far of Cell [" in ran.stream("stderr")
    assert k.ok("outer(1), far(1)").value == "30, 33"


def test_a_cell_that_stops_defines_what_it_came_to(k):
    ran = k.run("reached := 1\nvar none []int\nmissing := none[2]\nafter := 2")
    assert ran.status == "error" and "not defined, since the cell stopped before: after, missing" in ran.trace
    assert k.ok("reached").value == "1"
    ran = k.run("after")
    assert ran.status == "error" and "stopped before" in ran.trace, ran.trace


def test_functions_and_types_survive_the_worker(k):
    k.ok("type seed struct{ n int }\nconst deep = 3\nfunc plant(s seed) string { return fmt.Sprint(s.n*deep, \" \", garden) }\ngarden := \"rose\"")
    k.ok("func (s seed) grow() seed { return seed{s.n + 1} }")
    k.ok("one := seed{1}")
    ran = k.run(DIE, timeout=120)
    assert "garden" in ran.trace and "one" in ran.trace and "%restore" in ran.trace, ran.trace
    assert k.ok("seed{4}.grow().n * deep").value == "15"
    assert k.run("one").status == "error"
    ran = k.ok("%restore")
    assert "one" in ran.stream() and "garden" in ran.stream(), ran.stream()
    assert k.ok("plant(one.grow())").value == "6 rose"


def worker_of(pid):
    """The newest child of a kernel."""
    children = open(f"/proc/{pid}/task/{pid}/children").read().split()
    tasks = os.listdir(f"/proc/{pid}/task")
    for task in tasks:
        children += open(f"/proc/{pid}/task/{task}/children").read().split()
    workers = [int(c) for c in set(children) if "worker" in os.readlink(f"/proc/{c}/exe")]
    return max(workers)


@pytest.mark.parametrize("after", [0, 0.05, 0.15, 0.4])
def test_worker_killed_at_any_stage(k, after):
    k.ok("func steady(x int) int { return 3 * x }\nkept := 1")
    request = k.send(f"stage := {after}\nfor i := range 50 {{\n\tfmt.Println(i)\n}}\ntime.Sleep(time.Second)\nsteady(1)")
    time.sleep(after)
    os.kill(worker_of(k.pid), signal.SIGKILL)
    ran = k.wait(request)
    if ran.status == "ok":  # none of its statements had run, so all of them ran in the next worker
        assert "the worker died" in ran.stream("stderr") and "kept" in ran.stream("stderr") and ran.value == "3"
        assert ran.stream() == "".join(f"{i}\n" for i in range(50))
    else:
        assert ran.kinds.count("error") == 1 and "kept" in ran.trace, ran.kinds
    assert k.ok("steady(5)").value == "15"


def test_lock_that_nobody_opens(k):
    k.ok("before := 1\nvar lock sync.Mutex")
    request = k.begin("lock.Lock()\nfmt.Println(\"started\")\nlock.Lock()")
    k.interrupt()
    ran = k.wait(request)
    assert ran.status == "error" and ran.reply["content"]["ename"] == "Interrupted"
    assert k.ok("before").value == "1"


def test_a_loggers_fatal_ends_the_cell(k):
    k.ok("here := 5\nlogger := log.New(os.Stdout, \"app \", 0)")
    ran = k.run("logger.Fatalf(\"no %d\", 1)")
    assert ran.status == "error" and ran.stream() == "app no 1\n"
    assert k.ok("here").value == "5"


def test_names_in_text_and_files(k, tmp_path):
    k.ok("type leaf struct{ width int }")
    assert k.ok('len(fmt.Sprintf("%+v", leaf{3}))').value == "9"
    k.ok(f'f, err := os.Create("{tmp_path}/leaf")\nfmt.Fprintf(f, "%+v", leaf{{3}})\nf.Close()')
    assert (tmp_path / "leaf").read_text() == "{width:3}"


def test_several_values(k):
    assert k.ok('n, s := 1, "two"\nn, s').value == "1, two"


@pytest.mark.parametrize("code, hint", [
    ("v := strconv.Atoi(\"1\")", "v, err := strconv.Atoi(…)"),
    ("func sign(x int) int {\n\tif x > 0 {\n\t\treturn 1\n\t}\n}", "return"),
    ("count := 1\nif count {\n}", "count != 0"),
    ("var table map[string]int\ntable[\"a\"] = 1", "make"),
    ("display.Interact(1)", "did you mean widget.Interact?"),
    ("var nobody *strings.Builder\nnobody.WriteString(\"x\")", "nil"),
])
def test_hints(k, code, hint):
    ran = k.run(code)
    assert ran.status == "error" and hint in ran.trace, ran.trace


def test_a_simulation_goes_on_after_a_mistake_was_shown(k):
    k.ok('net := snn.New("n"); p := net.Population("p", snn.Rate("r = t", nil), 3); sim := snn.Must(net.Build())\nsim.Run(5)')
    wrong = k.run('sim.Var(p, "r").Set([]float64{1})\nsim.Run(1)')
    assert "want 3" in wrong.trace
    k.ok("if err := sim.Run(1); err != nil {\n\tpanic(err)\n}")  # from where it was
    assert k.ok("sim.Time()").value == "6 ms"
    unseen = k.run("go func() {}()\nsim.Var(p, \"w\").Fill(2)\n1 + 1")
    assert 'no variable "w"' in unseen.trace
    again = k.run('sim.Var(p, "w").Fill(2)\n1 + 1')  # the same mistake is told again
    assert 'no variable "w"' in again.trace
    k.ok("sim.Reset()")
