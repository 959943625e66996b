"""Makes dcgan_vectors.safetensors: critic and generator steps of the study's DCGAN, and ten steps of training, in PyTorch
and double precision.

    OMP_NUM_THREADS=1 /usr/bin/python3 make_dcgan_vectors.py          (torch 1.13, numpy 1.24; a minute)

As make_wgan_vectors.py, whose seeds and margins are explained there. The critic looks at real and at fake samples in
turn, each with the batch norm's statistics of its own batch. At the published rate the weights move the losses by 7 % to 30 %
in ten steps, rounding by 1e-6.
"""
import os

import numpy as np
import torch
import torch.nn.functional as F

from vectors import sampled, summary, values, write_safetensors

torch.set_num_threads(1)
torch.set_default_dtype(torch.float64)
HERE = os.path.dirname(os.path.abspath(__file__))
SIDE, FILTERS, LATENT, BATCH, N_STEPS = 96, 4, 8, 4, 10
MARGIN, TRACE_RATE, TRACE_NOISE = 2e-6, 3e-4, 1e-5
KERNELS, NUMBERS = 100, 16


class Margin:
    """The smallest magnitude that went into a (leaky) ReLU, relative to its layer's."""

    smallest = np.inf

    def relu(self, x, slope):
        a = x.detach()
        self.smallest = min(self.smallest, float(a.abs().min() / a.square().mean().sqrt()))
        return F.leaky_relu(x, slope)


def tensor(name, shape, seed, scale=1.0, offset=0.0):
    return torch.from_numpy(values(name, shape, seed, scale, offset)).to(torch.get_default_dtype())


def weights_of(shapes, seed):
    weights = {}
    for name, shape in shapes.items():
        norm = ".norm" in name
        offset = 1.0 if norm and name.endswith("weight") else 0.0
        weights[name] = tensor(name, shape, seed, 0.1 if norm else 0.05 * np.sqrt(3.0), offset).requires_grad_()
    return weights


def norm_shapes(name, channels):
    return {f"{name}.weight": (channels,), f"{name}.bias": (channels,)}


def generator_shapes():
    shapes, before = {}, LATENT
    for i, out in enumerate([FILTERS * 16, FILTERS * 8, FILTERS * 4, FILTERS * 2, FILTERS, 2], 1):
        shapes[f"generator.conv{i}.weight"] = (before, out, *((3, 3) if i == 1 else (5, 5)))
        if i < 6:
            shapes.update(norm_shapes(f"generator.norm{i}", out))
        before = out
    return shapes


def critic_shapes(head):
    shapes, before = {}, 2
    for i in range(1, 5 if head else 6):
        shapes[f"critic.conv{i}.weight"] = (FILTERS << (i - 1), before, 5, 5)
        shapes.update(norm_shapes(f"critic.norm{i}", FILTERS << (i - 1)))
        before = FILTERS << (i - 1)
    if not head:
        shapes["critic.conv6.weight"] = (1, before, 3, 3)
        return shapes
    shapes["critic.conv5.weight"] = (50, before, 5, 5)
    shapes.update({"critic.linear1.weight": (200, 200), "critic.linear1.bias": (200,)})
    shapes["critic.discrimination.weight"] = (KERNELS * NUMBERS, 200)
    shapes.update({"critic.linear2.weight": (1, 200 + KERNELS), "critic.linear2.bias": (1,)})
    return shapes


def batch_norm(w, name, h):
    return F.batch_norm(h, None, None, w[f"{name}.weight"], w[f"{name}.bias"], True, 0.1, 1e-5)


def generate(w, z, margin):
    h = z.reshape(len(z), LATENT, 1, 1)
    for i in range(1, 7):
        k = w[f"generator.conv{i}.weight"]
        h = F.conv_transpose2d(h, k) if i == 1 else F.conv_transpose2d(h, k, stride=2, padding=2, output_padding=1)
        if i == 6:
            return torch.tanh(h)
        h = margin.relu(batch_norm(w, f"generator.norm{i}", h), 0.0)


def look(w, image, margin):
    """Scores [N], features, and what the last convolution gives."""
    head = "critic.linear1.weight" in w
    h = image
    for i in range(1, 5 if head else 6):
        h = F.conv2d(h, w[f"critic.conv{i}.weight"], stride=2, padding=2)
        h = margin.relu(batch_norm(w, f"critic.norm{i}", h), 0.2)
    if not head:
        score = F.conv2d(h, w["critic.conv6.weight"]).reshape(-1)
        return score, h, score
    last = F.conv2d(h, w["critic.conv5.weight"], stride=2, padding=1)
    x = F.linear(last.flatten(1), w["critic.linear1.weight"], w["critic.linear1.bias"])
    m = F.linear(x, w["critic.discrimination.weight"]).view(len(x), NUMBERS, KERNELS)
    apart = (m[:, None] - m[None]).abs().sum(2)
    others = torch.exp(-apart).sum(1) - 1.0
    score = F.linear(torch.cat([x, others], 1), w["critic.linear2.weight"], w["critic.linear2.bias"])
    return score.reshape(-1), last, last


def inputs(seed, step):
    return (tensor(f"real{step}", (BATCH, SIDE, SIDE, 2), seed, 0.9).permute(0, 3, 1, 2).contiguous(),
            tensor(f"z{step}", (BATCH, LATENT), seed, np.sqrt(3.0)),
            tensor(f"target_real{step}", (BATCH,), seed, 0.25, 0.95),
            tensor(f"target_fake{step}", (BATCH,), seed, 0.15, 0.15))


def critic_loss(critic, generator, given, drawn, margin):
    real, z, target_real, target_fake = given
    with torch.no_grad():
        fake = generate(generator, z, margin)
    targets = (target_real, target_fake) if drawn else (torch.full_like(target_real, 0.9), torch.zeros_like(target_fake))
    loss = F.binary_cross_entropy_with_logits
    return loss(look(critic, real, margin)[0], targets[0]) + loss(look(critic, fake, margin)[0], targets[1])


def generator_loss(critic, generator, given, kind, margin):
    seen = look(critic, generate(generator, given[1], margin), margin)
    if kind == "adversarial":
        return F.binary_cross_entropy_with_logits(seen[0], torch.ones_like(seen[0]))
    real = look(critic, given[0], margin)
    return F.l1_loss(seen[2], real[2]) if kind == "l1" else ((seen[1].mean(0) - real[1].mean(0)) ** 2).sum()


def keep(tensors, case, loss, weights):
    tensors[f"{case}.loss"] = np.array(loss.item())
    for name, gradient in zip(weights, torch.autograd.grad(loss, list(weights.values()))):
        tensors[f"{case}.sample.{name}"] = sampled(gradient.numpy(), 64)
        tensors[f"{case}.summary.{name}"] = summary(gradient.numpy())


def one_step(tensors, seed):
    margin, given = Margin(), inputs(seed, 0)
    generator = weights_of(generator_shapes(), seed)
    for head in (False, True):
        critic = weights_of(critic_shapes(head), seed)
        end = "_head" if head else ""
        keep(tensors, f"critic{end}", critic_loss(critic, generator, given, False, margin), critic)
        if not head:
            keep(tensors, "critic_drawn", critic_loss(critic, generator, given, True, margin), critic)
        for kind in ("adversarial", "means", "l1"):
            keep(tensors, f"generator_{kind}{end}", generator_loss(critic, generator, given, kind, margin), generator)
    return margin.smallest


def ten_steps(seed, head):
    critic, generator = weights_of(critic_shapes(head), seed), weights_of(generator_shapes(), seed)
    optimizers = [torch.optim.Adam(list(w.values()), lr=TRACE_RATE, betas=(0.5, 0.999)) for w in (critic, generator)]
    trace, margin = [], Margin()
    for step in range(N_STEPS):
        given = inputs(seed, step)
        row = []
        for which in range(2):
            loss = (critic_loss(critic, generator, given, True, margin) if which == 0 else
                    generator_loss(critic, generator, given, "means", margin))
            optimizers[which].zero_grad()
            loss.backward()
            optimizers[which].step()
            row.append(loss.item())
        trace.append(row)
    return np.array(trace)


def steady_trace(head):
    """The trace in double, and its seed."""
    for seed in range(1, 200):
        double = ten_steps(seed, head)
        torch.set_default_dtype(torch.float32)
        single = ten_steps(seed, head)
        torch.set_default_dtype(torch.float64)
        if np.max(np.abs(single - double) / np.abs(double)) < TRACE_NOISE:
            return double, str(seed)
    raise RuntimeError("no seed gives a trace that rounding leaves alone")


def main():
    tensors, seed = {}, 1
    while one_step(tensors, seed) < MARGIN:
        seed += 1
    metadata = {"seed": str(seed), "side": str(SIDE), "filters": str(FILTERS), "latent": str(LATENT),
                "batch": str(BATCH), "trace_rate": str(TRACE_RATE), "torch": torch.__version__}
    for name, head in (("trace", False), ("trace_head", True)):
        tensors[name], metadata[f"seed_{name}"] = steady_trace(head)
    write_safetensors(os.path.join(HERE, "dcgan_vectors.safetensors"), tensors, metadata)


main()
