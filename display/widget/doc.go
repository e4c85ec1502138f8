// Package widget shows controls in a notebook: sliders, buttons, lists, fields for
// text, progress bars and areas for output, in rows, columns, grids and tabs.
//
//	gain := widget.Slider(0.0, 5).Label("gain").Set(1)
//	gain.OnChange(func(g float64) { fmt.Println("gain is now", g) })
//	gain // the cell ends with it, and it is shown
//
// People move the slider, programs call Set, and both see the other's value:
// gain.Get() is always the latest. The shortest way to try a function out is
// [Interact]:
//
//	widget.Interact(func(tau float64) *display.Panel { … }, [2]float64{5, 50})
//
// # Values
//
// A [Control] holds a value of the type that its maker names: Slider(0, 10) an
// int, Slider(0.0, 10) a float64, Dropdown("LIF", "Izhikevich") a string,
// Checkbox a bool. [Link] keeps two equal. What has no method of its own is set by
// the name that ipywidgets gives it: With("readout_format", ".1e").
//
// # Events
//
// Functions given to OnChange and OnClick are called one after the other in a
// goroutine of their own, also while a cell runs or waits, so what they share with
// a running cell needs a lock. What they print appears under the cell that made the
// widget, or in an [Area]. A cell can wait instead: Button("Go").Wait(), or a loop
// over [Control.Changes]. The stop button ends handlers and waits alike.
//
// # Front ends
//
// Widgets speak the protocol of ipywidgets 8 and work where these do: JupyterLab
// and Notebook with jupyterlab_widgets, VS Code, nbclassic. A page that is loaded
// anew shows them again in their present state. Where they do not work, and in an
// ordinary program, text is shown.
//
// A widget is opened in front ends when it is first shown, and lives until the
// kernel ends or Close is called. Changes are sent at most fifty times a second.
//
// # Mistakes
//
// A range that is empty, an option that does not exist, a nil function: nothing
// panics. The widget keeps the mistakes, shows them in its place, and Err returns
// them all. All methods may be called from any goroutine.
package widget
