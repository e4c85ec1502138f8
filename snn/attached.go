package snn

import "github.com/spikebook/spikebook/snn/model"

// attached is what receptors and current sources have in common: equations
// beside those of a population's neurons that pass currents to them.
type attached struct {
	owner
	pop  *Population
	name string
	port string // the input of the neuron that it injects into
}

func (p *Population) attached(name string) attached {
	return attached{owner: p.net.owner(), pop: p, name: name, port: "I"}
}

// parse reads the model that was made for what, which may read variables of
// the neuron.
func (a *attached) parse(what string, made described) {
	a.made = made
	parsed, err := made.parse()
	if err != nil {
		a.net.mistake(what, err)
		return
	}
	a.model = parsed
	for _, s := range parsed.Symbols {
		if known := a.pop.names(); s.Kind == model.PostVar && a.pop.model != nil && !contains(known, s.Name) {
			a.net.mistake(what, unknown("variable of "+a.pop.name, s.Name, known))
			a.model = nil
		}
	}
}
