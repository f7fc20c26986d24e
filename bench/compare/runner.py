"""Runs one program once, and reads its times."""
import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile

from environment import HERE, last_line

# No two sums of 16 products of numbers below 1 can differ by more: each is within
# n u sum|a b| of the exact one (Higham, Accuracy and Stability of Numerical
# Algorithms, section 3.1), with n = 16, u = 2^-53 and the sum at most 16.
TOLERANCE = 2 * 16 * 2.0 ** -53 * 16

# The peers run in their folder: Dragon's workers look for their modules there.
PEERS = os.path.join(HERE, "peers")

TIME = re.compile(r"^Time for iteration (\d+) is (\S+) seconds$")


class NotRun(Exception):
    """Why there are no figures of a program."""


def times(text, burns, iterations):
    """The seconds of the counted iterations, of the lines that the programs print."""
    found = [TIME.match(line.strip()) for line in text.splitlines()]
    seconds = [float(m[2]) for m in found if m]
    if len(seconds) != burns + iterations:
        raise NotRun(f"it printed {len(seconds)} iterations of {burns + iterations}")
    return seconds[burns:]


class Runner:
    """workers: of every program. under: words before every command, such as taskset
    -c 0,1. limit: seconds that a run may take."""

    def __init__(self, numcomp, environment, workers, under=(), limit=300):
        self.numcomp, self.environment, self.workers = os.path.abspath(numcomp), environment, workers
        self.under, self.limit = list(under), limit
        self.mpirun = shutil.which("mpirun.openmpi") or shutil.which("mpirun")
        self.help = subprocess.run([self.numcomp, "--help"], capture_output=True, text=True, check=True).stdout

    def why_not(self, program):
        """Why a program cannot be run, empty if it can."""
        if program.ours:
            for flag in program.flags:
                if flag.startswith("--") and flag not in self.help:
                    return f"this numcomp has no {flag}"
            return ""
        if program.module == "mpi4py" and not self.mpirun:
            return "mpirun is not installed (Debian: openmpi-bin)"
        return self.environment.why_not(program.module)

    def command(self, program, row, iterations, burns):
        """The whole command."""
        flags = ["--num_workers", str(self.workers), *row.flags,
                 "--iterations", str(iterations), "--burns", str(burns), *program.flags]
        if program.ours:
            return [self.numcomp, *flags]
        script = [os.path.join(PEERS, program.file), *flags]
        if program.module == "dragon":
            return [self.environment.command("dragon"), "--single-node-override", *script]
        if program.module == "mpi4py":
            return [self.mpirun, "-n", str(self.workers), self.environment.python, *script]
        return [self.environment.python, *script]

    def shown(self, program, row):
        """The command as a reader would type it."""
        words = self.command(program, row, *counts(program, row))
        return " ".join(os.path.basename(w) if os.path.isabs(w) else w for w in words)

    def run(self, program, row, output):
        """The seconds of the counted iterations; the results of the last one are
        written to output. Raises NotRun."""
        iterations, burns = counts(program, row)
        with tempfile.TemporaryDirectory(prefix="nc") as home:
            # What the programs leave in the user's home, they leave here. One thread a
            # worker: the workers are what uses the cores.
            env = dict(os.environ, HOME=home, RAY_TMPDIR=home, RAY_USAGE_STATS_ENABLED="0",
                       PATH=os.path.dirname(self.environment.python) + ":" + os.environ["PATH"],
                       OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", MKL_NUM_THREADS="1",
                       OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                       OMPI_MCA_rmaps_base_oversubscribe="1")
            command = self.command(program, row, iterations, burns) + ["--output", output]
            report = os.path.join(home, "report.json")
            if program.ours:
                command += ["--json", report]
            text = execute(self.under + command, env, self.limit)
            if not program.ours:
                return times(text, burns, iterations)
            with open(report) as f:  # all digits, where the lines have three
                return [i["seconds"] for i in json.load(f)["iterations"] if not i["burn"]]

    def difference(self, reference, other):
        """The largest difference of two programs' results."""
        done = subprocess.run([self.environment.python, os.path.join(PEERS, "agree.py"), reference, other],
                              capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise NotRun(last_line(done.stderr))
        found = float(done.stdout)
        if not found <= TOLERANCE:  # a NaN is no agreement either
            raise NotRun(f"its results differ from numcomp's by {found:.3g}, and {TOLERANCE:.3g} is allowed")
        return found


def counts(program, row):
    """Iterations that count, and burns: numcomp's are short, so it does more."""
    if program.ours and row.iterations > 2:
        return 4 * row.iterations, row.burns
    return row.slow.get(program.key, (row.iterations, row.burns))


def execute(command, env, limit):
    """Standard output of a command. After limit seconds, or when we are interrupted,
    it is ended; and whatever it left running is, in any case."""
    adopt()
    # Files, not pipes: a daemon would keep a pipe open, and us waiting for its end.
    with tempfile.TemporaryFile("w+", errors="replace") as out, \
            tempfile.TemporaryFile("w+", errors="replace") as err:
        # In our session and process group: Dragon's launcher hangs as the leader of its own.
        child = subprocess.Popen(command, env=env, cwd=PEERS, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        try:
            status = child.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            raise NotRun(f"it did not end within {limit} s") from None
        finally:
            if child.returncode is None:
                end(child)
            kill_orphans()
        out.seek(0)
        err.seek(0)
        text = out.read()
        if status != 0:
            raise NotRun(f"it ended with status {status}: {last_line(err.read() or text)}")
        return text


def end(child):
    """SIGTERM, and after 10 s SIGKILL."""
    child.terminate()
    try:
        child.wait(timeout=10)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


def adopt():
    """Makes us the parent of descendants whose own parent has ended. Ray and Dragon
    have daemons, in sessions of their own, which outlive a program that is killed."""
    if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def kill_orphans():
    """Kills our children, theirs as they become ours, and so on until none is left.
    Nothing else is running under us: programs run one at a time."""
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            for task in os.listdir("/proc/self/task"):
                with open(f"/proc/self/task/{task}/children") as f:
                    for orphan in f.read().split():
                        os.kill(int(orphan), signal.SIGKILL)
            os.waitpid(-1, 0)
