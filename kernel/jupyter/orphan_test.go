package jupyter

import (
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

func TestWatchParent(t *testing.T) { // P-44
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("JPY_PARENT_PID", strconv.Itoa(child.Process.Pid))
	gone := WatchParent(t.Context())
	select {
	case <-gone:
		t.Fatal("reported as gone while it runs")
	case <-time.After(1500 * time.Millisecond):
	}
	child.Process.Kill() // it stays a zombie until Wait
	defer child.Wait()
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Error("an ended process is not noticed")
	}
}

func TestWatchNobody(t *testing.T) {
	for _, v := range []string{"", "x", "-1", strconv.Itoa(os.Getpid())} {
		t.Setenv("JPY_PARENT_PID", v)
		gone := WatchParent(t.Context())
		select {
		case <-gone:
			t.Errorf("JPY_PARENT_PID=%q: reported as gone", v)
		case <-time.After(1100 * time.Millisecond):
		}
	}
}
