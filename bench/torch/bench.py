#!/usr/bin/python3
"""Times one step of STEPS (steps.py) and prints the keys of `willis bench NAME --json`; those that PyTorch cannot tell
are null.

    /usr/bin/python3 bench/torch/bench.py wgan2d-critic --filters 32 --threads 2
"""
import argparse
import contextlib
import json
import math
import statistics
import sys
import time

import torch

from steps import STEPS


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
    request = parser.parse_args(arguments)
    _, batch, filters, size = STEPS[request.name]
    request.batch, request.filters = request.batch or batch, request.filters or filters
    request.size = request.size or size
    if len(request.size) == 1:
        request.size *= len(size)
    if len(request.size) != len(size):
        parser.error(f"--size of {request.name} has {len(size)} values")
    request.autocast = contextlib.nullcontext
    if request.precision == "bf16":
        request.autocast = lambda: torch.autocast("cpu", torch.bfloat16)
    return request


def measure(request):
    step = STEPS[request.name][0](request)
    seconds = []

    def timed():
        started = time.perf_counter()
        value = step()
        seconds.append(time.perf_counter() - started)
        if not math.isfinite(float(value)):  # seen with bf16 at tiny sizes: a weight gradient of Conv3d
            print(f"{request.name}: warning: the loss is not finite", file=sys.stderr)

    timed()
    if seconds[0] < 1.0:
        timed()
    seconds.clear()
    for _ in range(request.repeats):
        timed()
    return seconds


def main():
    request = parse(sys.argv[1:])
    if request.threads > 0:
        torch.set_num_threads(request.threads)
    torch.manual_seed(1)
    seconds = measure(request)
    print(json.dumps({
        "name": request.name, "batch": request.batch, "filters": request.filters, "size": list(request.size),
        "precision": request.precision, "threads": torch.get_num_threads(),
        "seconds_median": statistics.median(seconds), "seconds_min": min(seconds), "flops": None, "gflop_s": None,
        "peak_fraction": None, "plan_bytes": None, "peak_rss_mb": peak_rss_mb()}, indent=2))


if __name__ == "__main__":
    main()
