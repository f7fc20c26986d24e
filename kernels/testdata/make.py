#!/usr/bin/env python3
"""Makes more.npz and more.json: python3 make.py. Needs numpy and scipy.

More results of scipy, in the form of conv2d.npz and index.json: mode valid with
a filter larger than the image, filters larger in one dimension, infinities and
NaNs, and a fill value that meets them.
"""
import json
import numpy as np
from scipy.signal import convolve2d

rng = np.random.default_rng(7)
arrays, index = {}, []


def case(dtype, image, filt, mode, boundary, fill, stride, special=False):
    name = "more%03d" % len(index)
    x, h = (rng.standard_normal(s).astype(dtype) for s in (image, filt))
    if special:
        for a in (x, h):
            at = rng.integers(0, a.size, 2)
            a.flat[at] = rng.choice([np.nan, np.inf, -np.inf, -0.0, np.finfo(dtype).max], 2)
    r = np.ascontiguousarray(convolve2d(x, h, mode, boundary, fill)[::stride, ::stride])
    arrays[name + "-image"], arrays[name + "-filter"], arrays[name + "-result"] = x, h, r
    index.append(dict(name=name, dtype=dtype, image=image, filter=filt, mode=mode, boundary=boundary,
                      fillvalue=fill, stride=stride, result=r.shape))


with np.errstate(all="ignore"):
    for dtype in "float64", "float32":
        for image, filt in ((1, 1), (7, 9)), ((3, 2), (11, 5)), ((4, 4), (4, 9)), ((2, 9), (2, 2)):
            for stride in 1, 3:
                case(dtype, image, filt, "valid", "fill", 1.1, stride)
        for image, filt in ((3, 40), (8, 3)), ((1, 5), (4, 23)), ((2, 2), (9, 10)):
            for mode in "full", "same":
                for boundary in "fill", "wrap", "symm":
                    case(dtype, image, filt, mode, boundary, 1.1, 2)
        for boundary in "fill", "wrap", "symm":
            case(dtype, (12, 9), (4, 4), "full", boundary, 0, 1, special=True)
            case(dtype, (6, 33), (3, 5), "same", boundary, 1.1, 5, special=True)

np.savez("more.npz", **arrays)
with open("more.json", "w") as f:
    f.write("[\n" + ",\n".join(json.dumps(c) for c in index) + "\n]\n")
print(len(index), "cases")
