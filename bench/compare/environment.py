"""The Python environment that the peers run in."""
import hashlib
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))

# The requirements that a module comes from; all need numpy and scipy.
REQUIREMENTS = {"ray": "ray", "dragon": "dragon", "mpi4py": "mpi4py", "multiprocessing": "scipy"}


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


class Environment:
    """A Python with the peers' modules.

    why_not tells for a module why it cannot be used, empty if it can.
    """

    def __init__(self, python):
        self.python = python
        self.failed = {}  # requirements: why they could not be installed
        self.answers = {}

    def why_not(self, module):
        requirements = REQUIREMENTS[module]
        for name in ("scipy", requirements):
            if name in self.failed:
                return self.failed[name]
        if module not in self.answers:
            done = subprocess.run([self.python, "-c", f"import numpy, scipy.signal, {module}"],
                                  capture_output=True, text=True, timeout=120)
            self.answers[module] = "" if done.returncode == 0 else last_line(done.stderr)
        return self.answers[module]

    def command(self, name):
        """The path of a command that came with a module."""
        return os.path.join(os.path.dirname(self.python), name)

    def versions(self):
        """The versions of what is there, by package."""
        code = ("import importlib.metadata as m, platform\n"
                "print('python', platform.python_version())\n"
                "for name in 'numpy scipy ray dragonhpc mpi4py'.split():\n"
                "    try: print(name, m.version(name))\n"
                "    except m.PackageNotFoundError: pass\n")
        out = subprocess.run([self.python, "-c", code], capture_output=True, text=True, check=True, timeout=60).stdout
        return dict(line.split() for line in out.splitlines())


def made(folder, base):
    """The environment in folder, made by the interpreter base, with all that can be
    installed of the requirements. What is there already is not installed again."""
    env = Environment(os.path.join(folder, "bin", "python"))
    if not os.path.exists(env.python):
        say(f"making a Python environment in {os.path.relpath(folder)}")
        subprocess.run([base, "-m", "venv", folder], check=True, timeout=120)
    constraints = os.path.join(HERE, "constraints.txt")
    for name in sorted(set(REQUIREMENTS.values()), key=lambda n: n != "scipy"):
        file = os.path.join(HERE, f"requirements-{name}.txt")
        digest = hashlib.sha256(b"".join(open(f, "rb").read() for f in (file, constraints))).hexdigest()
        stamp = os.path.join(folder, "installed-" + name)
        if os.path.exists(stamp) and open(stamp).read() == digest:
            continue
        say(f"installing {os.path.basename(file)}")
        done = subprocess.run([env.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                               "--only-binary", ":all:", "-r", file, "-c", constraints],
                              capture_output=True, text=True, timeout=900)
        if done.returncode != 0:
            env.failed[name] = "not installed: " + last_line(done.stderr)
            continue
        with open(stamp, "w") as f:
            f.write(digest)
    return env


def say(text):
    print(f"compare: {text}", file=sys.stderr, flush=True)
