"""Output: complete, in order, under the right cell, below the server's limits."""

import os
import pathlib
import re
import time


def test_hundred_thousand_lines(k):
    ran = k.ok('for i := range 100000 {\n\tfmt.Println("line", i)\n}', timeout=120)
    lines = ran.stream().splitlines()
    assert len(lines) == 100000
    assert all(line == f"line {i}" for i, line in enumerate(lines))
    # Far fewer messages than lines: a server cuts off above 1000 a second.
    streams = ran.of("stream")
    assert len(streams) < 3000, len(streams)
    print(f"{len(streams)} messages, {ran.seconds:.1f} s")


def test_first_stream_is_whole(k):
    assert k.ok('fmt.Println("hello, world")').of("stream") == [{"name": "stdout", "text": "hello, world\n"}]


def test_stderr_is_apart(k):
    ran = k.ok('fmt.Fprintln(os.Stderr, "complaint")\nfmt.Println("result")')
    assert ran.stream("stderr") == "complaint\n" and ran.stream() == "result\n"


def test_print_and_display_in_order(k):
    ran = k.ok('''import "github.com/janpfeifer/gonb/gonbui"
for i := range 20 {
	fmt.Println("print", i)
	gonbui.DisplayMarkdown(fmt.Sprint("*display* ", i))
	gonbui.Sync()
}''')
    sequence = []
    for m in ran.published:
        if m["msg_type"] == "stream":
            sequence += m["content"]["text"].split("\n")[:-1]
        elif m["msg_type"] == "display_data":
            sequence.append(m["content"]["data"]["text/markdown"])
    assert sequence == [s for i in range(20) for s in (f"print {i}", f"*display* {i}")]


def test_update_display(k):
    ran = k.ok('''import "github.com/janpfeifer/gonb/gonbui"
id := gonbui.UniqueId()
gonbui.UpdateHtml(id, "one")
gonbui.UpdateHtml(id, "two")
gonbui.Sync()''')
    kinds = [m["msg_type"] for m in ran.published if m["msg_type"].endswith("display_data")]
    assert kinds == ["display_data", "update_display_data"]
    ids = {c["transient"]["display_id"] for c in ran.of("display_data", "update_display_data")}
    assert len(ids) == 1


def test_split_utf8(k):
    ran = k.ok('for _, b := range []byte("größe 😀 Ꮳ\\n") {\n\tos.Stdout.Write([]byte{b})\n\ttime.Sleep(time.Millisecond)\n}')
    assert ran.stream() == "größe 😀 Ꮳ\n"
    assert all("\ufffd" not in c["text"] for c in ran.of("stream"))


def test_carriage_returns_are_kept(k):
    assert k.ok('fmt.Print("10%\\r20%\\r30%\\n")').stream() == "10%\r20%\r30%\n"


def test_background_output_goes_to_its_cell(k):
    ran = k.ok('go func() { time.Sleep(300 * time.Millisecond); fmt.Println("late") }()')
    request = ran.reply["parent_header"]["msg_id"]
    m = k.client.get_iopub_msg(timeout=5)
    assert m["msg_type"] == "stream" and m["content"]["text"] == "late\n"
    assert m["parent_header"]["msg_id"] == request


def test_child_processes_are_captured(k):
    assert k.ok('c := exec.Command("echo", "from a child")\nc.Stdout = os.Stdout\nc.Run()').stream() == "from a child\n"


def test_reading_standard_input_that_nobody_gives_ends_at_once(k):
    begin = time.perf_counter()
    ran = k.run('var s string\nn, err := fmt.Scan(&s)\nfmt.Println(n, err)', allow_stdin=False)
    assert ran.stream().startswith("0 "), ran.stream()
    assert time.perf_counter() - begin < 10


def test_nothing_is_published_between_requests(k):
    k.ok('fmt.Println("a")')
    time.sleep(0.3)
    k.ok("1")
    import queue

    import pytest

    with pytest.raises(queue.Empty):
        k.client.get_iopub_msg(timeout=0.5)


def test_a_flood_stays_below_the_limits(k):
    """Over 3 s windows: at most 1000 messages and 1 MB a second."""
    ran = k.ok('s := strings.Repeat("x", 1000)\nfor range 20000 {\n\tfmt.Println(s)\n}', timeout=180)
    when = [(m["header"]["date"].timestamp(), len(m["content"]["text"])) for m in ran.published if m["msg_type"] == "stream"]
    for i, (t, _) in enumerate(when):
        window = [n for u, n in when[i:] if u - t < 3]
        assert len(window) <= 3000 and sum(window) <= 3_000_000, (len(window), sum(window))
    text = ran.stream()
    for file in re.findall(r"/\S*spikebook-output-\S*\.txt", text):
        assert pathlib.Path(file).read_text() == ("x" * 1000 + "\n") * 20000
        os.remove(file)
    assert text.startswith("x" * 1000 + "\n") and text.endswith("x" * 1000 + "\n")
