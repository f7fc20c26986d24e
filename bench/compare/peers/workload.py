"""What the peers' programs share: flags, data, kernel, and the lines they print.

The flags are those of the Python programs that numcomp stands beside, with
numcomp's --items, --distribution, --seed, --compute and --output. The data are
numcomp's own, value for value, so that results can be compared.
"""
import argparse
import time

import numpy as np
from scipy.signal import convolve2d

FILTER = 4  # rows and columns of a filter
STRIDE = 5  # every STRIDE-th row and column of the result is kept


def shape(text):
    """An array's shape: R x C, or the side of a square."""
    rows, _, cols = text.lower().partition("x")
    rows, cols = int(rows), int(cols or rows)
    if rows < 1 or cols < 1:
        raise ValueError(text)
    return rows, cols


def parse(description, forms=("only",)):
    """The workload that the command line describes. forms are the ways in which
    the program can arrange its messages; the first is the default."""
    p = argparse.ArgumentParser(description=description, allow_abbrev=False,
                                formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("--num_workers", "--num-workers", type=int, default=4, help="worker processes")
    p.add_argument("--iterations", type=int, default=10, help="iterations that count")
    p.add_argument("--burns", type=int, default=2, help="iterations before them")
    p.add_argument("--size", type=shape, default="1000", help="an image: its side, or RxC")
    p.add_argument("--mem", type=int, default=512 << 20, help="as many images as this many elements hold")
    p.add_argument("--items", type=int, help="number of images or filters, instead of --mem")
    p.add_argument("--work_time", "--work-time", type=float, default=0.0, help="seconds of work an image")
    p.add_argument("--distribution", choices=("broadcast", "scatter"), default="scatter",
                   help="broadcast: one image to all, a filter an item; scatter: an image and a filter an item")
    p.add_argument("--seed", type=int, default=1, help="of the data")
    p.add_argument("--compute", choices=("all", "kept"), default="all",
                   help="all: scipy's convolve2d, then every 5th row and column; kept: only those, in numpy")
    p.add_argument("--output", help="write the last iteration's results: items x rows x columns, .npy")
    if len(forms) > 1:
        p.add_argument("--form", choices=forms, default=forms[0], help="how images reach the workers")
    w = p.parse_args()
    if w.items is None:
        w.items = w.mem // (w.size[0] * w.size[1])
    if min(w.num_workers, w.iterations, w.items) < 1 or w.burns < 0:
        p.error("workers, iterations and items must be at least 1, burns at least 0")
    return w


# The data are a function of (seed, stream, item, index) alone: SplitMix64 (Steele,
# Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014), as in
# numcomp's internal/job.

GOLDEN = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1


def mix(z):
    """SplitMix64's output function, of an array of uint64."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def mix1(z):
    """The same of one Python integer."""
    return int(mix(np.array([z & MASK], np.uint64))[0])


def unit(count, seed, stream, item):
    """count numbers, uniform in [0, 1), of an item's stream."""
    base = mix1(mix1(seed + GOLDEN) + GOLDEN * (2 * item + stream + 1))
    index = np.arange(1, count + 1, dtype=np.uint64)
    return (mix(np.uint64(base) + index * np.uint64(GOLDEN)) >> np.uint64(11)) * 2.0 ** -53


def images(w):
    """The images, rows x columns each: one under broadcast, else one an item."""
    count = 1 if w.distribution == "broadcast" else w.items
    return [unit(w.size[0] * w.size[1], w.seed, 0, i).reshape(w.size) for i in range(count)]


def filters(w):
    """The filters, 4x4 each, one an item, uniform in [-1, 1)."""
    return [2 * unit(FILTER * FILTER, w.seed, 1, i).reshape(FILTER, FILTER) - 1 for i in range(w.items)]


def result_shape(w):
    """Rows and columns of one item's result."""
    return tuple((side + FILTER - 2) // STRIDE + 1 for side in w.size)


def convolve_kept(image, filt):
    """convolve2d(image, filt)[::5, ::5], computing nothing else: a slice of the
    image for each of the filter's elements, multiplied and added up."""
    rows, cols = image.shape
    out = np.zeros([(side + FILTER - 2) // STRIDE + 1 for side in image.shape])
    for a in range(FILTER):
        for b in range(FILTER):
            # Row p of the result takes the image's row 5p - a, if there is one.
            p, q = int(a > 0), int(b > 0)
            part = image[STRIDE * p - a:rows:STRIDE, STRIDE * q - b:cols:STRIDE]
            out[p:p + part.shape[0], q:q + part.shape[1]] += filt[a, b] * part
    return out


def convolve_all(image, filt):
    """convolve2d(image, filt)[::5, ::5], contiguous, so that it is sent whole."""
    return np.ascontiguousarray(convolve2d(image, filt)[::STRIDE, ::STRIDE])


KERNELS = {"all": convolve_all, "kept": convolve_kept}


def convolve(image, filt, compute="all", work_time=0.0):
    """One item. Repeats the kernel until work_time seconds have passed, then does
    it once more for the result, as the programs that had the flag first."""
    kernel = KERNELS[compute]
    start = time.perf_counter()
    while time.perf_counter() - start < work_time:
        kernel(image, filt)
    return kernel(image, filt)


def run(w, iterate, before=None, speak=True):
    """Times iterate, which distributes, computes and returns all results in item
    order; prints what the Python programs print, and writes --output.

    before runs ahead of every iteration, outside of the time (a barrier). Only the
    process that speaks has results.
    """
    if speak:
        print(f"Number of images: {w.items}", flush=True)
        print(f"Number of workers: {w.num_workers}", flush=True)
    times = []
    results = None
    for i in range(w.burns + w.iterations):
        results = None  # to be freed outside of the time
        if before:
            before()
        start = time.perf_counter()
        results = iterate()
        times.append(time.perf_counter() - start)
        if speak:
            print(f"Time for iteration {i} is {times[i]} seconds", flush=True)
    if speak:
        counted = times[w.burns:]
        print(f"Average time: {np.mean(counted):.6g} second(s)")
        print(f"Standard deviation: {np.std(counted):.6g} second(s)", flush=True)
        if w.output:
            np.save(w.output, np.stack(list(results)))
