#!/usr/bin/python3
"""Times one step of STEPS (steps.py) and prints the keys of `willis bench NAME --json`; those that PyTorch cannot tell
are null.

    /usr/bin/python3 bench/torch/bench.py wgan2d-critic --filters 32 --threads 2
"""
import argparse
import json
import math
import statistics
import sys
import time

import torch

from steps import STEPS, Request


def peak_rss_mb():
    """High-water mark of this process's memory in 10^6 bytes, libraries included."""
    with open("/proc/self/status") as stream:
        return next(int(line.split()[1]) for line in stream if line.startswith("VmHWM")) * 1024 / 1e6


def size_of(text):
    values = tuple(int(value) for value in text.split("x"))
    if min(values) < 1:
        raise ValueError
    return values


def parse(arguments):
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("name", choices=STEPS)
    parser.add_argument("--batch", type=int)
    parser.add_argument("--filters", type=int)
    parser.add_argument("--size", type=size_of, help="HxW, HxWxD or HxWxT; one value stands for all")
    parser.add_argument("--precision", choices=("f32", "bf16"), default="f32", help="bf16: autocast")
    parser.add_argument("--spectral", action="store_true")
    parser.add_argument("--channels-last", action="store_true")
    parser.add_argument("--at-once", type=int, help="inference: samples a pass")
    parser.add_argument("--threads", type=int, default=0, help="0: as PyTorch would")
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args(arguments)
    _, batch, filters, size = STEPS[options.name]
    options.batch, options.filters, options.size = options.batch or batch, options.filters or filters, options.size or size
    if len(options.size) == 1:
        options.size *= len(size)
    if len(options.size) != len(size):
        parser.error(f"--size of {options.name} has {len(size)} values")
    return options


def measure(options):
    step = STEPS[options.name][0](Request(options.batch, options.filters, options.size, options.spectral,
                                          options.channels_last, options.at_once, options.precision == "bf16"))
    seconds = []

    def timed():
        started = time.perf_counter()
        value = step()
        seconds.append(time.perf_counter() - started)
        if not math.isfinite(float(value)):  # seen with bf16 at tiny sizes: a weight gradient of Conv3d
            print(f"{options.name}: warning: the loss is not finite", file=sys.stderr)

    timed()
    if seconds[0] < 1.0:
        timed()
    seconds.clear()
    for _ in range(options.repeats):
        timed()
    return seconds


def main():
    options = parse(sys.argv[1:])
    if options.threads > 0:
        torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    seconds = measure(options)
    print(json.dumps({
        "name": options.name, "batch": options.batch, "filters": options.filters, "size": list(options.size),
        "precision": options.precision, "threads": torch.get_num_threads(),
        "seconds_median": statistics.median(seconds), "seconds_min": min(seconds), "flops": None, "gflop_s": None,
        "peak_fraction": None, "plan_bytes": None, "peak_rss_mb": peak_rss_mb()}, indent=2))


if __name__ == "__main__":
    main()
