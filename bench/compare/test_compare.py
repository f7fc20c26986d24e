"""Tests of what compare.py makes of what programs print: python3 -m unittest."""
import json
import os
import sys
import tempfile
import unittest
from dataclasses import replace

import results
import rows
from compare import measure
from programs import PROGRAMS
from runner import NotRun, Runner, execute, times


def program(key, title, *runs, not_run=""):
    return {"key": key, "title": title, "runs": list(runs), "not_run": not_run}


class Times(unittest.TestCase):
    lines = "Number of images: 2\n" + "".join(f"Time for iteration {i} is {s} seconds\n" for i, s in
                                              enumerate((9.5, 0.25, 1.5e-05)))

    def test_burns_are_left_out(self):
        self.assertEqual(times(self.lines, burns=1, iterations=2), [0.25, 1.5e-05])

    def test_missing_iterations_are_no_figure(self):
        with self.assertRaisesRegex(NotRun, "3 iterations of 4"):
            times(self.lines, burns=1, iterations=3)


class Execute(unittest.TestCase):
    def test_output(self):
        self.assertEqual(execute([sys.executable, "-c", "print(1)"], os.environ, 60), "1\n")

    def test_failure_is_told_with_its_last_words(self):
        with self.assertRaisesRegex(NotRun, "status 3: no such thing"):
            execute([sys.executable, "-c", "import sys; print('no such thing', file=sys.stderr); sys.exit(3)"],
                    os.environ, 60)

    def test_what_does_not_end_is_ended(self):
        with self.assertRaisesRegex(NotRun, "did not end"):
            execute([sys.executable, "-c", "import signal; signal.pause()"], os.environ, 0.2)

    def test_daemons_end_with_their_program(self):
        # The inner program prints its id and stays, in a session of its own.
        daemon = "import os, signal; print(os.getpid(), flush=True); os.close(1); signal.pause()"
        program = ("import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', sys.argv[1]], "
                   "stdout=subprocess.PIPE, start_new_session=True); print(p.stdout.readline().decode())")
        pid = int(execute([sys.executable, "-c", program, daemon], os.environ, 60))
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)


class Summary(unittest.TestCase):
    def test_ratios_are_of_one_repeat(self):
        got = results.summary({
            "numcomp": program("numcomp", "numcomp", [1.0, 1.0, 7.0], [2.0], [4.0]),
            "ray": program("ray", "Ray", [10.0], [40.0], [40.0]),
            "mpi": program("mpi", "mpi4py", not_run="it failed"),
        })
        self.assertEqual(got["numcomp"]["median_seconds"], 2.0)
        self.assertEqual(got["ray"]["median_seconds"], 40.0)
        self.assertEqual(got["ray"]["times_numcomp"], 10.0)  # of 10, 20 and 10
        self.assertIsNone(got["mpi"]["median_seconds"])
        self.assertIsNone(got["mpi"]["times_numcomp"])


class Joined(unittest.TestCase):
    def test_joined(self):
        def entry(key, *runs, not_run="", difference=0.5):
            return dict(program(key, key, *runs, not_run=not_run), max_difference=None if not_run else difference)

        before = [entry("numcomp", [1.0]), entry("ray", [2.0], difference=0.75), entry("mpi", not_run="no")]
        later = {e["key"]: e for e in (entry("numcomp", [1.5]), entry("ray", not_run="failed"), entry("mpi", [3.0]))}
        got = results.joined(before, later)
        self.assertEqual([(e["runs"], e["not_run"], e["max_difference"]) for e in got.values()],
                         [([[1.0], [1.5]], "", 0.5), ([], "failed", None), ([], "no", None)])

    def test_same(self):
        with tempfile.TemporaryDirectory() as folder:
            row = rows.rows(2)[1]
            content = {"row": row.key, "repeats": 1, "versions": {"numcomp": "1"}}
            self.assertIsNone(results.same(folder, row, content))
            results.write(folder, row, content)
            self.assertEqual(results.same(folder, row, dict(content, repeats=2))["repeats"], 1)
            self.assertIsNone(results.same(folder, row, dict(content, versions={"numcomp": "2"})))


class Table(unittest.TestCase):
    def test_table(self):
        programs = results.summary({
            "numcomp": program("numcomp", "numcomp", [0.01]),
            "ray": program("ray", "Ray", [0.123456]),
            "mpi": program("mpi", "mpi4py", not_run="it ended with status 1: no"),
        })
        row = {"title": "one image", "date": "2026-01-02", "workers": 2, "programs": list(programs.values()),
               "machine": {"cpu": "X", "cpus": 2, "memory_bytes": 2**34, "system": "S"}, "versions": {"python": "3"},
               "under": "nice", "repeats": 3}
        self.assertEqual(results.table([row]), "\n".join((
            "| seconds an iteration (times numcomp's) | one image |",
            "| --- | ---: |",
            "| numcomp | **0.0100** |",
            "| Ray | 0.123 (12x) |",
            "| mpi4py | not run |",
            "",
            "Not run, since it ended with status 1: no: mpi4py (one image).",
            "",
            "2026-01-02, 2 workers on 2 CPUs (X), 16 GiB, S; python 3; all under `nice`. Repeats: one image: 3.", "")))

    def test_seconds(self):
        self.assertEqual([results.seconds(s) for s in (0.000123456, 0.0123456, 1.23456, 12.3456, 123.456, 1234.56)],
                         ["0.000123", "0.0123", "1.23", "12.3", "123", "1235"])

    def test_insert(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "a.md")
            with open(path, "w") as f:
                f.write("head\n" + results.BEGIN + "old\n" + results.END + "tail\n")
            results.insert(path, "new\n")
            with open(path) as f:
                self.assertEqual(f.read(), "head\n" + results.BEGIN + "new\n" + results.END + "tail\n")
            with self.assertRaisesRegex(ValueError, "marks"):
                results.insert(os.devnull, "new\n")


class Documents(unittest.TestCase):
    """What the documents show is what was measured last."""

    def test_documents_have_the_table(self):
        root = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
        found = results.read(os.path.join(root, "bench", "results"), rows.rows(2))
        self.assertTrue(found, "bench/results has no figures")
        for name in ("README.md", "docs/performance.md", "bench/results/compare.md"):
            with open(os.path.join(root, name)) as f:
                self.assertIn(results.table(found), f.read(), name)


class FakeRunner:
    """Programs whose results are right or wrong by their key."""

    def __init__(self, wrong=(), fails_at=None):
        self.wrong, self.fails_at, self.ran = wrong, fails_at, []

    def why_not(self, program):
        return "not here" if program.key == "ray" else ""

    def shown(self, program, row):
        return program.key

    def run(self, program, row, output):
        self.ran.append(program.key)
        if (program.key, self.ran.count(program.key)) == self.fails_at:
            raise NotRun("it failed")
        self.last = program.key
        return [1.0]

    def difference(self, reference, other):
        if self.last in self.wrong:
            raise NotRun("its results differ")
        return 0.0


class Measure(unittest.TestCase):
    row = replace(rows.rows(2)[3], programs=("numcomp", "ray", "dragon", "mpi"))

    def test_order_moves_on(self):
        runner = FakeRunner()
        measure(runner, self.row, 2)
        self.assertEqual(runner.ran, ["numcomp", "numcomp", "dragon", "mpi", "dragon", "mpi", "numcomp"])

    def test_what_fails_once_has_no_figure(self):
        got = measure(FakeRunner(wrong=("dragon",), fails_at=("mpi", 2)), self.row, 3)
        for key in ("ray", "dragon", "mpi"):
            self.assertEqual(got[key]["runs"], [], key)
        self.assertEqual([got[k]["not_run"] for k in ("ray", "dragon", "mpi")],
                         ["not here", "its results differ", "it failed"])
        self.assertEqual(len(got["numcomp"]["runs"]), 3)

    def test_without_numcomp_there_is_no_comparison(self):
        with self.assertRaisesRegex(NotRun, "numcomp, work: its results differ"):
            measure(FakeRunner(wrong=("numcomp",)), self.row, 1)


class Command(unittest.TestCase):
    def test_every_program_of_a_row_is_in_the_table(self):
        for row in rows.rows(2):
            self.assertLessEqual(set(row.programs), set(PROGRAMS))
            self.assertEqual(row.programs[0], "numcomp")
            self.assertEqual(rows.quick(row).key, row.key)


class Results(unittest.TestCase):
    def test_written_is_read(self):
        with tempfile.TemporaryDirectory() as folder:
            row = rows.rows(2)[1]
            results.write(folder, row, {"row": row.key})
            self.assertEqual(results.read(folder, rows.rows(2)), [{"schema": results.SCHEMA, "row": "images"}])
            with open(os.path.join(folder, "compare-images.json")) as f:
                self.assertEqual(json.load(f)["row"], "images")


if __name__ == "__main__":
    unittest.main()
