#!/usr/bin/python3
"""Compares `willis bench` with the same steps in PyTorch (bench/torch) on this machine, and writes the table of bench/README.md.

    /usr/bin/python3 bench/compare.py --willis build/release/cli/willis --write          all of it: an hour or more
    /usr/bin/python3 bench/compare.py --only wgan2d-critic --precision f32 --pairs 5     some of it, printed only

Ours and theirs take turns (A B A B ...), each in a process of its own, so that both see the same machine; the ratio of
each pair is taken, and the median of these is what counts. PyTorch runs in the fastest of a few forms (memory
format, samples a pass), which is found first.
"""
import argparse
import datetime
import json
import os
import statistics
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TORCH_BENCH = os.path.join(HERE, "torch", "bench.py")
README = os.path.join(HERE, "README.md")
BEGIN, END = "<!-- bench-torch: begin -->", "<!-- bench-torch: end -->"

# name, options of both sides, forms that PyTorch is tried in (the first is its default)
FORMATS = ([], ["--channels-last"])
TILES = FORMATS + (["--at-once", "16"],)
SLICES = FORMATS + (["--at-once", "3"],)
SETTINGS = (
    ("wgan2d-critic", ["--filters", "96", "--batch", "16"], FORMATS),
    ("wgan2d-critic", ["--filters", "16", "--batch", "32"], FORMATS),
    ("wgan2d-critic", ["--filters", "96", "--batch", "16", "--spectral"], FORMATS),
    ("wgan2d-generator", ["--filters", "96", "--batch", "16"], FORMATS),
    ("wgan3d-critic", ["--filters", "128", "--batch", "1", "--spectral"], FORMATS),
    ("wgan3d-generator", ["--filters", "128", "--batch", "1", "--spectral"], FORMATS),
    ("unet2d-train", ["--filters", "32", "--batch", "16"], FORMATS),
    ("unet2d-infer", ["--filters", "32", "--batch", "16"], TILES),
    ("unet3d-train", ["--filters", "16", "--batch", "1"], FORMATS),
    ("temp-pix2pix-train", ["--filters", "16", "--batch", "1"], FORMATS),
    ("temp-pix2pix-infer", ["--filters", "16", "--batch", "21"], SLICES),
)
# sizes with which the comparison itself can be tried out in a minute
TINY = {"wgan2d": "32", "wgan3d": "16", "unet2d": "32", "unet3d": "16", "temp-pix2pix": "64"}


def parse():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--willis", default=os.path.join(HERE, "..", "build", "release", "cli", "willis"))
    parser.add_argument("--only", action="append", metavar="NAME", help="a bench; may be given several times")
    parser.add_argument("--pairs", type=int, default=3, help="times that both are run (3)")
    parser.add_argument("--repeats", type=int, default=3, help="timed steps of each run (3)")
    parser.add_argument("--precision", choices=("f32", "bf16", "both"), default="both")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--write", action="store_true", help="put the table into bench/README.md")
    parser.add_argument("--json", metavar="FILE", help="where to write every single result")
    parser.add_argument("--tiny", action="store_true", help="smallest sizes, to try the comparison out")
    options = parser.parse_args()
    names = {name for name, _, _ in SETTINGS}
    for name in options.only or ():
        if name not in names:
            parser.error(f"there is no comparison of {name}; there are: {', '.join(sorted(names))}")
    if options.pairs < 1 or options.repeats < 1 or options.threads < 1:
        parser.error("--pairs, --repeats and --threads must be 1 or more")
    if options.write and (options.tiny or options.only):
        parser.error("--write is for the whole comparison; leave --tiny and --only out")
    return options


def say(text):
    print(text, file=sys.stderr, flush=True)


def torch_version():
    try:
        return subprocess.run([sys.executable, "-c", "import torch; print(torch.__version__)"], check=True,
                              capture_output=True, text=True).stdout.strip()
    except subprocess.CalledProcessError:
        sys.exit(f"bench-torch: {sys.executable} has no PyTorch, so there is nothing to compare with; on Debian: "
                 "apt-get install python3-torch")


def recorded_command():
    """As it was typed, but for places of files, which are another reader's no more: FILE."""
    words = ["FILE" if "/" in word else word for word in sys.argv[1:]]
    return " ".join(["bench/compare.py", *words])


def run(command):
    """The JSON object that a command prints; None, with its words, if it fails."""
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        say(f"  failed: {' '.join(command)}\n  {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
        return None
    return json.loads(done.stdout)


def ours(options, name, arguments, precision):
    return run([options.willis, "bench", name, *arguments, "--precision", precision, "--threads", str(options.threads),
                "--repeats", str(options.repeats), "--json", "--quiet"])


def theirs(options, name, arguments, precision, repeats):
    return run([sys.executable, TORCH_BENCH, name, *arguments, "--precision", precision, "--threads",
                str(options.threads), "--repeats", str(repeats)])


def fastest_form(options, name, arguments, precision, forms):
    """The form with the best step, of one or two tries each."""
    seconds = {}
    for form in forms:
        result = theirs(options, name, arguments + form, precision, 2)
        if result is not None:
            seconds[tuple(form)] = result["seconds_min"]
            say(f"  PyTorch {' '.join(form) or 'as it is'}: {result['seconds_min']:.4f} s")
    return list(min(seconds, key=seconds.get)) if seconds else None


def compare(options, name, arguments, precision, forms):
    """Pairs of results, and PyTorch's form; None if a side cannot do it."""
    say(f"{name} {' '.join(arguments)} {precision}")
    form = fastest_form(options, name, arguments, precision, forms)
    pairs = []
    if form is None:
        return None
    for i in range(options.pairs):
        a = ours(options, name, arguments, precision)
        b = theirs(options, name, arguments + form, precision, options.repeats)
        if a is None or b is None:
            return None
        pairs.append((a, b))
        say(f"  pair {i + 1}: {a['seconds_median']:.4f} s, {b['seconds_median']:.4f} s, "
            f"ratio {a['seconds_median'] / b['seconds_median']:.3f}")
    return {"name": name, "arguments": arguments, "precision": precision, "form": form, "pairs": pairs}


# ---- the table ----------------------------------------------------------------------------------------------------


def median(row, side, key):
    return statistics.median(pair[side][key] for pair in row["pairs"])


def ratio(row, key):
    return statistics.median(a[key] / b[key] for a, b in row["pairs"])


def ratio_to_f32(row, rows):
    """Of a bf16 row: ours over PyTorch's f32 of the same setting."""
    for other in rows:
        if (row["precision"] == "bf16" and other["precision"] == "f32" and other["name"] == row["name"]
                and other["arguments"] == row["arguments"]):
            return f"{median(row, 0, 'seconds_median') / median(other, 1, 'seconds_median'):.2f}"
    return ""


def setting_text(row):
    result = row["pairs"][0][0]
    text = f"b={result['batch']} f={result['filters']} {'x'.join(map(str, result['size']))}"
    return text + (" spectral" if "--spectral" in row["arguments"] else "")


def table(rows):
    lines = ["| name | setting | precision | ours s | PyTorch s | ratio | to PyTorch f32 | of conv-peak | ours MB | PyTorch MB | memory ratio | PyTorch's form |",
             "|---|---|---|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        lines.append("| {} | {} | {} | {:.3g} | {:.3g} | **{:.2f}** | {} | {:.2f} | {:.0f} | {:.0f} | **{:.2f}** | {} |".format(
            row["name"], setting_text(row), row["precision"], median(row, 0, "seconds_median"),
            median(row, 1, "seconds_median"), ratio(row, "seconds_median"), ratio_to_f32(row, rows),
            median(row, 0, "peak_fraction"), median(row, 0, "peak_rss_mb"), median(row, 1, "peak_rss_mb"),
            ratio(row, "peak_rss_mb"), " ".join(row["form"]).replace("--", "") or "default"))
    return "\n".join(lines)


def cpu_model():
    with open("/proc/cpuinfo") as stream:
        return next((line.split(":")[1].strip() for line in stream if line.startswith("model name")), "unknown processor")


def machine_line(options, version):
    own = subprocess.run([options.willis, "--version"], capture_output=True, text=True).stdout.strip()
    commit = subprocess.run(["git", "-C", HERE, "rev-parse", "--short", "HEAD"], capture_output=True, text=True).stdout.strip()
    threads = f"{options.threads} thread{'s' if options.threads > 1 else ''}"
    return (f"{cpu_model()}, {threads}, {datetime.date.today()}; {own} ({commit or 'no commit'}), PyTorch {version}; "
            f"{options.pairs} pairs of {options.repeats} timed steps; command: `{recorded_command()}`")


def write_readme(text):
    with open(README) as stream:
        page = stream.read()
    if page.count(BEGIN) != 1 or page.count(END) != 1 or page.index(BEGIN) > page.index(END):
        sys.exit(f"{README}: the lines '{BEGIN}' and '{END}' must stand there once, in this order")
    head, tail = page[:page.index(BEGIN) + len(BEGIN)], page[page.index(END):]
    with open(README + ".part", "w") as stream:
        stream.write(f"{head}\n{text}\n{tail}")
    os.replace(README + ".part", README)


def tiny(name, arguments):
    """The smallest sizes that the networks take."""
    family = next(key for key in TINY if name.startswith(key))
    spectral = [word for word in arguments if word == "--spectral"]
    return ["--filters", "8" if family == "wgan3d" else "2", "--batch", "2", "--size", TINY[family], *spectral]


def main():
    options = parse()
    version = torch_version()
    rows = []
    for name, arguments, forms in SETTINGS:
        if options.only and name not in options.only:
            continue
        for precision in ("f32", "bf16") if options.precision == "both" else (options.precision,):
            row = compare(options, name, tiny(name, arguments) if options.tiny else arguments, precision, forms)
            if row is not None:
                rows.append(row)
    if not rows:
        sys.exit("nothing could be compared")
    text = f"{table(rows)}\n\n{machine_line(options, version)}"
    print(text)
    if options.json:
        with open(options.json, "w") as stream:
            json.dump(rows, stream, indent=1)
    if options.write:
        write_readme(text)


if __name__ == "__main__":
    main()
