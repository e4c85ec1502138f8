"""Go notebooks in Jupyter's tools: parameters of papermill, scripts of nbconvert."""
