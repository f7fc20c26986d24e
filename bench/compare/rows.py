"""The workloads that are compared: the rows of the results."""
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Row:
    """A workload. flags are given to every program, peers' and numcomp's alike."""
    key: str
    title: str  # how tables and plots call it
    flags: tuple
    programs: tuple  # keys of programs.PROGRAMS, in the order of the table
    iterations: int = 5  # of the peers
    burns: int = 2
    # Programs that take minutes: their own (iterations, burns).
    slow: dict = field(default_factory=dict)


OURS = ("numcomp", "numcomp-in-place", "numcomp-all")
PEERS = ("ray", "dragon", "dragon-memory", "pool", "pool-memory", "mpi")
# Ray's tasks and pools are handed out as workers are free, too.
SCATTERED = ("numcomp", "numcomp-dynamic", *OURS[1:], "ray", "ray-chunk", *PEERS[1:], "mpi-kept")


def rows(workers):
    """The rows for a number of workers. The blog's has an item a worker."""
    scatter = "--distribution", "scatter"
    return [
        Row("blog", f"one 3000x3000 image to all, {workers} filters",
            ("--size", "3000x3000", "--items", str(workers), "--distribution", "broadcast"),
            OURS + PEERS + ("mpi-kept",)),
        Row("images", "33 images of 1000x1000", ("--size", "1000x1000", "--items", "33", *scatter),
            SCATTERED),
        Row("small", "4096 images of 32x32", ("--size", "32x32", "--items", "4096", *scatter),
            SCATTERED, slow={"ray": (1, 1)}),
        Row("work", "8 images of 1000x1000, 1 s of work each",
            ("--size", "1000x1000", "--items", "8", "--work_time", "1", *scatter),
            ("numcomp", "ray", "dragon", "pool", "mpi"), iterations=2, burns=1),
    ]


# What each row shrinks to in the quick mode, which is a test.
QUICK = {
    "blog": ("--size", "301x203", "--items", "3", "--distribution", "broadcast"),
    "images": ("--size", "100x99", "--items", "9", "--distribution", "scatter"),
    "small": ("--size", "32x32", "--items", "64", "--distribution", "scatter"),
    "work": ("--size", "50x50", "--items", "4", "--work_time", "0.05", "--distribution", "scatter"),
}


def quick(row):
    """The row at a size that takes no time."""
    return replace(row, title="quick: " + row.key, flags=QUICK[row.key], iterations=2, burns=1, slow={})
