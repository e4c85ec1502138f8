"""Faults of the machine: a full disk, files from the future, a linker that goes, kernels that are killed, two in one cache.

Nothing hangs, nothing is lost but what is named, and the next cell works."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import pytest


def test_standard_error_has_warnings_only(start, tmp_path):
    for log, wanted in (("", False), ("stderr", True), (str(tmp_path / "log"), True)):
        with open(tmp_path / "stderr", "w+") as errors:
            k = start(stderr=errors, env={"SPIKEBOOK_LOG": log})
            assert k.ok("40 + 2").value == "42"
            k.stop()
            errors.seek(0)
            said = errors.read()
        if log not in ("", "stderr"):
            assert said == ""
            said = pathlib.Path(log).read_text()
        assert ("worker" in said and "started" in said) == wanted, said
        assert wanted or said == ""


def namespace():
    """The command line under which a process may mount, or None where the system allows nobody to."""
    for command in (["unshare", "-m"], ["unshare", "-rm"]):
        if shutil.which("unshare") and subprocess.run([*command, "mount", "-t", "tmpfs", "-o", "size=1m", "none", "/mnt"], capture_output=True).returncode == 0:
            return command
    return None


@pytest.fixture
def small(kernels, binary, tmp_path):
    """Installs kernels whose folder of temporary files, or cache, is a small disk."""
    command = namespace()
    if command is None:
        pytest.skip("this system lets nobody mount a small disk")

    def install(name, variable, size):
        disk = tmp_path / "disk"
        disk.mkdir()
        spec = pathlib.Path(kernels.kernel_dirs[0]) / name
        spec.mkdir(exist_ok=True)
        script = f"mount -t tmpfs -o size={size} none '{disk}' && exec '{binary}' kernel --connection-file \"$1\""
        (spec / "kernel.json").write_text(json.dumps({"argv": [*command, "sh", "-c", script, "sh", "{connection_file}"], "display_name": name,
                                                      "language": "go", "interrupt_mode": "message", "env": {variable: str(disk)}}))
        return name

    return install


def test_a_full_disk(start, small):
    k = start(name=small("small-tmp", "TMPDIR", "24m"))
    k.ok('kept := []int{1, 2, 3}\nfunc sum(xs []int) (s int) { for _, x := range xs { s += x }; return }')
    assert k.ok("sum(kept)").value == "6"
    k.ok("!head -c 100m /dev/zero > $TMPDIR/fill; true")
    for _ in range(2):
        ran = k.run("sum(kept) * 7", timeout=60)
        assert ran.status == "error" and "no space left on device" in ran.trace and "TMPDIR" in ran.trace, ran.trace
    assert k.ok("sum(kept)").value == "6", "a cell that is loaded needs no disk"
    k.ok("!rm $TMPDIR/fill")
    assert k.ok("sum(kept) * 7").value == "42", "nothing was lost"


def test_a_disk_that_is_full_of_output(start, small):
    k = start(name=small("small-tmp", "TMPDIR", "24m"))
    k.ok("kept := 1")
    k.ok("!head -c 100m /dev/zero > $TMPDIR/fill; true")
    ran = k.run("!seq 2000000", timeout=120)  # a flood that is to be saved to a file
    assert ran.status == "ok" and "2000000" in ran.stream(), "the end of a flood is always shown"
    assert "could be saved" in ran.stream() and "no space left" in ran.stream()
    k.ok("!rm $TMPDIR/fill")
    assert k.ok("kept").value == "1"


def test_a_cache_on_a_full_disk(start, small):
    k = start(name=small("small-cache", "SPIKEBOOK_CACHE", "3m"))
    for _ in range(2):
        ran = k.run("1 + 1", timeout=120)
        assert ran.status == "error" and "no space left on device" in ran.trace, ran.trace
    assert k.run("").status == "ok"


def test_a_linker_that_goes(start, tmp_path):
    tools = tmp_path / "tools"
    tools.mkdir()
    for folder in reversed(os.environ["PATH"].split(os.pathsep)):
        for tool in pathlib.Path(folder).glob("*") if os.path.isdir(folder) else ():
            if not tool.is_dir():
                link = tools / tool.name
                link.unlink(missing_ok=True)
                link.symlink_to(tool.resolve())
    k = start(env={"PATH": str(tools)})
    k.ok("kept := 20")
    away = tmp_path / "away"
    tools.rename(away)
    ran = k.run("kept + 1", timeout=60)
    away.rename(tools)
    # It may be that what was found at the start does not need the PATH.
    assert ran.status == "ok" or "linker" in ran.trace or "not found" in ran.trace or "no such file" in ran.trace, ran.trace
    assert k.ok("kept + 2").value == "22"


def test_files_from_the_future_and_the_past(start, tmp_path):
    (tmp_path / "go.mod").write_text("module example.com/mine\n\ngo 1.24\n")
    (tmp_path / "calc").mkdir()
    source = tmp_path / "calc" / "calc.go"

    def write(value, when):
        source.write_text(f"package calc\n\nfunc Value() int {{ return {value} }}\n")
        os.utime(source, (when, when))

    now = time.time()
    write(1, now + 1e9)
    k = start(cwd=tmp_path)
    assert k.ok('import "example.com/mine/calc"\ncalc.Value()').value == "1"
    write(2, now - 1e9)
    assert k.ok("calc.Value() // now").value == "2"
    write(3, now + 2e9)
    assert k.ok("calc.Value() // then").value == "3"


def test_two_kernels_share_a_cache(start):
    pair = [start(), start()]
    for i in range(8):
        requests = [k.send(f"v{i} := {i} + {j}00\nv{i}") for j, k in enumerate(pair)]
        for j, (k, request) in enumerate(zip(pair, requests)):
            assert k.wait(request).value == str(i + 100 * j)
        if i == 5:  # one is killed while it compiles
            request = pair[1].send("a := 1\n_ = template.New\na")
            time.sleep(0.05)
            pair[1].manager.provisioner.process.send_signal(signal.SIGKILL)
            pair[1].stop()
            pair[1] = start()
    assert pair[0].ok("_ = template.New\nv0 + v7").value == "7"


def test_what_killed_kernels_leave_is_removed(start, tmp_path):
    env = {"TMPDIR": str(tmp_path)}

    def left():
        return sorted(p.name for kind in ("cells", "worker") for p in tmp_path.glob(f"spikebook-{kind}-*"))

    k = start(env=env)
    k.ok("kept := 1")
    other = start(env=env)
    other.ok("kept := 2")
    held = left()
    assert len(held) == 4
    k.manager.provisioner.process.send_signal(signal.SIGKILL)
    k.stop()
    hour = time.time() - 3600
    for name in held:
        os.utime(tmp_path / name, (hour, hour))
    third = start(env=env)
    third.ok("kept := 3")
    for _ in range(50):
        now = left()
        if len([n for n in now if n in held]) == 2:
            break
        time.sleep(0.1)
    assert len([n for n in now if n in held]) == 2 and len(now) == 4, f"{held} became {now}"
    assert other.ok("kept + 40").value == "42", "a kernel that lives keeps its own"
