#!/usr/bin/env python3
"""Times scipy's 4x4 convolution of square images, every 5th row and column kept.

    scipy_conv2d.py [--runs N] SIDE...

Prints a line "SIDE SECONDS" for each side: the median of N runs of
scipy.signal.convolve2d(image, filter)[::5, ::5] on float64, one thread.
"""
import argparse
import statistics
import sys
import time

try:
    import numpy as np
    from scipy.signal import convolve2d
except ImportError as err:
    sys.exit(f"scipy_conv2d.py: {err}: install Debian's python3-scipy and run with /usr/bin/python3, "
             "or `pip install scipy`")

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("sides", type=int, nargs="+", metavar="SIDE")
args = parser.parse_args()

rng = np.random.default_rng(1)
kernel = rng.random((4, 4))
for side in args.sides:
    image = rng.random((side, side))
    # A small image takes microseconds: repeat it, so that a run takes some 20 ms.
    repeats = max(1, 1_000_000 // image.size)
    convolve2d(image, kernel)[::5, ::5]
    runs = []
    for _ in range(args.runs):
        start = time.perf_counter()
        for _ in range(repeats):
            convolve2d(image, kernel)[::5, ::5]
        runs.append((time.perf_counter() - start) / repeats)
    print(side, f"{statistics.median(runs):.9f}", flush=True)
