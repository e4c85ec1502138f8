package worker

import "github.com/spikebook/spikebook/kernel/gotool"

// A Plugin is a compiled cell.
type Plugin = gotool.Plugin
