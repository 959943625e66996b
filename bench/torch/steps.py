"""The steps that `willis bench` times, in plain PyTorch: what one trains with when one writes it well.

Each function takes a Request and returns a function that does one step and gives its loss. Weights that a step only
reads ask for no gradient; what can go through a network in one batch does.
"""
import contextlib
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F

from networks import (Critic2d, Critic3d, Generator2d, Generator3d, PatchDiscriminator, TempPix2Pix, UNet, initialize)

LAMBDA = 10.0  # gradient penalty
LATENT = {2: 100, 3: 128}
SLOTS = 4  # tiles that `willis segment` runs at a time


@dataclass
class Request:
    """What is to be run. inputs: by the names that willis has for them, random where absent; networks: those that were
    built, by the prefix of their weights."""

    batch: int
    filters: int
    size: tuple  # HxW, HxWxD or HxWxT
    spectral: bool = False
    channels_last: bool = False
    at_once: int = None  # inference: samples a pass
    bf16: bool = False
    inputs: dict = field(default_factory=dict)
    networks: dict = field(default_factory=dict)

    def autocast(self):
        return torch.autocast("cpu", torch.bfloat16) if self.bf16 else contextlib.nullcontext()

    def network(self, prefix, network):
        self.networks[prefix] = put(initialize(network), self)
        return network

    def input(self, name, *shape):
        return put(self.inputs[name] if name in self.inputs else torch.rand(*shape), self)


def adam(network, betas=(0.0, 0.9)):
    return torch.optim.Adam(network.parameters(), lr=1e-4, betas=betas)


def spatial(request):
    """[H,W] as it is; HxWxD as torch has it: D, H, W."""
    size = list(request.size)
    return size if len(size) == 2 else [size[2], size[0], size[1]]


def channels_last(tensor):
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    return tensor.contiguous(memory_format=formats.get(tensor.dim(), torch.contiguous_format))


def put(thing, request):
    """A network or a tensor in the memory format that was asked for."""
    if not request.channels_last:
        return thing
    if isinstance(thing, torch.Tensor):
        return channels_last(thing)
    for parameter in thing.parameters():
        parameter.data = channels_last(parameter.data)
    return thing


def apply_update(optimizer, loss):
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()


# ---- adversarial training -----------------------------------------------------------------------------------------


def wgan_networks(request):
    size, norm = spatial(request), "spectral" if request.spectral else "instance"
    n = len(size)
    make, judge = (Generator2d, Critic2d) if n == 2 else (Generator3d, Critic3d)
    generator = request.network("generator", make(*size, latent=LATENT[n], filters=request.filters))
    critic = request.network("critic", judge(*size, filters=request.filters, norm=norm))
    return generator.train(), critic.train(), size


def wgan_critic(request):
    generator, critic, size = wgan_networks(request)
    optimizer = adam(critic)
    real = request.input("real", request.batch, 2, *size)
    z = request.input("z", request.batch, LATENT[len(size)])
    mix = request.input("mix", request.batch, *[1] * (1 + len(size)))

    def step():
        with request.autocast():
            with torch.no_grad():
                fake = generator(z)
            critic.train()  # one power iteration a step, ...
            score = critic(torch.cat([real, fake.to(real.dtype)]))
            critic.eval()  # ... not one a pass; nothing else differs
            between = (fake + mix * (real - fake)).detach().requires_grad_()
            slope = torch.autograd.grad(critic(between).sum(), between, create_graph=True)[0]
            length = (slope.float().square().flatten(1).sum(1) + 1e-12).sqrt()
            loss = score[request.batch:].float().mean() - score[:request.batch].float().mean()
            loss = loss + LAMBDA * (length - 1).square().mean()
        apply_update(optimizer, loss)
        return loss

    return step


def wgan_generator(request):
    generator, critic, size = wgan_networks(request)
    optimizer = adam(generator)
    critic.requires_grad_(False)
    z = request.input("z", request.batch, LATENT[len(size)])

    def step():
        with request.autocast():
            loss = -critic(generator(z)).float().mean()
        apply_update(optimizer, loss)
        return loss

    return step


# ---- segmentation -------------------------------------------------------------------------------------------------


def unet_of(request):
    if len(request.size) == 2:
        return request.network("unet", UNet(request.filters))
    return request.network("unet", UNet(request.filters, 4, 3, batch_norm=True, dropout=0.0))


def unet_train(request):
    network = unet_of(request).train()
    optimizer = adam(network, (0.9, 0.999))
    image = request.input("image", request.batch, 1, *spatial(request))
    label = request.input("label", request.batch, 1, *spatial(request))

    def step():
        with request.autocast():
            p = torch.sigmoid(network(image)).float()
            loss = -(2 * (label * p).sum() + 1) / (label.sum() + p.sum() + 1)
        apply_update(optimizer, loss)
        return loss

    return step


def unet_infer(request):
    network = unet_of(request).eval()
    image = request.input("x", request.batch, 1, *spatial(request))

    def step():
        with torch.inference_mode(), request.autocast():
            for tiles in image.split(request.at_once or SLOTS):
                p = torch.sigmoid(network(tiles))
        return p.mean()

    return step


# ---- perfusion ----------------------------------------------------------------------------------------------------


def temp_pix2pix_train(request):
    """Both networks are updated from the same point, as `willis` does it: one pass of each through the fake map."""
    height, width, n_time = request.size
    generator = request.network("generator", TempPix2Pix(request.filters, request.filters)).train()
    judge = request.network("discriminator", PatchDiscriminator(n_time)).train()
    optimizers = [adam(generator, (0.5, 0.999)), adam(judge, (0.5, 0.999))]
    weights = [list(generator.parameters()), list(judge.parameters())]
    source = request.input("source", request.batch, 1, n_time, height, width)
    target = request.input("map", request.batch, 1, height, width)

    def adversarial(logits, value):
        return F.binary_cross_entropy_with_logits(logits.float(), torch.full_like(logits, value, dtype=torch.float32))

    def step():
        with request.autocast():
            fake = generator(source)
            real_logits, fake_logits = judge(source, target), judge(source, fake)
            judge_loss = 0.5 * (adversarial(real_logits, 1.0) + adversarial(fake_logits, 0.0))
            loss = adversarial(fake_logits, 1.0) + F.l1_loss(fake.float(), target)
        gradients = [torch.autograd.grad(loss, weights[0], retain_graph=True),
                     torch.autograd.grad(judge_loss, weights[1])]
        for group, values, optimizer in zip(weights, gradients, optimizers):
            for weight, value in zip(group, values):
                weight.grad = value
            optimizer.step()
        return loss

    return step


def temp_pix2pix_infer(request):
    """A patient: batch slices, one at a time unless at_once says otherwise."""
    height, width, n_time = request.size
    generator = request.network("generator", TempPix2Pix(request.filters, request.filters)).eval()
    source = request.input("source", request.at_once or 1, 1, n_time, height, width)

    def step():
        with torch.inference_mode(), request.autocast():
            for _ in range(0, request.batch, len(source)):
                fake = generator(source)
        return fake.mean()

    return step


# name: (function, batch, filters, size); the sizes are those of `willis bench list`
STEPS = {
    "wgan2d-critic": (wgan_critic, 16, 96, (96, 96)),
    "wgan2d-generator": (wgan_generator, 16, 96, (96, 96)),
    "wgan3d-critic": (wgan_critic, 1, 128, (128, 128, 64)),
    "wgan3d-generator": (wgan_generator, 1, 128, (128, 128, 64)),
    "unet2d-train": (unet_train, 16, 32, (96, 96)),
    "unet2d-infer": (unet_infer, 16, 32, (96, 96)),
    "unet3d-train": (unet_train, 1, 16, (128, 128, 64)),
    "temp-pix2pix-train": (temp_pix2pix_train, 1, 16, (128, 128, 80)),
    "temp-pix2pix-infer": (temp_pix2pix_infer, 21, 16, (128, 128, 80)),
}
