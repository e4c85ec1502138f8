package session

import (
	"context"
	"fmt"

	"github.com/spikebook/spikebook/kernel/magic"
)

// Script writes a notebook's code cells, in their order, as a module that the go
// command builds, as %export does after they have run. It runs none of them: they
// are compiled one after the other, which gives the types of their variables.
// Special lines are left out. The session is of no other use then.
func (s *Session) Script(ctx context.Context, cells []string, dir string) error {
	if err := s.refresh(ctx); err != nil {
		return err
	}
	for i, code := range cells {
		text := magic.Split(code).Go
		built, err := s.compiler.Build(ctx, i+1, "", text)
		if err != nil {
			return fmt.Errorf("code cell %d: %w", i+1, err)
		}
		s.compiler.Assume(built)
		if !built.Empty {
			s.commands.texts = append(s.commands.texts, ranCell{fmt.Sprint(i), i + 1, text})
		}
	}
	return s.export(ctx, nil, magic.Line{}, []string{dir})
}
