// Spikebook is the command around the Go kernel for Jupyter.
//
//	spikebook install            the kernelspec, for Jupyter installations already there
//	spikebook lab                JupyterLab with the kernel
//	spikebook run NOTEBOOK…      executes notebooks without Jupyter
//	spikebook script NOTEBOOK    a notebook as one Go program, without running it
//	spikebook doctor             what is present, what is missing, what to install
//	spikebook version            versions of this command and of the Go toolchain
//	spikebook kernel             the kernel itself; Jupyter starts it
//
// Each command explains itself with -h. The exit status is 0 on success, 1
// when the work failed and 2 when the command line was wrong. What a command
// reports goes to standard output, progress and errors to standard error.
//
// The folder of the build cache is $SPIKEBOOK_CACHE, else spikebook in the
// user's cache folder; the sources of the toolkit, from which worker and
// cells are built, are found by themselves or named by $SPIKEBOOK_MODULE. Inputs
// of all notebooks are kept in $SPIKEBOOK_HISTORY, else spikebook/history.jsonl
// in the user's folder for state (~/.local/state); /dev/null keeps none. A kernel
// logs what it does to the file $SPIKEBOOK_LOG, or where it says stderr.
package main
