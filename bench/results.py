"""What bench/results.json says, as the benchmarks wrote it (bench/figures.cpp). Knows nothing of tables or plots; used by both."""
import json
import re


class Missing(Exception):
    """A figure that is needed is not there: one line of which, and what takes it."""


def number(value):
    """Three digits that mean something: 0.0123, 1.23, 12,300."""
    digits = 3 - len(f"{abs(value):.0f}") if abs(value) >= 1 else 2
    while 0 < abs(value) < 1 and abs(value) * 10 ** (digits - 2) < 1:
        digits += 1
    return f"{round(value, digits):,.{max(digits, 0)}f}"


class NotTaken(Missing):
    """A whole benchmark that was never run."""


class Figure:
    def __init__(self, stored):
        self.value, self.low, self.high = (stored[key] for key in ("value", "low", "high"))
        self.quartiles, self.runs = stored["quartiles"], stored["runs"]

    def text(self):
        """The median, and where there are several runs the least and the most."""
        return self._with(self.low, self.high)

    def text_of_quartiles(self):
        return self._with(*self.quartiles)

    def _with(self, low, high):
        return number(self.value) + (f" ({number(low)} .. {number(high)})" if self.runs > 1 else "")


class Benchmark:
    def __init__(self, path, name, stored):
        self.path, self.name = path, name
        self.when, self.machine = stored["when"], stored["machine"]
        self.figures = {figure["name"]: Figure(figure) for figure in stored["figures"]}

    def figure(self, name):
        if name not in self.figures:
            raise Missing(f"{self.path} has no figure \"{name}\": scripts/bench {self.name} takes it")
        return self.figures[name]

    def text_if_any(self, name):
        """Of what is left out where it was not to be had: a rate at which nothing is lost."""
        return self.figures[name].text() if name in self.figures else "-"

    def matching(self, pattern):
        """What the pattern's groups are, of every figure whose whole name it is, in the order of the file."""
        found = [match.groups() for match in map(re.compile(pattern).fullmatch, self.figures) if match]
        if not found:
            raise Missing(f"{self.path} has no figure like \"{pattern}\": scripts/bench {self.name} takes it")
        return list(dict.fromkeys(found))

    def origin(self):
        """When, where, and how often."""
        runs = sorted({figure.runs for figure in self.figures.values()})
        times = f"{runs[0]}" if len(runs) == 1 else f"{runs[0]} to {runs[-1]}"
        machine = self.machine
        return (
            f"{self.when[:10]}, {machine['processor']}, {machine['processors']} CPUs, {machine['memory_gib']:.0f} GiB, "
            f"Linux {machine['kernel']}, Debian {machine['debian']}; {times} runs of each."
        )


class Results:
    def __init__(self, path):
        self.path = path
        try:
            with open(path, encoding="utf-8") as file:
                self.stored = json.load(file)
        except FileNotFoundError:
            self.stored = {}
        except (OSError, ValueError) as error:
            raise Missing(f"{path} cannot be read ({error}): scripts/bench makes it") from error

    def of(self, name):
        if name not in self.stored:
            raise NotTaken(f"{self.path} has nothing of {name}: scripts/bench {name} takes it")
        return Benchmark(self.path, name, self.stored[name])
