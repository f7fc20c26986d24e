#!/usr/bin/env python3
"""Runs numcomp beside Ray, Dragon, multiprocessing and mpi4py.

In every repeat each program runs once, on the same data with the same flags, and
the order moves on by one. Results are compared with numcomp's in every run,
outside of the time. Writes the figures of every row as JSON, and a Markdown table
and an SVG plot of all rows that the folder has.
"""
import argparse
import datetime
import os
import shlex
import signal
import subprocess
import sys
import tempfile

import environment
import machine
import results
import rows
from environment import HERE, say
from programs import PROGRAMS
from runner import TOLERANCE, NotRun, Runner

ROOT = os.path.dirname(os.path.dirname(HERE))
DOCUMENTS = "README.md", os.path.join("docs", "performance.md")


def arguments():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--numcomp", default=os.path.join(ROOT, "numcomp"), help="the program (make build)")
    p.add_argument("--workers", type=int, default=2, help="workers, and numcomp's ranks (default: 2)")
    p.add_argument("--repeats", type=int, help="runs of every program (default: 3)")
    p.add_argument("--row", action="append", help="only this row, and again for more: " +
                   ", ".join(r.key for r in rows.rows(2)))
    p.add_argument("--results", help="folder of the figures (default: bench/results)")
    p.add_argument("--python", default=sys.executable, help="what makes the environment; with --quick: what runs the peers")
    p.add_argument("--under", type=shlex.split, default=[], metavar="WORDS",
                   help="words before every command, such as 'taskset -c 0,1'")
    p.add_argument("--add", action="store_true",
                   help="add the repeats to the figures that the row has of this numcomp and these versions, if any")
    p.add_argument("--limit", type=float, default=300, help="seconds that a run may take (default: 300)")
    p.add_argument("--show", action="store_true", help="measure nothing: table, plot and documents of the figures there are")
    p.add_argument("--quick", action="store_true",
                   help="a test: small rows, one repeat, the peers that --python has; leaves nothing behind. "
                        "With CI=true a peer of Debian's packages that is missing is a failure")
    a = p.parse_args()
    a.repeats = a.repeats or (1 if a.quick else 3)
    return a


def measure(runner, row, repeats, done=0):
    """A row's programs by key, with their runs, or why there are none. done repeats
    came before: the order begins that much later."""
    measured = {}
    for key in row.programs:
        program = PROGRAMS[key]
        measured[key] = {"key": key, "title": program.title, "command": "", "not_run": runner.why_not(program),
                         "max_difference": None, "runs": []}
        if not measured[key]["not_run"]:
            measured[key]["command"] = runner.shown(program, row)
    with tempfile.TemporaryDirectory(prefix="numcomp-compare-") as folder:
        reference, output = (os.path.join(folder, name) for name in ("numcomp.npy", "other.npy"))
        runner.run(PROGRAMS["numcomp"], row, reference)  # not counted: its results are what others' must equal
        for repeat in range(repeats):
            at = (done + repeat) % len(row.programs)
            for key in row.programs[at:] + row.programs[:at]:
                entry = measured[key]
                if entry["not_run"]:
                    continue
                try:
                    run = runner.run(PROGRAMS[key], row, output)
                    difference = runner.difference(reference, output)
                except NotRun as why:
                    if key == "numcomp":
                        raise NotRun(f"numcomp, {row.key}: {why}") from None
                    # No figure of one that fails at times, however fast it was at others.
                    entry["not_run"], entry["runs"], entry["max_difference"] = str(why), [], None
                    say(f"{row.key}: {entry['title']}: not run: {why}")
                    continue
                entry["runs"].append(run)
                entry["max_difference"] = max(difference, entry["max_difference"] or 0.0)
                say(f"{row.key}: repeat {repeat + 1} of {repeats}: {entry['title']}: "
                    f"{results.seconds(results.median(run))} s, median of {len(run)}")
    return measured


def draw(folder):
    """The plot, by a Go program in a module of its own."""
    subprocess.run(["go", "-C", os.path.join(HERE, "plot"), "run", ".", os.path.abspath(folder)],
                   check=True, timeout=600)


def compare(a, folder):
    """Measures the rows that were asked for; returns why the comparison failed."""
    every = rows.rows(a.workers)
    unknown = set(a.row or ()) - {r.key for r in every}
    if unknown:
        return f"no such row: {', '.join(sorted(unknown))}"
    if not a.show:
        failed = measure_rows(a, folder, [r for r in every if not a.row or r.key in a.row])
        if failed:
            return failed
    text = results.table(results.read(folder, every))
    with open(os.path.join(folder, "compare.md"), "w") as f:
        f.write(text)
    draw(folder)
    if not a.quick and not a.results:
        for name in DOCUMENTS:
            results.insert(os.path.join(ROOT, name), text)
    print(text, end="")
    return ""


def measure_rows(a, folder, wanted):
    """Measures rows and writes their files; returns why that failed."""
    if a.quick:
        env = environment.Environment(a.python)
        for module in ("ray", "dragon"):  # not Debian's
            env.failed[environment.REQUIREMENTS[module]] = "the quick mode leaves it out"
    else:
        env = environment.made(os.path.join(HERE, ".venv"), a.python)
    runner = Runner(a.numcomp, env, a.workers, a.under, a.limit)
    for row in wanted:
        row = rows.quick(row) if a.quick else row
        content = {
            "row": row.key, "title": row.title, "flags": list(row.flags), "workers": a.workers, "repeats": a.repeats,
            "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
            "machine": machine.machine(), "versions": machine.versions(runner.numcomp, env, runner.mpirun),
            "tolerance": TOLERANCE, "under": " ".join(a.under)}
        before = results.same(folder, row, content) if a.add else None
        measured = measure(runner, row, a.repeats, before["repeats"] if before else 0)
        if before:
            content["repeats"] += before["repeats"]
            measured = results.joined(before["programs"], measured)
        content["programs"] = list(results.summary(measured).values())
        results.write(folder, row, content)
        if a.quick and os.environ.get("CI") == "true":
            for entry in measured.values():
                if entry["not_run"] and PROGRAMS[entry["key"]].module in ("multiprocessing", "mpi4py"):
                    return f"{entry['title']} was not run: {entry['not_run']}"
    return ""


def main():
    a = arguments()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what runs is ended
    try:
        if a.quick and not a.results:
            with tempfile.TemporaryDirectory(prefix="numcomp-compare-") as folder:
                failed = compare(a, folder)
        else:
            failed = compare(a, a.results or os.path.join(ROOT, "bench", "results"))
    except (NotRun, OSError, ValueError, subprocess.SubprocessError) as err:
        failed = str(err)
    except KeyboardInterrupt:
        failed = "interrupted"
    if failed:
        sys.exit(f"compare: {failed}")


if __name__ == "__main__":
    main()
