"""What the figures were measured on."""
import os
import platform
import subprocess


def field(path, key, separator):
    """The first value of a key in a file of keys and values."""
    with open(path) as f:
        for line in f:
            name, _, value = line.partition(separator)
            if name.strip() == key:
                return value.strip().strip('"')
    return "unknown"


def machine():
    return {
        "cpu": field("/proc/cpuinfo", "model name", ":"),
        "cpus": len(os.sched_getaffinity(0)),
        "memory_bytes": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "architecture": platform.machine(),
        "kernel": platform.release(),
        "system": field("/etc/os-release", "PRETTY_NAME", "="),
    }


def first_line(*command):
    """What a command says first; empty if there is none such."""
    try:
        out = subprocess.run(command, capture_output=True, text=True, timeout=30).stdout
    except OSError:
        return ""
    return out.strip().split("\n")[0]


def versions(numcomp, environment, mpirun):
    found = {"numcomp": first_line(numcomp, "version").removeprefix("numcomp ")}
    found.update(environment.versions())
    if mpirun:
        found["mpirun"] = first_line(mpirun, "--version")
    return found
