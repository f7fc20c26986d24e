#!/usr/bin/env python3
"""Times scipy's convolutions of a 1000x1000 image with square filters.

    scipy_large.py [--runs N] SIDE...

Prints "fftconvolve SIDE SECONDS" for each side of a filter: the median of N runs of
scipy.signal.fftconvolve(image, filter) on float64; and "convolve2d SIDE SECONDS", one
run, of scipy.signal.convolve2d, if they agree to 12 digits. One thread.
"""
import argparse
import statistics
import sys
import time

try:
    import numpy as np
    from scipy.signal import convolve2d, fftconvolve
except ImportError as err:
    sys.exit(f"scipy_large.py: {err}: install Debian's python3-scipy and run with /usr/bin/python3, "
             "or `pip install scipy`")

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("sides", type=int, nargs="+", metavar="SIDE")
args = parser.parse_args()


def seconds(function, runs):
    """The median time of a call, and what it returned last."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - start)
    return statistics.median(times), result


rng = np.random.default_rng(1)
image = rng.random((1000, 1000))
for side in args.sides:
    kernel = rng.random((side, side))
    fftconvolve(image, kernel)
    fast, transformed = seconds(lambda: fftconvolve(image, kernel), args.runs)
    slow, summed = seconds(lambda: convolve2d(image, kernel), 1)
    if not np.allclose(transformed, summed, rtol=1e-12):
        sys.exit("scipy_large.py: fftconvolve and convolve2d do not agree")
    print("fftconvolve", side, f"{fast:.9f}")
    print("convolve2d", side, f"{slow:.9f}", flush=True)
