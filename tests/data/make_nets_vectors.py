"""Makes nets_vectors.safetensors: losses and gradients of the 3D WGAN-GP, the 3D U-Net with batch norm, pix2pix and
temp-pix2pix, in PyTorch and double precision.

    OMP_NUM_THREADS=1 /usr/bin/python3 make_nets_vectors.py           (torch 1.13, numpy 1.24; about a minute)

Weights and inputs are closed forms (vectors.py); the file keeps of every gradient norm, sum, largest magnitude and up
to 64 values. As in make_wgan_vectors.py, seeds are taken with which rounding cannot change a ReLU, a pooling window's
largest value or the sign of an L1 difference.
"""
import os

import numpy as np
import torch
import torch.nn.functional as F

from vectors import sampled, summary, values, write_safetensors

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
HERE = os.path.dirname(os.path.abspath(__file__))
MARGIN = 5e-6  # of a layer's root mean square: 40 roundings of a float
CONV = {3: F.conv1d, 4: F.conv2d, 5: F.conv3d}
BATCH = 2


class Net:
    """Weights by name, made when first asked for, and the functions of layers that use them."""

    def __init__(self, prefix, seed, margin):
        self.prefix, self.seed, self.margin, self.all, self.states, self.stats = prefix, seed, margin, {}, {}, {}

    def weight(self, name, shape):
        name = f"{self.prefix}.{name}"
        if name not in self.all:
            scale = 0.1 if len(shape) == 1 else np.sqrt(6.0 / np.prod(shape[1:]))
            offset = 1.0 if ".norm" in name and name.endswith(".weight") else 0.0
            self.all[name] = torch.from_numpy(values(name, shape, self.seed, scale, offset)).requires_grad_()
        return self.all[name]

    def spectral(self, name, shape):
        """The weight over its largest singular value after one power iteration from the stored vector."""
        raw = self.weight(f"{name}_orig", shape)
        key = f"{self.prefix}.{name}_u"
        matrix = raw.reshape(shape[0], -1)
        with torch.no_grad():
            v = F.normalize(matrix.t() @ torch.from_numpy(values(key, (shape[0],), self.seed)), dim=0)
            self.states[key] = F.normalize(matrix @ v, dim=0)
        return raw / (self.states[key] @ (matrix @ v))

    def conv(self, name, x, out, kernel, stride=1, pad=0, bias=True, spectral=False):
        kernel = kernel if isinstance(kernel, tuple) else (kernel,) * (x.dim() - 2)
        make = self.spectral if spectral else self.weight
        w = make(f"{name}.weight", (out, x.shape[1], *kernel))
        return CONV[x.dim()](x, w, self.weight(f"{name}.bias", (out,)) if bias else None, stride, pad)

    def conv_transpose(self, name, x, out, bias):
        w = self.weight(f"{name}.weight", (x.shape[1], out, 4, 4))
        return F.conv_transpose2d(x, w, self.weight(f"{name}.bias", (out,)) if bias else None, 2, 1)

    def norm(self, name, x):
        axes = [0, *range(2, x.dim())]
        mean = x.mean(axes, keepdim=True)
        var = ((x - mean) ** 2).mean(axes, keepdim=True)
        self.stats[f"{self.prefix}.{name}"] = (mean.detach().reshape(-1), var.detach().reshape(-1))
        shape = (1, -1, *(1,) * (x.dim() - 2))
        scale, shift = self.weight(f"{name}.weight", (x.shape[1],)), self.weight(f"{name}.bias", (x.shape[1],))
        return (x - mean) / torch.sqrt(var + 1e-5) * scale.view(shape) + shift.view(shape)

    def relu(self, x, slope=0.0):
        self.margin.see(x.detach(), x.detach())
        return F.leaky_relu(x, slope)


class Margin:
    """The smallest difference that decides something, relative to the root mean square of its layer."""

    smallest = np.inf

    def see(self, differences, layer):
        self.smallest = min(self.smallest, float(differences.abs().min() / layer.square().mean().sqrt()))


def tensor(name, shape, seed, scale=1.0, offset=0.0):
    return torch.from_numpy(values(name, shape, seed, scale, offset))


def channels_first(x):
    return x.permute(0, x.dim() - 1, *range(1, x.dim() - 1)).contiguous()


# ---- 3D WGAN-GP

SIZE3, FILTERS3, LATENT3, LAMBDA = (32, 16, 32), 16, 5, 10.0


def generate3(g, z):
    start = tuple(s // 8 for s in SIZE3)
    n_out = FILTERS3 * int(np.prod(start))
    h = F.linear(z, g.weight("linear.weight", (n_out, LATENT3)), g.weight("linear.bias", (n_out,)))
    h = g.relu(g.norm("norm1", h.view(len(z), FILTERS3, *start)))
    for i in range(1, 4):
        h = g.conv(f"conv{i}", F.interpolate(h, scale_factor=2, mode="nearest"), FILTERS3 >> i, 3, pad=1, bias=False)
        h = g.relu(g.norm(f"norm{i + 1}", h))
    return torch.tanh(g.conv("conv4", h, 2, 3, pad=1))


def score3(c, h, spectral):
    for i in range(1, 5):
        h = c.conv(f"conv{i}", h, FILTERS3 >> (4 - i), 3, 2, 1, bias=spectral, spectral=spectral)
        if not spectral:
            mean = h.mean((2, 3, 4), keepdim=True)
            h = (h - mean) / torch.sqrt(((h - mean) ** 2).mean((2, 3, 4), keepdim=True) + 1e-5)
        h = c.relu(h, 0.2)
    h = h.flatten(1)
    w = c.spectral("linear.weight", (1, h.shape[1])) if spectral else c.weight("linear.weight", (1, h.shape[1]))
    return F.linear(h, w, c.weight("linear.bias", (1,))).reshape(-1)


def wgan3(seed, margin, spectral):
    """Spectral: with spectral_linear."""
    image = (BATCH, *SIZE3, 2)
    critic, generator = Net("critic", seed, margin), Net("generator", seed, margin)
    real, fake = (channels_first(tensor(name, image, seed, 0.9)) for name in ("real", "fake"))
    mix = tensor("mix", (BATCH, 1, 1, 1, 1), seed, 0.5, 0.5)
    mixed = (mix * real + (1 - mix) * fake).requires_grad_()
    scores = [score3(critic, x, spectral) for x in (real, fake, mixed)]
    slope = torch.autograd.grad(scores[2].sum(), mixed, create_graph=True)[0]
    penalty = LAMBDA * ((torch.sqrt((slope**2).sum((1, 2, 3, 4)) + 1e-12) - 1) ** 2).mean()
    loss = scores[1].mean() - scores[0].mean() + penalty
    kind = "spectral" if spectral else "instance"
    loss_g = -score3(critic, generate3(generator, tensor("z", (BATCH, LATENT3), seed, np.sqrt(3.0))), spectral).mean()
    return {f"critic3_{kind}": (loss, critic), f"generator3_{kind}": (loss_g, generator)}


# ---- 3D U-Net with batch norm

SIZE_U, FILTERS_U, LEVELS_U = (8, 4, 12), 4, 3


def max_pool(x, margin):
    windows = x.detach().unfold(2, 2, 2).unfold(3, 2, 2).unfold(4, 2, 2).reshape(-1, 8)
    best = windows.sort(dim=1, descending=True).values
    ties = best[best[:, 0] > 0]  # where all are 0, ReLU stops the gradient anyway
    margin.see(ties[:, 0] - ties[:, 1], x.detach())
    return F.max_pool3d(x, 2)


def level(u, name, x, out):
    for i in (1, 2):
        x = u.relu(u.norm(f"{name}.norm{i}", u.conv(f"{name}.conv{i}", x, out, 3, pad=1, bias=False)))
    return x


def unet3(seed, margin):
    u = Net("unet", seed, margin)
    x = tensor("x", (BATCH, *SIZE_U), seed).unsqueeze(1)
    y = (tensor("y", (BATCH, *SIZE_U), seed) > 0.5).double().unsqueeze(1)
    skips, h = [], x
    for i in range(LEVELS_U):
        h = level(u, f"down{i + 1}", max_pool(h, margin) if i else h, FILTERS_U << i)
        skips.append(h)
    for i in reversed(range(LEVELS_U - 1)):
        h = torch.cat([skips[i], F.interpolate(h, scale_factor=2, mode="nearest")], 1)
        h = level(u, f"up{i + 1}", h, FILTERS_U << i)
    p = torch.sigmoid(u.conv("out", h, 1, 1))
    return {"unet3": (-(2 * (y * p).sum() + 1) / (y.sum() + p.sum() + 1), u)}


# ---- pix2pix and temp-pix2pix

SIDE, FILTERS_P, FILTERS_T, FILTERS_D = 64, 2, 1, 3
CHANNELS, TIME_POINTS = 3, 65  # of pix2pix and of temp-pix2pix


def unet_p(g, x, prefix=""):
    widths = [FILTERS_P << min(i, 3) for i in range(6)]
    skips, h = [], x
    for i, out in enumerate(widths):
        h = g.conv(f"{prefix}down{i + 1}.conv", g.relu(h, 0.2) if i else h, out, 4, 2, 1, bias=False)
        h = g.norm(f"{prefix}down{i + 1}.norm", h) if 0 < i < 5 else h
        skips.append(h)
    for i in reversed(range(6)):
        h = torch.cat([skips[i], h], 1) if i < 5 else h
        h = g.conv_transpose(f"{prefix}up{i + 1}.conv", g.relu(h), widths[i - 1] if i else 1, bias=i == 0)
        h = g.norm(f"{prefix}up{i + 1}.norm", h) if i else h
    return torch.tanh(h)


def temporal(g, x):
    h = x
    for i in range(6):
        h = g.conv(f"time{i + 1}.conv", h, FILTERS_T << min(i, 3), (4, 1, 1), (2, 1, 1), (1, 0, 0), bias=False)
        h = g.relu(g.norm(f"time{i + 1}.norm", h), 0.2)
    return unet_p(g, h.squeeze(2), "unet.")


def discriminate(d, source, image):
    h = torch.cat([source, image], 1)
    for i in range(1, 5):
        h = d.conv(f"layer{i}.conv", h, FILTERS_D << (i - 1) if i < 4 else 1, 4, 2, 1, bias=i in (1, 4))
        h = d.norm(f"layer{i}.norm", h) if i in (2, 3) else h
        h = d.relu(h, 0.2) if i < 4 else h
    return h


def pix2pix(seed, margin, temp):
    generator, discriminator = Net("generator", seed, margin), Net("discriminator", seed, margin)
    if temp:
        series = tensor("source", (1, TIME_POINTS, SIDE, SIDE), seed)
        source, fake = series, temporal(generator, series.unsqueeze(1))
    else:
        source = channels_first(tensor("source", (BATCH, SIDE, SIDE, CHANNELS), seed))
        fake = unet_p(generator, source)
    real = tensor("map", (len(source), SIDE, SIDE), seed, 0.9).unsqueeze(1)
    margin.see((fake - real).detach(), real)
    ones = torch.ones(len(source), 1, SIDE // 16, SIDE // 16)
    bce = F.binary_cross_entropy_with_logits
    loss = bce(discriminate(discriminator, source, fake), ones) + F.l1_loss(fake, real)
    other = tensor("fake", (len(source), SIDE, SIDE), seed, 0.9).unsqueeze(1)
    loss_d = 0.5 * bce(discriminate(discriminator, source, real), ones)
    loss_d = loss_d + 0.5 * bce(discriminate(discriminator, source, other), 0 * ones)
    kind = "temp" if temp else "pix2pix"
    return {f"{kind}_generator": (loss, generator), f"{kind}_discriminator": (loss_d, discriminator)}


def keep(tensors, case, loss, net):
    gradients = torch.autograd.grad(loss, list(net.all.values()), retain_graph=True)
    tensors[f"{case}.loss"] = np.array(loss.item())
    for name, gradient in zip(net.all, gradients):
        tensors[f"{case}.sample.{name}"] = sampled(gradient.numpy(), 64)
        tensors[f"{case}.summary.{name}"] = summary(gradient.numpy())
    for name, vector in net.states.items():
        tensors[f"{case}.after.{name}"] = vector.numpy()


def main():
    tensors, seeds = {}, {}
    cases = {"wgan3_instance": lambda s, m: wgan3(s, m, False), "wgan3_spectral": lambda s, m: wgan3(s, m, True),
             "unet3": unet3, "pix2pix": lambda s, m: pix2pix(s, m, False), "temp": lambda s, m: pix2pix(s, m, True)}
    for case, build in cases.items():
        seed = 0
        margin = Margin()
        margin.smallest = 0.0
        while margin.smallest < MARGIN:
            seed, margin = seed + 1, Margin()
            steps = build(seed, margin)
        seeds[f"seed_{case}"] = str(seed)
        print(case, "seed", seed, {name: float(loss) for name, (loss, _) in steps.items()})
        for name, (loss, net) in steps.items():
            keep(tensors, name, loss, net)
            if name == "unet3":
                for norm, (mean, var) in net.stats.items():
                    tensors[f"unet3.mean.{norm}"], tensors[f"unet3.var.{norm}"] = mean.numpy(), var.numpy()
    sizes = dict(batch=BATCH, depth3=SIZE3[0], height3=SIZE3[1], width3=SIZE3[2], filters3=FILTERS3, latent3=LATENT3,
                 depth_u=SIZE_U[0], height_u=SIZE_U[1], width_u=SIZE_U[2], filters_u=FILTERS_U, levels_u=LEVELS_U,
                 side=SIDE, filters_p=FILTERS_P, filters_t=FILTERS_T, filters_d=FILTERS_D, channels=CHANNELS,
                 time_points=TIME_POINTS)
    metadata = {**seeds, **{k: str(v) for k, v in sizes.items()}, "lambda": str(LAMBDA), "torch": torch.__version__}
    write_safetensors(os.path.join(HERE, "nets_vectors.safetensors"), tensors, metadata)


main()
