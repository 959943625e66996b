"""Makes step_losses.json: the losses of the first steps that bench/torch runs, on numbers from a closed form.

    OMP_NUM_THREADS=1 /usr/bin/python3 make_step_losses.py           (torch 1.13, numpy 1.24; a minute)

tests/unit/study/test_bench_steps.c runs the steps of `willis bench` on the same numbers: that both sides of
bench/README.md's table do the same work is thereby checked, optimiser, running statistics and power iteration included, as
a loss depends on all steps before it. Left out are unet2d-train, as its dropout is random, and generators through
spectral norm: PyTorch moves the critic's power iteration in a generator's step too, willis in the critic's alone.
"""
import json
import os
import sys

import torch

from vectors import values

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "bench", "torch"))
from steps import STEPS, Request  # noqa: E402

torch.set_num_threads(1)
SEED, N_STEPS = 1, 4
# name, batch, filters, size, spectral; inputs in willis' shapes [N,S..,C] are made from these in inputs_of
CASES = (
    ("wgan2d-critic", 2, 2, (64, 64), False),
    ("wgan2d-critic", 2, 2, (64, 64), True),
    ("wgan2d-generator", 3, 2, (64, 64), False),
    ("wgan3d-critic", 2, 8, (32, 32, 16), False),
    ("wgan3d-critic", 2, 8, (32, 32, 16), True),
    ("wgan3d-generator", 2, 8, (32, 32, 16), False),
    ("unet2d-infer", 4, 2, (32, 32), False),
    ("unet3d-train", 2, 2, (16, 16, 8), False),
    ("temp-pix2pix-train", 2, 1, (64, 64, 64), False),
    ("temp-pix2pix-infer", 2, 1, (64, 64, 64), False),
)


def tensor(name, shape, scale=0.5, offset=0.5):
    return torch.from_numpy(values(name, shape, SEED, scale, offset)).float()


def channels_first(x):
    return x.permute(0, x.dim() - 1, *range(1, x.dim() - 1)).contiguous()


def inputs_of(name, batch, size):
    """What the step reads, by willis' names."""
    space = size if len(size) == 2 else (size[2], size[0], size[1])  # D or T in front
    z = {"z": tensor("z", (batch, 100 if len(size) == 2 else 128))}
    if name.endswith("critic"):
        mix = tensor("mix", (batch, *[1] * (1 + len(size))))
        return {"real": channels_first(tensor("real", (batch, *space, 2))), "mix": mix, **z}
    if name.endswith("generator"):
        return z
    if name.startswith("unet"):
        names = ("image", "label") if name.endswith("train") else ("x",)
        return {key: channels_first(tensor(key, (batch, *space, 1))) for key in names}
    if name.endswith("infer"):
        return {"source": channels_first(tensor("source", (1, *space, 1)))}
    maps = {"map": channels_first(tensor("map", (batch, size[0], size[1], 1)))}
    return {"source": channels_first(tensor("source", (batch, *space, 1))), **maps}


def law(name):
    """Scale and offset of a weight's or a state's numbers; as step_law in test_bench_steps.c."""
    if ".norm" in name:
        return 0.1, 1.0 if name.endswith((".weight", ".running_var")) else 0.0
    return (1.0, 0.0) if name.endswith("weight_u") else (0.1, 0.0)


def fill(request):
    for prefix, network in request.networks.items():
        for name, value in network.state_dict().items():
            if not name.endswith(("num_batches_tracked", "weight_v")):
                full = f"{prefix}.{name}"
                value.copy_(tensor(full, tuple(value.shape), *law(full)))


def losses(name, batch, filters, size, spectral):
    request = Request(batch, filters, size, spectral, inputs=inputs_of(name, batch, size))
    step = STEPS[name][0](request)
    fill(request)
    return [float(step()) for _ in range(1 if name.endswith("infer") else N_STEPS)]


def main():
    cases = []
    for name, batch, filters, size, spectral in CASES:
        trace = losses(name, batch, filters, size, spectral)
        print(name, spectral, trace)
        cases.append({"name": name, "batch": batch, "filters": filters, "size": list(size), "spectral": spectral,
                      "losses": trace})
    with open(os.path.join(HERE, "step_losses.json"), "w") as stream:
        json.dump({"seed": SEED, "torch": torch.__version__, "cases": cases}, stream, indent=1)
        stream.write("\n")


main()
