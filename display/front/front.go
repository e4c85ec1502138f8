// Package front sends what package display shows to the notebook, through
// gonbui, the library of the GoNB kernel; so pictures appear under that kernel
// too. It is imported for its effect:
//
//	import _ "github.com/spikebook/spikebook/display/front"
//
// An ordinary program has no need of it: package display imports it. Only the
// worker of a kernel whose cells are built with the tag spikebook_cell does.
// All of it may be used from several goroutines.
package front

import (
	"fmt"

	"github.com/janpfeifer/gonb/gonbui"
	"github.com/janpfeifer/gonb/gonbui/protocol"

	"github.com/spikebook/spikebook/display/internal/port"
)

type gonb struct{}

func init() { port.Notebook = gonb{} }

func (gonb) Present() bool { return gonbui.IsNotebook }

func (gonb) Send(data map[string]any, width, height int, id string) error {
	msg := &protocol.DisplayData{Data: map[protocol.MIMEType]any{}, DisplayID: id}
	for mime, v := range data {
		msg.Data[protocol.MIMEType(mime)] = v
		if width > 0 && mime == string(protocol.MIMEImagePNG) {
			// map[string]int is one of the types that both ends know.
			msg.Metadata = map[string]any{mime: map[string]int{"width": width, "height": height}}
		}
	}
	gonbui.SendData(msg)
	if err := gonbui.Error(); err != nil {
		return fmt.Errorf("display: the connection to the notebook is lost, nothing more can be shown; restart the kernel: %w", err)
	}
	return nil
}

func (gonb) Sync() { gonbui.Sync() }

func (gonb) NewID() string { return "spikebook-" + gonbui.UniqueId() }
