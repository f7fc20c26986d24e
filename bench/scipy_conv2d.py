#!/usr/bin/env python3
"""Times scipy's 4x4 convolution of square images, every 5th row and column kept.

    scipy_conv2d.py [--runs N] SIDE...

Prints a line "scipy SIDE SECONDS" for each side: the median of N runs of
scipy.signal.convolve2d(image, filter)[::5, ::5] on float64, one thread. Where
OpenCV is installed, also "opencv SIDE SECONDS": cv2.filter2D of the same image and
filter, one thread, into an array that is there already; its result has the image's
shape, and what lies outside is 0.
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
try:
    import cv2
    cv2.setNumThreads(1)
except ImportError:
    cv2 = None

parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
parser.add_argument("--runs", type=int, default=5)
parser.add_argument("sides", type=int, nargs="+", metavar="SIDE")
args = parser.parse_args()


def seconds(function, repeats):
    """The median time of one call, of args.runs runs of repeats calls."""
    function()
    runs = []
    for _ in range(args.runs):
        start = time.perf_counter()
        for _ in range(repeats):
            function()
        runs.append((time.perf_counter() - start) / repeats)
    return statistics.median(runs)


rng = np.random.default_rng(1)
kernel = rng.random((4, 4))
for side in args.sides:
    image = rng.random((side, side))
    # A small image takes microseconds: repeat it, so that a run takes some 20 ms.
    repeats = max(1, 1_000_000 // image.size)
    print("scipy", side, f"{seconds(lambda: convolve2d(image, kernel)[::5, ::5], repeats):.9f}", flush=True)
    if cv2:
        # filter2D correlates: turned around, the filter makes it a convolution.
        turned, result = np.ascontiguousarray(kernel[::-1, ::-1]), np.empty_like(image)
        anchor = (0, 0)
        cv2.filter2D(image, -1, turned, dst=result, anchor=anchor, borderType=cv2.BORDER_CONSTANT)
        if not np.allclose(result, convolve2d(image, kernel)[3:, 3:]):
            sys.exit("scipy_conv2d.py: OpenCV and scipy do not agree")
        print("opencv", side, f"{seconds(lambda: cv2.filter2D(image, -1, turned, dst=result, anchor=anchor, borderType=cv2.BORDER_CONSTANT), repeats):.9f}", flush=True)
