"""Makes unet_vectors.safetensors: Dice loss of the study's U-Net and its gradients, in PyTorch and double precision.

    OMP_NUM_THREADS=1 /usr/bin/python3 make_unet_vectors.py           (torch 1.13, numpy 1.24)

Weights and inputs are closed forms (vectors.py). As in make_wgan_vectors.py, a seed is taken with which rounding
cannot change a ReLU; nor can it change which pixel of a pooling window is the largest.
"""
import os

import numpy as np
import torch
import torch.nn.functional as F

from vectors import sampled, summary, values, write_safetensors

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
HERE = os.path.dirname(os.path.abspath(__file__))
SIDE, FILTERS, LEVELS, BATCH = 16, 8, 3, 2
MARGIN = 5e-6


class Margin:
    smallest = np.inf

    def see(self, differences, scale):
        self.smallest = min(self.smallest, float(differences.abs().min() / scale))


class Weights:
    """Weights by name, made when first asked for."""

    def __init__(self, seed):
        self.seed, self.all = seed, {}

    def get(self, name, shape):
        scale = 0.1 if len(shape) == 1 else np.sqrt(6.0 / np.prod(shape[1:]))
        self.all[name] = torch.from_numpy(values(name, shape, self.seed, scale)).requires_grad_()
        return self.all[name]


def conv(weights, name, x, out, kernel):
    w = weights.get(f"{name}.weight", (out, x.shape[1], kernel, kernel))
    return F.conv2d(x, w, weights.get(f"{name}.bias", (out,)), padding=kernel // 2)


def relu(x, margin):
    margin.see(x.detach(), x.detach().square().mean().sqrt())
    return F.relu(x)


def double_conv(weights, name, x, out, margin):
    x = relu(conv(weights, f"{name}.conv1", x, out, 3), margin)
    return relu(conv(weights, f"{name}.conv2", x, out, 3), margin)


def max_pool(x, margin):
    windows = F.unfold(x.detach().reshape(-1, 1, *x.shape[2:]), 2, stride=2).transpose(1, 2).reshape(-1, 4)
    best = windows.sort(dim=1, descending=True).values
    ties = best[best[:, 0] > 0]  # where all are 0, ReLU stops the gradient anyway
    margin.see(ties[:, 0] - ties[:, 1], x.detach().square().mean().sqrt())
    return F.max_pool2d(x, 2)


def unet(weights, x, margin):
    skips, h = [], x
    for level in range(LEVELS):
        h = double_conv(weights, f"unet.down{level + 1}", max_pool(h, margin) if level else h, FILTERS << level, margin)
        skips.append(h)
    for level in reversed(range(LEVELS - 1)):
        h = torch.cat([skips[level], F.interpolate(h, scale_factor=2, mode="nearest")], 1)
        h = double_conv(weights, f"unet.up{level + 1}", h, FILTERS << level, margin)
    return conv(weights, "unet.out", h, 1, 1)


def main():
    seed, margin = 0, Margin()
    margin.smallest = 0.0
    while margin.smallest < MARGIN:
        seed, margin = seed + 1, Margin()
        weights = Weights(seed)
        x = torch.from_numpy(values("x", (BATCH, SIDE, SIDE), seed)).unsqueeze(1)
        y = torch.from_numpy(values("y", (BATCH, SIDE, SIDE), seed) > 0.5).double().unsqueeze(1)
        logits = unet(weights, x, margin)
    p = torch.sigmoid(logits)
    loss = -(2 * (y * p).sum() + 1) / (y.sum() + p.sum() + 1)
    gradients = torch.autograd.grad(loss, list(weights.all.values()))
    tensors = {"unet.loss": np.array(loss.item()), "unet.logits": logits.detach().numpy()[:, 0]}
    for name, gradient in zip(weights.all, gradients):
        tensors[f"unet.sample.{name}"] = sampled(gradient.numpy(), 64)
        tensors[f"unet.summary.{name}"] = summary(gradient.numpy())
    sizes = dict(seed=seed, side=SIDE, filters=FILTERS, levels=LEVELS, batch=BATCH)
    metadata = {**{k: str(v) for k, v in sizes.items()}, "torch": torch.__version__}
    write_safetensors(os.path.join(HERE, "unet_vectors.safetensors"), tensors, metadata)


main()
