"""The tables of docs/benchmarks.md, of bench/results.json alone: between <!-- bench/plot: NAME --> and <!-- end -->, NAME is
the benchmark. Knows nothing of files but the text that it is given. Called by bench/plot."""
import re

from results import number


def table(head, rows):
    return ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"] + ["| " + " | ".join(row) + " |" for row in rows]


def rows_text(count):
    return f"{int(count):,}"


def collector(of):
    time, kept, most, by_a_tenth = (
        ": processor time of a million flows at 10,000 a second",
        ": kept at 10,000 a second",
        ": most new flows without loss",
        ": most new flows without loss, by a tenth of a CPU",
    )
    kinds = [kind for (kind,) in of.matching("(.*)" + time)]
    lines = table(
        (
            "who listens",
            "processor time of a million flows, s",
            "kept, of 1",
            "most new flows a second without loss",
            "with a tenth of a CPU",
        ),
        [
            [kind] + [of.figure(kind + what).text() for what in (time, kept, most)] + [of.text_if_any(kind + by_a_tenth)]
            for kind in kinds
        ],
    )
    ratios = of.matching("(.*): processor time, to that of (.*)")
    what = ("processor time", "most without loss")
    tenth = "most without loss, by a tenth of a CPU"
    return lines + [""] + table(
        ("ratio of two that were measured in turn",) + what + (tenth,),
        [
            [f"{mine} to {other}"]
            + [of.figure(f"{mine}: {one}, to that of {other}").text() for one in what]
            + [of.text_if_any(f"{mine}: {tenth}, to that of {other}")]
            for mine, other in ratios
        ],
    )


def observed(of):
    ways = (
        "no rule",
        "a log rule that nobody listens to",
        "a loop that only receives",
        "fwlearn with programs that do nothing",
        "fwlearn observing",
    )
    works = [work for (work,) in of.matching("(.*), no rule")]
    rates = table(
        ("a second",) + ways,
        [[work] + [of.figure(f"{work}, {way}").text() for way in ways] for work in works],
    )
    ratios = table(
        ("ratio",) + tuple(works),
        [
            [f"{one} to {other}"] + [of.figure(f"{work}: {one}, to {other}").text() for work in works]
            for one, other in [(ways[-1], other) for other in ways[:-1]] + [(one, ways[1]) for one in ways[2:-1]]
        ],
    )
    return rates + [""] + ratios


def size(of):
    octets = of.figure("ulogd2's table, octets a flow").value
    return table(
        ("flows of the week", "record, MB", "a row a flow, as ulogd2 keeps (reckoned from 1,000,000), MB"),
        [
            [
                rows_text(flows),
                of.figure(f"record of a week, {flows} flows to 20,000 destinations").text(),
                number(octets * int(flows) / 1e6),
            ]
            for (flows,) in of.matching("record of a week, (.*) flows to 20,000 destinations")
        ],
    )


def rules(of):
    lines = table(
        ("entries", "a new UDP flow, ns", "to 10 entries", "loading, s"),
        [["no rules", of.figure("a new UDP flow, no rules").text(), "", ""]]
        + [
            [
                rows_text(entries),
                of.figure(f"a new UDP flow, {entries} entries").text(),
                of.figure(f"a new UDP flow, {entries} entries, to 10 entries").text(),
                of.figure(f"loading {entries} entries").text(),
            ]
            for (entries,) in of.matching("loading (.*) entries")
        ],
    )
    parts = ("", ": reading the sets", ": reading conntrack", ": filling its set")
    return lines + [""] + table(
        ("entries", "refresh of one name, ms", "reading the sets", "reading conntrack", "filling its sets"),
        [
            [rows_text(entries)] + [of.figure(f"refresh of one name, {entries} entries{part}").text() for part in parts]
            for (entries,) in of.matching("refresh of one name, ([^:]*) entries")
        ],
    )


def attribution(of):
    columns = (", without", ", with", ", added", ", with to without")
    lines = table(
        ("work, ns", "without", "with", "added", "ratio"),
        [
            [work] + [of.figure(work + column).text_of_quartiles() for column in columns]
            for (work,) in of.matching("(.*), without")
        ],
    )
    return lines + ["", f"Kernel memory of all maps: {of.figure('kernel memory of all maps').text()} MB."]


def idle(of):
    seconds = number(of.figure("time observed").value)
    rows = [
        ("wake-ups a second", "wake-ups, all processes", "at most 1"),
        ("wake-ups a second, in each tenth of the time", "wake-ups, all processes, in each tenth of the time", ""),
        ("processor time, % of a core", "processor time, all processes", "less than 0.1"),
        ("resident memory, MB, shared pages once (Pss)", "resident memory, all processes, shared pages once (Pss)", ""),
        (
            "resident memory, MB, shared pages each time (Rss)",
            "resident memory, all processes, shared pages each time (Rss)",
            "less than 30",
        ),
    ]
    rows = [[what, of.figure(name).text(), asked] for what, name, asked in rows]
    for (process,) in of.matching("wake-ups, (process .*)"):
        rows.append([f"wake-ups a second, {process}", of.figure(f"wake-ups, {process}").text(), ""])
    return table((f"all processes together, {seconds} s", "", "asked"), rows)


def analysis(of):
    rows = []
    for verb, count in of.matching("(.*), ([0-9]*) rows: time"):
        name = f"{verb}, {count} rows: "
        costs = ("time", "processor time of its own", "processor time of the kernel", "peak memory")
        cells = [of.figure(name + what).text() for what in costs]
        for growth in ("exponent of growth of its own", "exponent of growth"):
            cells.append(of.figures[name + growth].text() if name + growth in of.figures else "-")
        rows.append([verb, rows_text(count)] + cells)
    order = list(dict.fromkeys(row[0] for row in rows))
    rows.sort(key=lambda row: (row[0].startswith("reading"), order.index(row[0])))
    head = ("time, s", "processor time of its own, s", "the kernel's, s", "peak memory, MB", "exponent", "of both")
    return table(("", "aggregated rows") + head, rows)


TABLES = {function.__name__: function for function in (idle, collector, observed, size, rules, attribution, analysis)}
MARKED = re.compile(r"(<!-- bench/plot: (\w+) -->\n)(.*?)(<!-- end -->\n)", re.DOTALL)


def written(text, results):
    """The document with its tables as the results have them."""

    def one(match):
        of = results.of(match[2])
        return match[1] + "\n".join([of.origin(), ""] + TABLES[match[2]](of)) + "\n" + match[4]

    return MARKED.sub(one, text)
