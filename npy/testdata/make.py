"""Writes the .npy files of this folder and index.json, which tells what is in them.

Made with NumPy 2.4.6 on Python 3.11 (x86-64). To make them again:
    python -m venv v && v/bin/pip install numpy==2.4.6 && v/bin/python make.py
Every array is small and its values are fixed, so the files change only if NumPy's format does.
"""
import io
import json
import os

import numpy as np
from numpy.lib import format as npf

os.chdir(os.path.dirname(os.path.abspath(__file__)))
index = {"numpy": np.__version__, "files": {}}


def put(name, a, version=None):
    a = np.asanyarray(a)
    with open(name + ".npy", "wb") as f:
        npf.write_array(f, a, version=version, allow_pickle=False)
    flat = a.ravel(order="C")
    if a.dtype.kind == "c":
        values = [[repr(float(v.real)), repr(float(v.imag))] for v in flat]
    elif a.dtype.kind == "f":
        values = [repr(float(v)) for v in flat]
    elif a.dtype.kind == "b":
        values = [str(bool(v)) for v in flat]
    else:
        values = [str(int(v)) for v in flat]
    with open(name + ".npy", "rb") as f:
        major = f.read(8)[6]
    index["files"][name] = {
        "dtype": a.dtype.str,
        "shape": list(a.shape),
        "fortran": bool(a.flags.f_contiguous and not a.flags.c_contiguous),
        "version": major,
        "values": values,
    }


for code in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"]:
    info = np.iinfo(code)
    edge = [info.min, info.max, 0, 1, info.max // 3, info.min // 2]
    put(code, np.array(edge, dtype=code).reshape(2, 3))
    put(code + "_big", np.array(edge, dtype=">" + code).reshape(3, 2))
for code in ["f2", "f4", "f8"]:
    info = np.finfo(code)
    edge = [0.0, -0.0, 1.5, -0.1, float(info.max), float(info.tiny), float(info.smallest_subnormal),
            np.inf, -np.inf, np.nan, 3.0, 1e-3]
    put(code, np.array(edge, dtype=code).reshape(3, 4))
    put(code + "_big", np.array(edge, dtype=">" + code).reshape(3, 4))
    put(code + "_fortran", np.asfortranarray(np.array(edge, dtype=code).reshape(2, 3, 2)))
    put(code + "_big_fortran", np.asfortranarray(np.array(edge, dtype=">" + code).reshape(4, 3)))
for code in ["c8", "c16"]:
    edge = [0, 1 + 2j, -0.1 - 3j, complex(np.inf, np.nan)]
    put(code, np.array(edge, dtype=code))
    put(code + "_big", np.array(edge, dtype=">" + code).reshape(2, 2))
put("bool", np.array([[True, False, True], [False, False, True]]))
put("bool_fortran", np.asfortranarray(np.array([[True, False, True], [False, False, True]])))
put("scalar", np.float64(2.5))
put("scalar_int", np.int64(-7))
put("empty", np.zeros(0))
put("empty_middle", np.zeros((3, 0, 2), dtype="f4"))
put("empty_fortran", np.asfortranarray(np.zeros((4, 0), dtype="i4")))
put("one", np.array([42], dtype="u1"))
put("five_dims", np.arange(2 * 3 * 1 * 2 * 4, dtype="i2").reshape(2, 3, 1, 2, 4))
put("five_dims_fortran", np.asfortranarray(np.arange(2 * 3 * 1 * 2 * 4, dtype="i2").reshape(2, 3, 1, 2, 4)))
put("version2", np.arange(6, dtype="f4").reshape(2, 3), (2, 0))
put("version3", np.arange(6, dtype="f8").reshape(3, 2), (3, 0))
put("version3_big_fortran", np.asfortranarray(np.arange(6, dtype=">f8").reshape(3, 2)), (3, 0))

# What is refused, and by what name.
np.save("bad_text.npy", np.array(["a", "bc"]))
np.save("bad_bytes.npy", np.array([b"a", b"bc"]))
np.save("bad_date.npy", np.array(["2026-01-01"], dtype="M8[D]"))
np.save("bad_record.npy", np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]))
np.save("bad_object.npy", np.array([{"a": 1}], dtype=object), allow_pickle=True)
np.save("bad_longdouble.npy", np.zeros(2, dtype="f16"))
np.savez("bad_archive.npz", a=np.zeros(2))
os.replace("bad_archive.npz", "bad_archive.npy")

# Length of the header for n dimensions of length 1, n = 0 to 64: it grows in steps of 64 bytes.
index["header_lengths"] = []
for n in range(65):
    f = io.BytesIO()
    np.save(f, np.zeros((1,) * n))
    index["header_lengths"].append(len(f.getvalue()) - 8)

with open("index.json", "w") as f:
    json.dump(index, f, indent=1, sort_keys=True)
    f.write("\n")
