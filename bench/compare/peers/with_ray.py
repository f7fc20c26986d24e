"""The workloads on Ray: objects put into its store, tasks that read them there.

Form image: an object and a task for every image, as the Ray programs that numcomp
stands beside. Form chunk: the images of a chunk in one object and one task for
it, four chunks a worker (Pool.map's number), which Ray's advice against tasks that
are too small comes to. Arrays in the store are read in place, not copied, in both.
"""
import ray

import workload


@ray.remote
def image_task(image, filt, compute, work_time):
    return workload.convolve(image, filt, compute, work_time)


@ray.remote
def chunk_task(images, filters, compute, work_time):
    return [workload.convolve(x, f, compute, work_time) for x, f in zip(images, filters)]


def main():
    w = workload.parse(__doc__, forms=("image", "chunk"))
    images, filters = workload.images(w), workload.filters(w)
    how = (w.compute, w.work_time)
    ray.init(num_cpus=w.num_workers, include_dashboard=False, log_to_driver=False,
             _node_ip_address="127.0.0.1")

    def broadcast():
        image = ray.put(images[0])
        return ray.get([image_task.remote(image, f, *how) for f in filters])

    def scatter():
        return ray.get([image_task.remote(ray.put(x), f, *how) for x, f in zip(images, filters)])

    def scatter_chunks():
        size = -(-w.items // (4 * w.num_workers))
        parts = ray.get([
            chunk_task.remote(ray.put(images[i:i + size]), filters[i:i + size], *how)
            for i in range(0, w.items, size)])
        return [result for part in parts for result in part]

    if w.distribution == "broadcast":
        workload.run(w, broadcast)
    else:
        workload.run(w, scatter if w.form == "image" else scatter_chunks)
    ray.shutdown()


if __name__ == "__main__":
    main()
