package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/spikebook/spikebook/kernel/interrupt"
	"github.com/spikebook/spikebook/kernel/live"
	"github.com/spikebook/spikebook/kernel/worker/internal/ctest"
)

// openTestCell takes the place of openPlugin.
func openTestCell(file string) (cell, error) {
	name, argument, _ := strings.Cut(file, ":")
	statements, ok := testCells[name]
	if !ok {
		return cell{}, fmt.Errorf("plugin.Open(%q): no such cell", file)
	}
	return cell{load: func() {}, run: func() []any { return statements(argument) }}, nil
}

// check is what the kernel inserts at loop heads.
func check() {
	if interrupt.Requested() {
		interrupt.Panic()
	}
}

// deep recurses without end.
func deep(n int) int { return deep(n+1) + 1 }

var (
	counter  int
	ticks    int
	received = make(chan int)
	counters = map[int]int{}
)

// picture is a value whose PNG has so many bytes.
type picture int

func (p picture) PNG() []byte { return make([]byte, p) }

type moody struct{ X int }

func (moody) String() string { panic("not today") }

var testCells = map[string]func(argument string) []any{
	"count": func(string) []any { counter++; return []any{counter} },
	"value": func(string) []any { return []any{[]int{1, 4, 9}} },
	"large": func(n string) []any { size, _ := strconv.Atoi(n); return []any{picture(size)} },
	"moody": func(string) []any { return []any{moody{1}} },
	"error": func(string) []any { return live.Call("Cell [1]", 4, "").Result(strconv.Atoi("x")) },
	"lines": func(n string) []any {
		lines, _ := strconv.Atoi(n)
		for i := range lines {
			fmt.Println("line", i)
		}
		return nil
	},
	"parallel": func(n string) []any {
		lines, _ := strconv.Atoi(n)
		var wg sync.WaitGroup
		for g := range 8 {
			wg.Go(func() {
				for i := range lines {
					os.Stdout.WriteString(fmt.Sprintf("%d %d\n", g, i))
				}
			})
		}
		wg.Wait()
		return nil
	},
	"split": func(string) []any { // every byte on its own
		for _, b := range []byte("aä€😀\r\nß\x1b[31mred\x1b[0m Ꞌname\n") {
			os.Stdout.Write([]byte{b})
			time.Sleep(3 * time.Millisecond)
		}
		return nil
	},
	"displays": func(n string) []any { // as the kernel rewrites calls of gonbui: followed by Sync
		count, _ := strconv.Atoi(n)
		for i := range count {
			fmt.Println("before", i)
			gonbui.DisplayHTML(fmt.Sprintf("<b>%d</b>", i))
			gonbui.Sync()
		}
		fmt.Println("end")
		return nil
	},
	"update": func(string) []any {
		gonbui.UpdateHTML("id1", "one")
		gonbui.UpdateHTML("id1", "two")
		return nil
	},
	"picture": func(string) []any {
		gonbui.SendData(&protocol.DisplayData{
			Data:     map[protocol.MIMEType]any{"image/png": []byte{1, 2, 3}, "application/vnd.x+json": `{"a":[1,2]}`},
			Metadata: map[string]any{"image/png": map[string]any{"width": 7, "height": 8}},
		})
		gonbui.Sync()
		return nil
	},
	"panic": func(string) []any {
		counter = 100
		var xs []int
		i := 5
		return []any{xs[i]}
	},
	"nil":    func(string) []any { var p *moody; return []any{p.X} },
	"fault":  func(string) []any { return []any{faultAt(0xdead0000)} },
	"goexit": func(string) []any { runtime.Goexit(); return nil },
	"exit": func(code string) []any {
		n, _ := strconv.Atoi(code)
		live.Exit(n)
		return nil
	},
	"loop": func(string) []any {
		counter++
		for {
			check()
		}
	},
	"sleep": func(d string) []any { t, _ := time.ParseDuration(d); time.Sleep(t); return []any{"awake"} },
	"tick": func(string) []any { // waits, wakes up, looks
		for {
			check()
			time.Sleep(time.Second)
			ticks++
		}
	},
	"ticks": func(string) []any { time.Sleep(2200 * time.Millisecond); return []any{ticks} },
	"block": func(string) []any { <-received; check(); counter = -1; return nil },
	"goroutine": func(string) []any {
		var wg sync.WaitGroup
		wg.Add(1)
		go func() {
			defer wg.Done()
			defer live.Recover("Cell[3]")
			panic("in the background")
		}()
		wg.Wait()
		return nil
	},
	"background": func(string) []any {
		go func() {
			time.Sleep(100 * time.Millisecond)
			fmt.Println("late")
		}()
		return nil
	},
	"looksfatal": func(string) []any { fmt.Fprintln(os.Stderr, "panic: only a word"); return nil },
	"env": func(string) []any {
		return []any{os.Getenv("GONB_PIPE") + os.Getenv("GONB_PIPE_BACK"), gonbui.IsNotebook}
	},
	"child": func(string) []any {
		out, err := exec.Command("sh", "-c", "ls -v /proc/self/fd | head -5; kill -INT $$; echo survived").CombinedOutput()
		return []any{strings.Join(strings.Fields(string(out)), " ") + fmt.Sprint(" ", err)}
	},

	"cprint": func(text string) []any { ctest.Print(text); return nil },
	"csleep": func(string) []any { ctest.Sleep(3600); return nil },

	// What ends the worker.
	"ccrash":  func(string) []any { ctest.Crash(); return nil },
	"cabort":  func(string) []any { ctest.Abort(); return nil },
	"cexit":   func(string) []any { ctest.Exit(4); return nil },
	"osexit":  func(code string) []any { n, _ := strconv.Atoi(code); os.Exit(n); return nil },
	"killed":  func(string) []any { syscall.Kill(os.Getpid(), syscall.SIGKILL); select {} },
	"segv":    func(string) []any { syscall.Kill(os.Getpid(), syscall.SIGSEGV); select {} },
	"deep":    func(string) []any { fmt.Println("going down"); return []any{deep(0)} },
	"unguard": func(string) []any { go panic("nobody guards"); select {} },
	"maps": func(string) []any {
		for range 4 {
			go func() {
				for i := 0; ; i++ {
					counters[i%8]++
				}
			}()
		}
		select {}
	},
}
