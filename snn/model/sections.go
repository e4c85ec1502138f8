package model

import (
	"fmt"
	"strings"
)

// section is one text of a spiking model, for printing.
type section struct {
	title     string
	lines     []string
	equations []Equation
	value     Expr // of a text that is one expression
	branches  bool // has if or for: the equations are not all that it does
}

// codeLines are the lines of a text that are not empty.
func codeLines(body string) []string {
	var out []string
	for _, line := range strings.Split(body, "\n") {
		if line = strings.TrimRight(line, " \t\r"); strings.TrimSpace(line) != "" {
			out = append(out, line)
		}
	}
	indent := -1
	for _, line := range out {
		if n := len(line) - len(strings.TrimLeft(line, " \t")); indent < 0 || n < indent {
			indent = n
		}
	}
	for i := range out {
		out[i] = out[i][indent:]
	}
	return out
}

// section notes the equations of the part that has just been carried out.
func (s *spiking) section(title string) {
	var lines []string
	if t := s.texts[title]; t != nil {
		lines = codeLines(strings.Join(t.lines, "\n"))
	}
	if title == "equations" {
		s.m.Equations = s.parts
	}
	branches := false
	for _, k := range s.parsed[title] {
		branches = branches || k.kind == codeIf || k.kind == codeFor
	}
	s.sections = append(s.sections, section{title: title, lines: lines, equations: s.parts, branches: branches})
	s.parts = nil
}

// note keeps an assignment for printing.
func (s *spiking) note(k *code, v *Symbol, right Expr) {
	b := s.l.bounds[v]
	s.parts = append(s.parts, Equation{Text: s.c.t.slice(k.st.start, k.st.end), Var: v, Op: k.st.op, Right: right, Min: b.low, Max: b.high})
}

// texts prints what the user wrote, with equations as they were understood.
func (m *Model) texts(line func(title, format string, args ...any)) {
	for _, part := range m.sections {
		for _, l := range part.lines {
			line(part.title, "%s", l)
		}
		for _, q := range part.equations {
			if q.ODE {
				line(part.title, "    d%s/dt = %s   (%s)", q.Var.Name, Text(q.F), q.Method)
			}
		}
	}
}

// bodies prints the statements of all parts but the step.
func (m *Model) bodies(line func(title, format string, args ...any)) {
	if m.Substeps > 0 {
		line("step", "(done %d times with dt/%d)", m.Substeps, m.Substeps)
	}
	show := func(title string, body []Assign) {
		for _, a := range body {
			line(title, "%s", assignText(a))
		}
	}
	condition := func(title string, e Expr) {
		if e != nil {
			line(title, "%s", Text(e))
		}
	}
	show("kept from before the step", m.Before)
	condition("spikes when", m.Spike)
	show("on a spike", m.Reset)
	show("for each synapse on a spike of the presynaptic neuron", m.OnPre)
	show("for each synapse on an event of the presynaptic neuron", m.OnPreEvent)
	show("for each synapse on a spike of the postsynaptic neuron", m.OnPost)
	show("for each synapse on an event of the postsynaptic neuron", m.OnPostEvent)
	condition("presynaptic event when", m.PreEvent)
	condition("postsynaptic event when", m.PostEvent)
	show("presynaptic neuron in every step", m.PreStep)
	show("presynaptic neuron on its spike", m.PreSpike)
	show("postsynaptic neuron in every step", m.PostStep)
	show("postsynaptic neuron on its spike", m.PostSpike)
}

// assignText is one statement of a body.
func assignText(a Assign) string {
	switch {
	case a.To.Kind != Emit:
		return a.To.Name + " = " + Text(a.X)
	case a.Delay != nil:
		return fmt.Sprintf("%s += %s after %s steps", symbolText(a.To), Text(a.X), Text(a.Delay))
	}
	return symbolText(a.To) + " += " + Text(a.X)
}
