"""The workloads on Python's multiprocessing.Pool.

Form pickle: Pool.map of images and filters, which are pickled into pipes. Form
memory: images are copied into a multiprocessing.shared_memory block that the
workers have attached, they write their results into another one, and only indices
go through the pipes.
"""
import itertools
import multiprocessing
from multiprocessing.shared_memory import SharedMemory

import numpy as np

import workload


def pickled_item(args):
    return workload.convolve(*args)


def by_pickle(w, images, filters, context):
    if w.distribution == "broadcast":
        images = images * w.items
    with context.Pool(w.num_workers) as pool:
        workload.run(w, lambda: pool.map(
            pickled_item, zip(images, filters, itertools.repeat(w.compute), itertools.repeat(w.work_time))))


class Block:
    """An array of float64 in shared memory."""

    def __init__(self, shape, name=None):
        size = 8 * int(np.prod(shape))
        self.memory = SharedMemory(name=name, create=name is None, size=size)
        self.array = np.ndarray(shape, np.float64, self.memory.buf)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.array = None
        self.memory.close()
        self.memory.unlink()


attached = {}  # in a worker: what attach set


def attach(shapes, names, filters, how):
    """A worker's start: the blocks by name, and the filters, which do not change."""
    attached["images"], attached["results"] = (Block(s, n) for s, n in zip(shapes, names))
    attached["filters"], attached["how"] = filters, how


def shared_item(i):
    images = attached["images"].array
    image = images[i if len(images) > 1 else 0]
    attached["results"].array[i] = workload.convolve(image, attached["filters"][i], *attached["how"])


def by_memory(w, images, filters, context):
    shapes = (len(images), *w.size), (w.items, *workload.result_shape(w))
    with Block(shapes[0]) as inputs, Block(shapes[1]) as results:
        names = inputs.memory.name, results.memory.name
        with context.Pool(w.num_workers, attach, (shapes, names, filters, (w.compute, w.work_time))) as pool:
            def iterate():
                for target, image in zip(inputs.array, images):
                    np.copyto(target, image)
                pool.map(shared_item, range(w.items))
                return results.array
            workload.run(w, iterate)


def main():
    w = workload.parse(__doc__, forms=("pickle", "memory"))
    # As Dragon's program. Under fork workers start sooner, and iterations take as long
    # (3000x3000 to 2 workers: 0.91 s, spawn 0.93 s): what they get is pickled all the same.
    context = multiprocessing.get_context("spawn")
    run = by_pickle if w.form == "pickle" else by_memory
    run(w, workload.images(w), workload.filters(w), context)


if __name__ == "__main__":
    main()
