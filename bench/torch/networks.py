"""The study's networks in plain PyTorch (1.13): what `willis bench` is compared with, and a reference for tests.

Names and shapes of weights are those that willis writes (include/willis/nets.h), so that a state_dict and a safetensors
file hold the same tensors once the file's prefix ("generator.", "critic.", "unet.") is taken off. Tensors are
[N,C,S..], where willis has [N,S..,C].
"""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils import spectral_norm


def initialize(network):
    """As the study: weights ~ N(0, 0.05), biases 0; scales of norms ~ N(1, 0.02)."""
    for name, parameter in network.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(parameter)
        elif parameter.dim() == 1:
            nn.init.normal_(parameter, 1.0, 0.02)
        else:
            nn.init.normal_(parameter, 0.0, 0.05)
    return network


# ---- WGAN-GP in two dimensions ------------------------------------------------------------------------------------


class Generator2d(nn.Module):
    """z [N,latent] -> image [N,channels,H,W]; filters f: 16f at H/32, down to f, then channels."""

    def __init__(self, height=96, width=96, latent=100, filters=96, channels=2):
        super().__init__()
        before = latent
        for i in range(1, 7):
            out = filters << (5 - i) if i < 6 else channels
            if i == 1:
                layer = nn.ConvTranspose2d(before, out, (height // 32, width // 32), bias=False)
            else:
                layer = nn.ConvTranspose2d(before, out, 5, stride=2, padding=2, output_padding=1, bias=False)
            self.add_module(f"conv{i}", layer)
            if i < 6:
                self.add_module(f"norm{i}", nn.BatchNorm2d(out))
            before = out

    def forward(self, z):
        h = z[:, :, None, None]
        for i in range(1, 6):
            h = F.relu(getattr(self, f"norm{i}")(getattr(self, f"conv{i}")(h)))
        return torch.tanh(self.conv6(h))


class Critic2d(nn.Module):
    """image [N,channels,H,W] -> score [N]; norm: "instance", "spectral" or None."""

    def __init__(self, height=96, width=96, filters=96, channels=2, norm="instance"):
        super().__init__()
        self.norm = norm
        before = channels
        for i in range(1, 6):
            out = filters << (i - 1)
            layer = nn.Conv2d(before, out, 5, stride=2, padding=2, bias=False)
            self.add_module(f"conv{i}", spectral_norm(layer) if norm == "spectral" else layer)
            before = out
        self.conv6 = nn.Conv2d(before, 1, (height // 32, width // 32), bias=False)

    def forward(self, image):
        h = image
        for i in range(1, 6):
            h = getattr(self, f"conv{i}")(h)
            if self.norm == "instance" and h.shape[2] * h.shape[3] > 1:
                h = F.instance_norm(h)
            h = F.leaky_relu(h, 0.2)
        return self.conv6(h).flatten()


# ---- WGAN-GP in three dimensions ----------------------------------------------------------------------------------


class Generator3d(nn.Module):
    """z [N,latent] -> volume [N,channels,D,H,W]; n filters at an eighth of the size, n/8 at the full one."""

    def __init__(self, depth=64, height=128, width=128, latent=128, filters=128, channels=2):
        super().__init__()
        self.start = (filters, depth // 8, height // 8, width // 8)
        self.linear = nn.Linear(latent, filters * depth * height * width // 512)
        self.norm1 = nn.BatchNorm3d(filters)
        for i in range(1, 4):
            self.add_module(f"conv{i}", nn.Conv3d(filters >> (i - 1), filters >> i, 3, padding=1, bias=False))
            self.add_module(f"norm{i + 1}", nn.BatchNorm3d(filters >> i))
        self.conv4 = nn.Conv3d(filters >> 3, channels, 3, padding=1)

    def forward(self, z):
        h = F.relu(self.norm1(self.linear(z).view(-1, *self.start)))
        for i in range(1, 4):
            h = getattr(self, f"conv{i}")(F.interpolate(h, scale_factor=2, mode="nearest"))
            h = F.relu(getattr(self, f"norm{i + 1}")(h))
        return torch.tanh(self.conv4(h))


class Critic3d(nn.Module):
    """volume [N,channels,D,H,W] -> score [N]; norm as Critic2d."""

    def __init__(self, depth=64, height=128, width=128, filters=128, channels=2, norm="instance"):
        super().__init__()
        self.norm = norm
        before = channels
        for i in range(1, 5):
            out = filters >> (4 - i)
            layer = nn.Conv3d(before, out, 3, stride=2, padding=1, bias=norm != "instance")
            self.add_module(f"conv{i}", spectral_norm(layer) if norm == "spectral" else layer)
            before = out
        left = [-(-side // 16) for side in (depth, height, width)]  # four halvings, rounded up
        self.linear = nn.Linear(filters * left[0] * left[1] * left[2], 1)

    def forward(self, volume):
        h = volume
        for i in range(1, 5):
            h = getattr(self, f"conv{i}")(h)
            if self.norm == "instance" and h[0, 0].numel() > 1:
                h = F.instance_norm(h)
            h = F.leaky_relu(h, 0.2)
        return self.linear(h.flatten(1)).flatten()


# ---- U-Net --------------------------------------------------------------------------------------------------------


class UNetLevel(nn.Module):
    """Two 3-wide convolutions with ReLU; batch norm, or dropout between them."""

    def __init__(self, before, out, n_spatial, batch_norm, dropout):
        super().__init__()
        conv = nn.Conv2d if n_spatial == 2 else nn.Conv3d
        norm = nn.BatchNorm2d if n_spatial == 2 else nn.BatchNorm3d
        self.conv1 = conv(before, out, 3, padding=1, bias=not batch_norm)
        self.conv2 = conv(out, out, 3, padding=1, bias=not batch_norm)
        self.norm1 = norm(out) if batch_norm else nn.Identity()
        self.norm2 = norm(out) if batch_norm else nn.Identity()
        self.dropout = dropout

    def forward(self, h):
        h = F.relu(self.norm1(self.conv1(h)), inplace=True)
        if self.dropout > 0:
            h = F.dropout(h, self.dropout, self.training)
        return F.relu(self.norm2(self.conv2(h)), inplace=True)


class UNet(nn.Module):
    """image [N,1,S..] -> logits of the same shape. Two dimensions as Livne et al. 2019 (the default), three as Hilbert
    et al. 2020: UNet(16, 4, 3, batch_norm=True, dropout=0)."""

    def __init__(self, filters=32, levels=5, n_spatial=2, batch_norm=False, dropout=0.1):
        super().__init__()
        self.levels = levels
        self.pool = F.max_pool2d if n_spatial == 2 else F.max_pool3d
        before = 1
        for i in range(levels):
            self.add_module(f"down{i + 1}", UNetLevel(before, filters << i, n_spatial, batch_norm, dropout))
            before = filters << i
        for i in reversed(range(levels - 1)):
            level = UNetLevel(before + (filters << i), filters << i, n_spatial, batch_norm, dropout)
            self.add_module(f"up{i + 1}", level)
            before = filters << i
        self.out = (nn.Conv2d if n_spatial == 2 else nn.Conv3d)(before, 1, 1)

    def forward(self, image):
        skips, h = [], image
        for i in range(self.levels):
            h = getattr(self, f"down{i + 1}")(self.pool(h, 2) if i > 0 else h)
            skips.append(h)
        for i in reversed(range(self.levels - 1)):
            h = torch.cat([skips[i], F.interpolate(h, scale_factor=2, mode="nearest")], 1)
            h = getattr(self, f"up{i + 1}")(h)
        return self.out(h)


# ---- pix2pix and temp-pix2pix -------------------------------------------------------------------------------------


class ConvNorm(nn.Module):
    """A convolution and, where there is one, its batch norm."""

    def __init__(self, conv, norm=None):
        super().__init__()
        self.conv = conv
        self.norm = norm if norm is not None else nn.Identity()

    def forward(self, h):
        return self.norm(self.conv(h))


class Pix2Pix(nn.Module):
    """source [N,T,H,W] -> map [N,1,H,W]; six levels of n, 2n, 4n, 8n, 8n, 8n filters."""

    def __init__(self, channels=80, filters=16):
        super().__init__()
        width = [filters << min(i, 3) for i in range(6)]
        before = channels
        for i in range(6):
            conv = nn.Conv2d(before, width[i], 4, stride=2, padding=1, bias=False)
            self.add_module(f"down{i + 1}", ConvNorm(conv, nn.BatchNorm2d(width[i]) if 0 < i < 5 else None))
            before = width[i]
        for i in reversed(range(6)):
            out = width[i - 1] if i > 0 else 1
            read = width[i] * (2 if i < 5 else 1)
            conv = nn.ConvTranspose2d(read, out, 4, stride=2, padding=1, bias=i == 0)
            self.add_module(f"up{i + 1}", ConvNorm(conv, nn.BatchNorm2d(out) if i > 0 else None))

    def forward(self, source):
        skips, h = [], source
        for i in range(6):
            h = getattr(self, f"down{i + 1}")(F.leaky_relu(h, 0.2) if i > 0 else h)
            skips.append(h)
        for i in reversed(range(6)):
            h = torch.cat([skips[i], h], 1) if i < 5 else h
            h = getattr(self, f"up{i + 1}")(F.relu(h))
        return torch.tanh(h)


class TempPix2Pix(nn.Module):
    """source [N,1,T,H,W] with 64 <= T < 128 -> map [N,1,H,W]; six convolutions over time alone, then the U-Net."""

    def __init__(self, filters=16, time_filters=16):
        super().__init__()
        before = 1
        for i in range(6):
            out = time_filters << min(i, 3)
            conv = nn.Conv3d(before, out, (4, 1, 1), stride=(2, 1, 1), padding=(1, 0, 0), bias=False)
            self.add_module(f"time{i + 1}", ConvNorm(conv, nn.BatchNorm3d(out)))
            before = out
        self.unet = Pix2Pix(before, filters)

    def forward(self, source):
        h = source
        for i in range(6):
            h = F.leaky_relu(getattr(self, f"time{i + 1}")(h), 0.2, inplace=True)
        return self.unet(h.squeeze(2))


class PatchDiscriminator(nn.Module):
    """source [N,T,H,W] or [N,1,T,H,W], map [N,1,H,W] -> logits [N,1,H/16,W/16]."""

    def __init__(self, time_points=80, filters=64):
        super().__init__()
        before = time_points + 1
        for i in range(4):
            out = filters << i if i < 3 else 1
            inner = 0 < i < 3
            conv = nn.Conv2d(before, out, 4, stride=2, padding=1, bias=not inner)
            self.add_module(f"layer{i + 1}", ConvNorm(conv, nn.BatchNorm2d(out) if inner else None))
            before = out

    def forward(self, source, image):
        h = torch.cat([source.flatten(1, 2) if source.dim() == 5 else source, image], 1)
        for i in range(3):
            h = F.leaky_relu(getattr(self, f"layer{i + 1}")(h), 0.2, inplace=True)
        return self.layer4(h)
