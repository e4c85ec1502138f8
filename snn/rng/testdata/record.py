"""Records what NumPy's RandomState draws, for the tests of this folder.

    python3 record.py > numpy.json          vectors that the tests compare with
    python3 record.py measure DIR           10^6 draws of each kind, as DIR/NAME.f8,
                                            for: go test -run Measure -numpy-draws DIR

Recorded with NumPy 2.4.6 (pip install numpy==2.4.6), Python 3.11, glibc 2.36,
x86-64. A step is [method, arguments, values]; the steps of a case share one
generator. "fresh" cases hold one step each, then the next raw word, so that the
number of words consumed is checked too.
"""
import json
import os
import sys

import numpy as np

SEEDS = [0, 1, 7, 42, 2**32 - 1, [1, 2, 3], [0], [4294967295], list(range(0, 2000, 3))]

# Every method with usual, edge and large parameters.
STEPS = [
    ("random_sample", [], 7),
    ("uniform", [-1, 1], 5), ("uniform", [3, -2], 5), ("uniform", [200, 400], 5), ("uniform", [1, 1], 2),
    ("uniform", [-8e307, 8e307], 3),
    ("randn", [], 9),
    ("normal", [1, 2], 5), ("normal", [-65, 0], 3), ("normal", [0, 1e-300], 3),
    ("exponential", [1], 5), ("exponential", [.02], 5), ("exponential", [0], 2),
    ("gamma", [.3, 1], 8), ("gamma", [.999, 2], 5), ("gamma", [1e-3, 1], 8), ("gamma", [1, 1], 5), ("gamma", [1.5, .1], 8),
    ("gamma", [2.5, 1], 8), ("gamma", [1e4, 1e-4], 5), ("gamma", [0, 1], 2), ("gamma", [1e-12, 1], 3), ("gamma", [1e15, 1], 3),
    ("beta", [.5, .5], 8), ("beta", [1, 1], 5), ("beta", [.5, 7.5], 8), ("beta", [2, 3], 8), ("beta", [1e-4, 1e-3], 8),
    ("beta", [1e-5, 1e-5], 4), ("beta", [300, 1], 4),
    ("randint", [0, 2147483647], 5), ("randint", [0, 1], 3), ("randint", [0, 2], 9), ("randint", [0, 3], 9), ("randint", [0, 10], 9),
    ("randint", [-7, 8], 9), ("randint", [5, 6], 2), ("randint", [0, 65537], 5), ("randint", [0, 2**32 - 1], 3),
    ("randint", [0, 2**32], 3), ("randint", [0, 2**32 + 1], 3), ("randint", [-2**40, 2**40 + 3], 3), ("randint", [-2**63, 2**63 - 1], 3),
    ("integers", ["int64", -2**63, 2**63 - 1], 3), ("integers", ["int64", 0, 9], 5),
    ("integers", ["uint64", 0, 2**64 - 1], 3), ("integers", ["uint64", 2**63, 2**63 + 2**33], 3), ("integers", ["uint64", 3, 12], 5),
    ("integers", ["uint32", 0, 2**32 - 1], 3), ("integers", ["uint32", 100, 1123], 5), ("integers", ["int32", -2**31, 2**31 - 1], 3),
    ("integers", ["int32", -5, 4], 7), ("integers", ["int32", 3, 3], 2),
    ("integers", ["uint16", 0, 65535], 5), ("integers", ["uint16", 0, 2], 13), ("integers", ["int16", -32768, 32767], 5),
    ("integers", ["int16", -3, 300], 7), ("integers", ["uint8", 0, 255], 9), ("integers", ["uint8", 10, 20], 13),
    ("integers", ["int8", -128, 127], 9), ("integers", ["int8", -1, 1], 13), ("integers", ["int8", 4, 4], 2),
    ("bool", [], 37), ("tomaxint", [], 3), ("bytes", [1], 0), ("bytes", [4], 0), ("bytes", [11], 0), ("bytes", [0], 0),
    ("binomial", [1, .3], 12), ("binomial", [1, .5], 9), ("binomial", [1, .9], 9), ("binomial", [10, .3], 9), ("binomial", [10, .7], 9),
    ("binomial", [0, .3], 3), ("binomial", [5, 0], 3), ("binomial", [5, 1], 3), ("binomial", [100, .299], 9), ("binomial", [100, .3], 9),
    ("binomial", [100, .301], 9), ("binomial", [100, .7], 9), ("binomial", [100, .4], 9), ("binomial", [61, .5], 9), ("binomial", [1000, .97], 9),
    ("binomial", [1000, .031], 9), ("binomial", [10**6, .25], 9), ("binomial", [10**6, 1e-5], 9), ("binomial", [10**12, 1e-3], 9),
    ("binomial", [2**62, .5], 5), ("binomial", [10**18, 1e-17], 5),
    ("poisson", [0], 3), ("poisson", [.5], 9), ("poisson", [3], 9), ("poisson", [9.999], 9), ("poisson", [10], 9), ("poisson", [10.5], 9),
    ("poisson", [20], 9), ("poisson", [1234.5], 9), ("poisson", [1e9], 5), ("poisson", [1e15], 5), ("poisson", [9.2e18], 3),
    ("poisson", [1e-300], 3),
    ("choice", [5, True, None], 9), ("choice", [1, True, None], 2), ("choice", [1000, True, None], 5),
    ("choice", [5, False, None], 3), ("choice", [5, False, None], 5), ("choice", [100, False, None], 10), ("choice", [3, False, None], 0),
    ("choice", [4, True, [.1, .2, .3, .4]], 9), ("choice", [4, True, [0, .5, .5, 0]], 9), ("choice", [2, True, [0.30000001192092896, 0.699999988079071]], 9),
    ("choice", [6, False, [.1, .1, .2, .2, .3, .1]], 3), ("choice", [6, False, [.1, .1, .2, .2, .3, .1]], 6),
    ("choice", [5, False, [0, .97, .01, .01, .01]], 4), ("choice", [3, True, [.25, .25, .5 + 1e-8]], 5),
    ("permutation", [10], 0), ("permutation", [1], 0), ("permutation", [0], 0), ("permutation", [100], 0),
    ("shuffle", [2], 0), ("shuffle", [17], 0), ("shuffle_rows", [6], 0),
    ("seed_draw", [], 5),
]

# Orders that have traps: the kept normal number, odd numbers of words, caches.
MIXED = [
    ("randn", [], 1), ("random_sample", [], 1), ("randn", [], 1), ("randint", [0, 10], 1), ("randn", [], 1), ("permutation", [3], 0),
    ("randn", [], 2), ("normal", [0, 2], 1), ("gamma", [2.5, 1], 3), ("randn", [], 1),
    ("choice", [7, True, None], 3), ("shuffle", [9], 0), ("choice", [7, False, None], 3), ("shuffle_rows", [6], 0),
    ("binomial", [100, .4], 1), ("binomial", [10, .4], 1), ("binomial", [100, .4], 2), ("binomial", [100, .6], 2), ("binomial", [10, .6], 2),
    ("poisson", [3], 1), ("poisson", [30], 1), ("poisson", [3], 1), ("poisson", [0], 1), ("poisson", [30], 1),
    ("beta", [2, 3], 3), ("randn", [], 1), ("integers", ["uint8", 0, 99], 3), ("random_sample", [], 1), ("bool", [], 3),
    ("exponential", [3], 1), ("bytes", [3], 0), ("tomaxint", [], 1), ("seed_draw", [], 1), ("uniform", [-1, 1], 1),
    ("seed", [5], 0), ("randn", [], 1), ("seed", [5], 0), ("randn", [], 3), ("random_sample", [], 1),
    ("choice", [4, True, [.1, .2, .3, .4]], 3), ("choice", [6, False, [.1, .1, .2, .2, .3, .1]], 4), ("randint", [0, 2**40], 2), ("randn", [], 1),
]

# Many draws; the values are folded to a few numbers, the words must then agree.
LONG = [
    ("binomial", [100, .4], 20000), ("binomial", [61, .5], 20000), ("binomial", [10**6, .25], 20000), ("binomial", [50, .1], 20000),
    ("binomial", [100000, .001], 20000), ("poisson", [3], 20000), ("poisson", [10], 20000), ("poisson", [77.7], 20000), ("poisson", [1e6], 20000),
    ("randint", [0, 1000], 20000), ("integers", ["uint8", 0, 200], 20001), ("permutation", [20000], 0),
    ("choice", [300, True, list(np.arange(300) / 44850)], 20000), ("choice", [300, False, list(np.arange(300) / 44850)], 250),
    ("randn", [], 20000), ("gamma", [.3, 1], 20000), ("gamma", [2.5, 1], 20000), ("beta", [.5, .5], 20000), ("beta", [.5, 7.5], 20000),
]


def draw(rs, name, args, n):
    if name == "integers":
        dtype, low, high = args
        return rs.randint(low, high + 1, n, dtype=dtype)
    if name == "bool":
        return rs.randint(0, 2, n, dtype=bool).astype(int)
    if name == "randn":
        return rs.randn(n)
    if name == "bytes":
        return list(rs.bytes(*args))
    if name == "seed":
        rs.seed(*args)
        return []
    if name == "seed_draw":
        return rs.randint(np.iinfo(np.int32).max, size=n)
    if name == "shuffle":
        a = np.arange(args[0])
        rs.shuffle(a)
        return a
    if name == "shuffle_rows":
        a = np.arange(args[0] * 3).reshape(-1, 3)
        rs.shuffle(a)
        return a.ravel()
    if name == "permutation":
        return rs.permutation(*args)
    if name == "choice":
        return rs.choice(args[0], n, replace=args[1], p=args[2])
    return getattr(rs, name)(*args, size=n)


def plain(values):
    """Python's numbers; null for those that are not finite."""
    values = [v.item() if hasattr(v, "item") else v for v in values]
    return [None if isinstance(v, float) and not np.isfinite(v) else v for v in values]


def word(rs):
    return int(rs.randint(0, 2**32, dtype=np.uint32))


def fold(values):
    """Sum with weights modulo 2^32, of integers; nothing of other numbers."""
    values = np.asarray(values)
    if values.dtype.kind == "f":
        return []
    w = np.arange(1, len(values) + 1, dtype=np.uint64) * np.uint64(2654435761)
    return [int(np.sum(values.astype(np.uint64) * w) & np.uint64(2**32 - 1))]


def cases():
    for seed in SEEDS:
        rs = np.random.RandomState(seed)
        start = [word(rs) for _ in range(5)]
        for _ in range(1300):
            last = word(rs)
        yield {"kind": "words", "seed": seed, "steps": [["words", [], start + [last]]]}
        for name, args, n in STEPS if seed in (0, 7, 2**32 - 1, [1, 2, 3]) else STEPS[::7]:
            rs = np.random.RandomState(seed)
            values = plain(draw(rs, name, args, n))
            yield {"kind": "fresh", "seed": seed, "steps": [[name, args + ([n] if n else []), values]], "next": word(rs)}
        rs = np.random.RandomState(seed)
        steps = [[name, args + ([n] if n else []), plain(draw(rs, name, args, n))] for name, args, n in MIXED]
        yield {"kind": "mixed", "seed": seed, "steps": steps, "next": word(rs)}
    # With seed 6 a binomial number shows which constants NumPy uses near the end.
    for seed, name, args, n in [(3, *c) for c in LONG] + [(6, "binomial", [400, .5], 211000)]:
        rs = np.random.RandomState(seed)
        values = draw(rs, name, args, n)
        yield {"kind": "long", "seed": seed, "steps": [[name, args + ([n] if n else []), fold(values)]], "next": word(rs)}
    # A state taken in the middle, with a kept normal number, and what follows.
    rs = np.random.RandomState(9)
    rs.randn(1001)
    _, key, pos, has, gauss = rs.get_state()
    state = {"Key": key.tolist(), "Pos": int(pos), "HasGauss": bool(has), "Gauss": float(gauss)}
    yield {"kind": "state", "seed": 0, "state": state, "steps": [["randn", [5], plain(rs.randn(5))]], "next": word(rs)}
    maker = np.random.RandomState(12)
    for some in ([0, 2**32 - 1, -1], [2**32 - 1, 2**32 - 1, -1], [0, 2**31, 2**30, -1, -1]):
        start = extreme(maker, some)
        state = {"Key": start[1].tolist(), "Pos": 0}
        steps = []
        for name, args, n in EXTREME:
            rs.set_state(start)
            steps.append(["restore", [], []])
            steps.append([name, args + ([n] if n else []), plain(draw(rs, name, args, n))])
            steps.append(["word", [], [word(rs)]])
        yield {"kind": "extreme", "seed": 0, "state": state, "steps": steps}


# Draws from words that hardly ever occur: see extreme().
EXTREME = [
    ("random_sample", [], 20), ("uniform", [-1, 1], 20), ("randn", [], 20), ("exponential", [1], 20),
    ("gamma", [.3, 1], 20), ("gamma", [1e-3, 1], 20), ("gamma", [1e-320, 1], 5), ("gamma", [2.5, 1], 20), ("gamma", [.9, 1], 20),
    ("beta", [.5, .5], 20), ("beta", [1, 1], 20), ("beta", [1e-4, 1e-3], 20), ("beta", [1e-310, 1e-310], 5), ("beta", [2, .5], 20),
    ("binomial", [1, .5], 20), ("binomial", [10, .3], 30), ("binomial", [20, .999], 30), ("binomial", [10**9, 1e-9], 30), ("binomial", [100, .4], 30),
    ("binomial", [100, .7], 30), ("binomial", [10**12, 1e-3], 20), ("binomial", [2**63 - 1, .5], 10), ("binomial", [2**63 - 1, 1e-18], 20),
    ("poisson", [1], 30), ("poisson", [9], 20), ("poisson", [12], 20), ("poisson", [1e6], 20), ("poisson", [9.2e18], 20),
    ("choice", [2, True, [.5, .5]], 30), ("choice", [4, True, [0, .5, .5, 0]], 30), ("choice", [4, False, [.25, .25, .25, .25]], 4),
    ("randint", [0, 7], 30), ("randint", [-2**63, 2**63 - 1], 10), ("integers", ["int8", -100, 100], 30), ("bool", [], 40), ("permutation", [30], 0),
]


def extreme(rs, some):
    """A state whose words are, by turns of chance, all zeros, all ones, one half or random."""
    words = rs.choice(some, 624).astype(np.int64)
    words = np.where(words < 0, rs.randint(0, 2**32, 624), words)
    out = []
    for y in map(int, words):  # the tempering backwards
        y ^= y >> 18
        y ^= y << 15 & 0xefc60000
        x = y
        for _ in range(5):
            x = y ^ (x << 7 & 0x9d2c5680)
        y = x & 0xffffffff
        x = y
        for _ in range(3):
            x = y ^ x >> 11
        out.append(x)
    return ("MT19937", np.array(out, dtype=np.uint32), 0, 0, 0.0)


MEASURED = {
    "randn": ("randn", []), "normal": ("normal", [1, 2]), "exponential": ("exponential", [2]),
    "gamma_0.3": ("gamma", [.3, 1]), "gamma_1": ("gamma", [1, 1]), "gamma_2.5": ("gamma", [2.5, 1]),
    "beta_0.5_0.5": ("beta", [.5, .5]), "beta_0.5_7.5": ("beta", [.5, 7.5]), "beta_2_3": ("beta", [2, 3]),
    "binomial_10_0.3": ("binomial", [10, .3]), "binomial_100_0.3": ("binomial", [100, .3]), "binomial_100_0.4": ("binomial", [100, .4]),
    "binomial_1000000_0.25": ("binomial", [10**6, .25]), "poisson_3": ("poisson", [3]), "poisson_10": ("poisson", [10]),
    "poisson_1000": ("poisson", [1000]), "uniform": ("uniform", [-1, 1]),
}

if len(sys.argv) == 3 and sys.argv[1] == "measure":
    for file, (name, args) in MEASURED.items():
        rs = np.random.RandomState(11)
        np.asarray(draw(rs, name, args, 10**6), dtype="<f8").tofile(os.path.join(sys.argv[2], file + ".f8"))
else:
    print("[")
    print(",\n".join(json.dumps(c, separators=(",", ":")) for c in cases()))
    print("]")
