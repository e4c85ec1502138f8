// Package notebook executes .ipynb files without Jupyter: it reads a notebook, runs its
// code cells in a [Session], collects their outputs as JupyterLab would save them, and writes the
// executed notebook and, if wanted, one HTML page that needs nothing else, no network included.
// It is what `spikebook run` does, and works on a machine without Python.
//
// # Running
//
// [Run] does the whole work for a list of files. Each notebook gets a session of its own; execution
// stops at the first error of a notebook, the notebook is still written, and the other
// notebooks run. All errors come back together:
//
//	err := notebook.Run(ctx, notebook.Options{
//		Files:      []string{"bar_learning.ipynb"},
//		OutDir:     "build",
//		HTML:       true,
//		Timeout:    5 * time.Minute, // of one cell
//		NewSession: func(dir string) (notebook.Session, error) { … },
//		Log:        os.Stderr,
//	})
//
// Two cell tags mean what they mean in Jupyter's own tools: "raises-exception" lets a cell fail
// without stopping, "skip-execution" leaves a cell alone.
//
// # Files
//
// [Parse] reads nbformat 4.0 to 4.5 and [Notebook.Encode] writes 4.5. Fields that this package
// does not know are kept. The layout is the one that Jupyter writes (keys in order, one space
// of indentation, text as lists of lines), so a notebook that Jupyter saved differs after a run only
// where its outputs differ.
//
// # Pages
//
// [Notebook.HTML] makes the page: Markdown with tables, code with colours, all outputs with pictures
// inlined at their intended size. Mathematics is drawn by KaTeX, which is inlined only in
// pages that have formulas (folder katex, MIT licence); without JavaScript the formulas' source is shown.
//
// A Notebook is not for several goroutines at once. The [Output] given to a session is, and stays
// usable until the session is closed, for output of goroutines that cells have left behind.
package notebook
