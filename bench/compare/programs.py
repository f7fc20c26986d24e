"""The programs that are compared: a table."""
from dataclasses import dataclass


@dataclass(frozen=True)
class Program:
    """title is how tables call it. A peer has a file in peers/ and needs a module of
    the Python environment; numcomp has neither."""
    key: str
    title: str
    flags: tuple = ()
    file: str = ""
    module: str = ""

    @property
    def ours(self):
        return not self.file


PROGRAMS = {p.key: p for p in (
    Program("numcomp", "numcomp"),
    Program("numcomp-in-place", "numcomp `--in-place`", ("--in-place",)),
    Program("numcomp-dynamic", "numcomp `--schedule dynamic`", ("--schedule", "dynamic")),
    Program("numcomp-all", "numcomp `--compute all`", ("--compute", "all")),
    Program("ray", "Ray", (), "with_ray.py", "ray"),
    Program("ray-chunk", "Ray, an object and a task a chunk", ("--form", "chunk"), "with_ray.py", "ray"),
    Program("dragon", "Dragon, its Pool", (), "with_dragon.py", "dragon"),
    Program("dragon-memory", "Dragon, its managed memory", ("--form", "memory"), "with_dragon.py", "dragon"),
    Program("pool", "multiprocessing, Pool", (), "with_pool.py", "multiprocessing"),
    Program("pool-memory", "multiprocessing, shared_memory", ("--form", "memory"), "with_pool.py", "multiprocessing"),
    Program("mpi", "mpi4py", (), "with_mpi.py", "mpi4py"),
    Program("mpi-kept", "mpi4py, kept outputs only, in numpy", ("--compute", "kept"), "with_mpi.py", "mpi4py"),
)}
