"""`jupyter nbconvert --to script` and JupyterLab's "Executable Script" as a Go program that compiles."""

import os
import shutil
import subprocess

import nbformat
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from nbconvert.exporters import Exporter


class GoExporter(Exporter):
    """Hands the notebook to `spikebook script`, which compiles its cells and runs none."""

    file_extension = ".go"
    output_mimetype = "text/x-go"
    export_from_notebook = "Go program"

    def command(self, nb):
        """The binary: that of the notebook's kernel, else of the kernel spikebook, else in PATH."""
        specs = KernelSpecManager()
        for name in (nb.metadata.get("kernelspec", {}).get("name"), "spikebook"):
            try:
                argv = specs.get_kernel_spec(name or "spikebook").argv
            except NoSuchKernel:
                continue
            if os.path.basename(argv[0]).startswith("spikebook"):
                return argv[0]
        found = shutil.which("spikebook")
        if found is None:
            raise FileNotFoundError("no kernelspec of Spikebook and no spikebook in PATH: run spikebook install")
        return found

    def from_notebook_node(self, nb, resources=None, **kw):
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        folder = resources.get("metadata", {}).get("path") or None
        done = subprocess.run([self.command(nb), "script", "-"], input=nbformat.writes(nb), cwd=folder, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"the notebook is no Go program:\n{done.stderr.strip()}")
        resources["output_extension"] = self.file_extension
        return done.stdout, resources
