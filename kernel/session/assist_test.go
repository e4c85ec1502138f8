package session

import (
	"strings"
	"testing"
)

func TestAskingWhileWriting(t *testing.T) {
	n := open(t)
	n.ok("type bee struct{ wings int }\nqueen := &bee{4}")
	text := "if queen.win"
	c := n.s.Complete(text, len(text))
	if len(c.Matches) != 1 || c.Matches[0].Text != "queen.wings" || text[c.Start:c.End] != "queen.win" {
		t.Errorf("completion %+v", c)
	}
	d := n.s.Inspect("queen", 5, 0)
	if d == nil || !strings.Contains(d.Data["text/plain"].(string), "var queen *bee") {
		t.Errorf("inspection %+v", d)
	}
	if d := n.s.Inspect("drone", 5, 1); d != nil {
		t.Errorf("drone is %+v", d)
	}
}

func TestQuestionEndsACell(t *testing.T) {
	n := open(t)
	r, out := n.run("hive := 3\nfmt.Println(hive)\nhive?")
	if r.Page == nil || !strings.Contains(r.Page.Data["text/plain"].(string), "var hive int") || out.String() != "stdout:3\n" {
		t.Errorf("page %+v, shown %s", r.Page, out)
	}
	r, _ = n.run("strings.ToUpper??")
	if r.Page == nil || !strings.Contains(r.Page.Data["text/markdown"].(string), "func ToUpper(s string) string {") {
		t.Errorf("page %+v", r.Page)
	}
	r, out = n.run("drone?")
	if r.Page != nil || !strings.Contains(out.stream("stdout"), "drone is not known") {
		t.Errorf("page %+v, shown %s", r.Page, out)
	}
	if r, _ := n.run("undefinedName\nhive?"); r.Err == nil || r.Page != nil {
		t.Errorf("a failed cell answers %+v", r.Page)
	}
	n.want("hive", "3")
}
