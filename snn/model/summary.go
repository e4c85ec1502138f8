package model

import (
	"fmt"
	"strings"
)

// String is a summary: parameters, equations as they were understood, the
// method of each, and the statements of one step.
func (m *Model) String() string {
	var b strings.Builder
	b.WriteString(kindNames[m.Source.Kind] + "\n")
	section := ""
	line := func(title, format string, args ...any) {
		if title != section {
			b.WriteString("  " + title + "\n")
			section = title
		}
		fmt.Fprintf(&b, "    "+format+"\n", args...)
	}
	for _, s := range m.Symbols {
		if s.Kind == Param {
			note := ""
			if s.Locality == Local {
				note = "   one value per element"
			}
			line("parameters", "%s = %g%s", s.Name, s.Value, note)
		}
	}
	for _, s := range m.Symbols {
		if s.Kind != Var {
			continue
		}
		var notes []string
		switch s.Locality {
		case Global:
			notes = append(notes, "shared")
		case PerPost:
			notes = append(notes, "per post")
		case PerPre:
			notes = append(notes, "per pre")
		}
		if s.Type != Float {
			notes = append(notes, typeName(s.Type))
		}
		if s.Init != nil {
			notes = append(notes, "initial "+Text(s.Init))
		}
		for _, q := range m.Equations {
			if q.Var != s {
				continue
			}
			if q.Min != nil {
				notes = append(notes, "min "+Text(q.Min))
			}
			if q.Max != nil {
				notes = append(notes, "max "+Text(q.Max))
			}
			break
		}
		line("variables", "%s", strings.TrimRight(fmt.Sprintf("%-8s %s", s.Name, strings.Join(notes, ", ")), " "))
	}
	if m.Source.Kind >= SpikingNeuron {
		m.texts(line)
	} else {
		for _, q := range m.Equations {
			line("equations", "%s", strings.Join(strings.Fields(q.Text), " "))
			if q.ODE {
				line("equations", "    d%s/dt = %s   (%s)", q.Var.Name, Text(q.F), q.Method)
			}
		}
	}
	for _, d := range m.Derived {
		names := make([]string, len(d.Out))
		for i, s := range d.Out {
			names[i] = s.Name
		}
		if strings.HasPrefix(names[0], constantPrefix) {
			line("computed when a parameter changes", "%s = %s", names[0], Text(d.In[0]))
			continue
		}
		line("computed when a parameter changes", "%s = integral of the matrix exponential over dt", strings.Join(names, ", "))
	}
	where := [...]string{Global: "once: ", PerPost: "per post: ", Local: "", PerPre: ""}
	for _, a := range m.Step {
		line("step", "%s%s", where[a.To.Locality], assignText(a))
	}
	if m.Source.Kind >= SpikingNeuron {
		m.bodies(line)
	}
	if m.PSP != nil {
		operation := m.Source.Operation
		if operation == "" {
			operation = "sum"
		}
		line("transmits", "%s of %s", operation, Text(m.PSP))
	}
	return b.String()
}
