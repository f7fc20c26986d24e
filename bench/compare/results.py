"""Figures: what was measured of a row, its file, and the table of all rows."""
import json
import os
from statistics import median

SCHEMA = 1


def summary(measured):
    """Of programs by key, each with runs (a list of counted seconds for every
    repeat; empty if not run): median_seconds, the median of the runs' medians, and
    times_numcomp, the median over the repeats of the ratio to numcomp's run in the
    same repeat. A program that was not run has neither."""
    ours = [median(run) for run in measured["numcomp"]["runs"]]
    for program in measured.values():
        theirs = [median(run) for run in program["runs"]]
        program["median_seconds"] = median(theirs) if theirs else None
        program["times_numcomp"] = median(b / a for a, b in zip(ours, theirs)) if theirs else None
    return measured


def write(folder, row, content):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, f"compare-{row.key}.json"), "w") as f:
        json.dump({"schema": SCHEMA, **content}, f, indent=1)
        f.write("\n")


def same(folder, row, content):
    """The row's file, if it is of the same workload, versions, machine and day."""
    for old in read(folder, [row]):
        if all(old[key] == content[key] for key in content if key != "repeats"):
            return old
    return None


def joined(before, measured):
    """Later runs after earlier ones. What was not run in one of them was not run."""
    for old in before:
        new = measured[old["key"]]
        new["not_run"] = old["not_run"] or new["not_run"]
        new["runs"] = [] if new["not_run"] else old["runs"] + new["runs"]
        new["max_difference"] = None if new["not_run"] else max(old["max_difference"], new["max_difference"])
    return measured


def read(folder, rows):
    """The rows' files that are there, in order."""
    found = []
    for row in rows:
        path = os.path.join(folder, f"compare-{row.key}.json")
        if os.path.exists(path):
            with open(path) as f:
                found.append(json.load(f))
    return found


def seconds(s):
    """Three significant digits, no exponent."""
    return f"{s:.{max(0, 2 - exponent(s))}f}"


def exponent(x):
    return int(f"{x:e}".partition("e")[2])


def times(ratio):
    return f"{ratio:.1f}x" if ratio < 9.95 else f"{ratio:.0f}x"


def cell(program):
    if program is None:
        return ""
    if program["median_seconds"] is None:
        return "not run"
    if program["key"] == "numcomp":
        return f"**{seconds(program['median_seconds'])}**"
    return f"{seconds(program['median_seconds'])} ({times(program['times_numcomp'])})"


def table(found):
    """Markdown: a line for every program, a column for every row; below it why
    programs were not run, and what it was measured on."""
    titles = {}
    for row in found:
        for program in row["programs"]:
            titles.setdefault(program["key"], program["title"])
    lines = ["| seconds an iteration (times numcomp's) | " + " | ".join(row["title"] for row in found) + " |",
             "| --- |" + " ---: |" * len(found)]
    order = sorted(titles, key=lambda key: place(found, key))
    for key in order:
        cells = (cell(next((p for p in row["programs"] if p["key"] == key), None)) for row in found)
        lines.append(f"| {titles[key]} | " + " | ".join(cells) + " |")
    reasons = {}
    for row in found:
        for program in row["programs"]:
            if program["not_run"]:
                reasons.setdefault(program["not_run"], {}).setdefault(program["title"], []).append(row["title"])
    lines.append("")
    for reason, programs in reasons.items():
        said = "; ".join(f"{title} ({' / '.join(where)})" for title, where in programs.items())
        lines += [f"Not run, since {reason}: {said}.", ""]
    on = {}
    for row in found:
        on.setdefault(measured_on(row), []).append(f"{row['title']}: {row['repeats']}")
    lines += [f"{line}. Repeats: {'; '.join(repeats)}." for line, repeats in on.items()]
    return "\n".join(lines) + "\n"


def place(found, key):
    """Where a program stands in the longest list of programs."""
    longest = max(([p["key"] for p in row["programs"]] for row in found), key=len)
    return longest.index(key) if key in longest else len(longest)


def measured_on(row):
    m, v = row["machine"], row["versions"]
    named = ", ".join(f"{name} {version}" for name, version in v.items() if name != "mpirun")
    return (f"{row['date']}, {row['workers']} workers on {m['cpus']} CPUs ({m['cpu']}), {m['memory_bytes'] / 2**30:.0f} GiB, "
            f"{m['system']}; {named}" + (f", {v['mpirun']}" if "mpirun" in v else "") +
            (f"; all under `{row['under']}`" if row["under"] else ""))


BEGIN, END = "<!-- make compare: begin -->\n", "<!-- make compare: end -->\n"


def insert(path, text):
    """Puts the table between the marks of a document."""
    with open(path) as f:
        old = f.read()
    if BEGIN not in old or END not in old:
        raise ValueError(f"{path}: the marks {BEGIN.strip()} and {END.strip()} are not there")
    head, rest = old.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    with open(path, "w") as f:
        f.write(head + BEGIN + text + END + tail)
