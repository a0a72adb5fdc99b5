"""The plots of docs/, of bench/results.json alone: the same figures give the same bytes. On a white ground, which is as
readable on a dark page as on a light one. Called by bench/plot.

python3-matplotlib draws them, and not gnuplot: docs/plots/unseen-mass needs it already, and its SVG is the same from run to run.
"""
import math
import os
import tempfile

# Else it keeps a list of the machine's fonts in the home of whoever draws.
os.environ.setdefault("MPLCONFIGDIR", tempfile.gettempdir() + f"/matplotlib-{os.getuid()}")
import matplotlib  # noqa: E402

matplotlib.rcdefaults()
matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "benchmarks"
matplotlib.rcParams["svg.fonttype"] = "none"
import matplotlib.pyplot as plt  # noqa: E402  the back end is chosen first
from matplotlib.ticker import FuncFormatter, NullFormatter  # noqa: E402

from results import number  # noqa: E402

OURS, THEIRS = "#b2182b", "#2166ac"
COLOURS = ("#b2182b", "#2166ac", "#1b7837", "#762a83")


def figure_of(height=4.5):
    figure, axes = plt.subplots(figsize=(7.5, height), facecolor="white")
    axes.grid(alpha=0.3)
    return figure, axes


def plain_numbers(axis):
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))
    axis.set_minor_formatter(NullFormatter())


def describe(axes, title, across, up):
    """What is said of lines that are drawn already, and at their scale."""
    plain_numbers(axes.xaxis)
    plain_numbers(axes.yaxis)
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.set_title(title, fontsize=9)
    axes.legend()


def dots(of, end, title, label):
    """A line for each listener, on a logarithmic scale, with the least and the most."""
    kinds = [kind for (kind,) in of.matching("(.*)" + end)]
    figure, axes = figure_of(0.45 * len(kinds) + 1.3)
    for place, kind in enumerate(reversed(kinds)):
        one = of.figure(kind + end)
        colour = OURS if kind.startswith("fwlearn") else THEIRS
        axes.plot([one.low, one.high], [place, place], color=colour, linewidth=2, alpha=0.5)
        axes.plot([one.value], [place], "o", color=colour)
        axes.annotate(number(one.value), (one.value, place), xytext=(0, 6), textcoords="offset points", ha="center", fontsize=8)
    axes.set_xscale("log")
    values = [value for kind in kinds for value in (of.figure(kind + end).low, of.figure(kind + end).high) if value > 0]
    axes.set_xlim(10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values)) + 1e-9))
    plain_numbers(axes.xaxis)
    axes.set_yticks(range(len(kinds)), reversed(kinds))
    axes.set_ylim(-0.6, len(kinds) - 0.2)
    axes.set_xlabel(label)
    axes.set_title(title, fontsize=9)
    return figure


def flow_time(results):
    return dots(
        results.of("collector"),
        ": processor time of a million flows at 10,000 a second",
        "Processor time of a million new flows, at 10,000 a second",
        "seconds",
    )


def flow_loss(results):
    return dots(
        results.of("collector"), ": most new flows without loss", "The most new flows of which none is lost", "flows a second"
    )


def record_size(results):
    of = results.of("size")
    flows = [int(count) for (count,) in of.matching("record of a week, (.*) flows to 20,000 destinations")]
    octets = of.figure("ulogd2's table, octets a flow").value
    figure, axes = figure_of()
    sizes = [of.figure(f"record of a week, {count} flows to 20,000 destinations").value for count in flows]
    axes.loglog(flows, sizes, "o-", color=OURS, label="fwlearn's record")
    axes.loglog(flows, [octets * count / 1e6 for count in flows], "--", color=THEIRS, label="a row a flow, as ulogd2 keeps (reckoned)")
    describe(axes, "How large a record gets", "flows of a week, to 20,000 destinations", "MB")
    return figure


def verbs(results):
    of = results.of("analysis")
    figure, axes = figure_of()
    largest = 0
    for verb, colour in zip(("suggest", "coverage", "backtest", "audit"), COLOURS):
        rows = [int(count) for (count,) in of.matching(f"{verb}, ([0-9]*) rows: time")]
        times = [of.figure(f"{verb}, {count} rows: time").value for count in rows]
        axes.loglog(rows, times, "o-", color=colour, label=verb)
        largest = max(largest, *rows)
    # As n log n would have it, through 10 s for a million.
    bound = [10**power for power in range(4, round(math.log10(largest)) + 1)]
    axes.loglog(bound, [10 * n * math.log(n) / (1e6 * math.log(1e6)) for n in bound], ":", color="#555555", label="asked: n log n, 10 s at 10⁶")
    describe(axes, "The time that a verb takes", "aggregated rows of the record", "seconds")
    return figure


def rules(results):
    of = results.of("rules")
    entries = [int(count) for (count,) in of.matching("loading (.*) entries")]
    figure, axes = figure_of()
    each = [of.figure(f"a new UDP flow, {count} entries") for count in entries]
    axes.fill_between(entries, [one.low for one in each], [one.high for one in each], color=OURS, alpha=0.15, linewidth=0)
    axes.plot(entries, [one.value for one in each], "o-", color=OURS, label="with a whitelist loaded")
    axes.axhline(of.figure("a new UDP flow, no rules").value, linestyle="--", color=THEIRS, label="no rules")
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    title = "What a whitelist costs a new flow: medians, and from the least to the most"
    describe(axes, title, "entries of the whitelist", "nanoseconds for a new UDP flow")
    return figure


PLOTS = {
    "benchmark-flow-time.svg": flow_time,
    "benchmark-flow-loss.svg": flow_loss,
    "benchmark-record-size.svg": record_size,
    "benchmark-verbs.svg": verbs,
    "benchmark-rules.svg": rules,
}


def draw(name, results, path):
    figure = PLOTS[name](results)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None, "Creator": None})
    plt.close(figure)
