"""The workloads on mpi4py; start it by mpirun -n WORKERS.

Rank 0 computes too. Arrays go as buffers (Bcast, Scatterv, Gatherv): nothing is
pickled.
"""
import sys

import numpy as np
from mpi4py import MPI

import workload


def main():
    w = workload.parse(__doc__)
    comm = MPI.COMM_WORLD
    rank, size = comm.Get_rank(), comm.Get_size()
    if size != w.num_workers:
        sys.exit(f"with_mpi.py: --num_workers {w.num_workers}, and {size} ranks were started")

    # Equal shares, in item order.
    bounds = [r * w.items // size for r in range(size + 1)]
    counts = np.diff(bounds)
    mine = counts[rank]

    def share(one):
        """Counts, in elements, of an array an item."""
        return counts * int(np.prod(one))

    one_filter, one_result = (workload.FILTER, workload.FILTER), workload.result_shape(w)
    broadcast = w.distribution == "broadcast"
    all_images = all_filters = all_results = None
    if rank == 0:
        all_images = np.stack(workload.images(w))
        all_filters = np.stack(workload.filters(w))
        all_results = np.empty((w.items, *one_result))
    images = all_images if broadcast and rank == 0 else np.empty((1 if broadcast else mine, *w.size))
    filters = np.empty((mine, *one_filter))
    results = np.empty((mine, *one_result))

    def iterate():
        if broadcast:
            comm.Bcast(images, root=0)
        else:
            comm.Scatterv([all_images, share(w.size)], images, root=0)
        comm.Scatterv([all_filters, share(one_filter)], filters, root=0)
        for i in range(mine):
            results[i] = workload.convolve(images[0 if broadcast else i], filters[i], w.compute, w.work_time)
        comm.Gatherv(results, [all_results, share(one_result)], root=0)
        return all_results

    workload.run(w, iterate, before=comm.Barrier, speak=rank == 0)


if __name__ == "__main__":
    main()
