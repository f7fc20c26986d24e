"""The workloads on Dragon; in this folder, start it by Dragon's launcher:
    dragon --single-node-override with_dragon.py

Form pool: multiprocessing.Pool over Dragon's processes and queues, as Dragon's own
program. Form memory: images are copied into Dragon's managed memory, where the
workers read them in place; they write their results there, and only indices and
descriptors go through the queues.
"""
import dragon  # noqa: F401  before multiprocessing, which it takes over
import itertools
import multiprocessing

import numpy as np
from dragon.managed_memory import MemoryAlloc, MemoryPool

import workload


def pool_item(args):
    return workload.convolve(*args)


def by_pool(w, images, filters):
    if w.distribution == "broadcast":
        images = images * w.items
    with multiprocessing.Pool(w.num_workers) as pool:
        workload.run(w, lambda: pool.map(
            pool_item, zip(images, filters, itertools.repeat(w.compute), itertools.repeat(w.work_time))))


def view(memory, shape):
    """Managed memory as an array of float64; its blocks are rounded up."""
    return np.frombuffer(memory.get_memview(), np.float64, int(np.prod(shape))).reshape(shape)


attached = {}  # in a worker: arrays by descriptor


def attach(descriptor, shape):
    if descriptor not in attached:
        attached[descriptor] = view(MemoryAlloc.attach(descriptor), shape)
    return attached[descriptor]


def memory_item(args):
    i, filt, (descriptors, shapes), how = args
    images, results = (attach(d, s) for d, s in zip(descriptors, shapes))
    results[i] = workload.convolve(images[i if len(images) > 1 else 0], filt, *how)


def by_memory(w, images, filters):
    shapes = (len(images), *w.size), (w.items, *workload.result_shape(w))
    default = MemoryPool.attach_default()
    blocks = [default.alloc(8 * int(np.prod(s))) for s in shapes]
    inputs, results = (view(m, s) for m, s in zip(blocks, shapes))
    where = tuple(bytes(m.serialize()) for m in blocks), shapes
    how = w.compute, w.work_time
    with multiprocessing.Pool(w.num_workers) as pool:
        def iterate():
            for target, image in zip(inputs, images):
                np.copyto(target, image)
            pool.map(memory_item, [(i, f, where, how) for i, f in enumerate(filters)])
            return results

        workload.run(w, iterate)
    for memory in blocks:
        memory.free()


def main():
    w = workload.parse(__doc__, forms=("pool", "memory"))
    multiprocessing.set_start_method("dragon")
    run = by_pool if w.form == "pool" else by_memory
    run(w, workload.images(w), workload.filters(w))


if __name__ == "__main__":
    main()
