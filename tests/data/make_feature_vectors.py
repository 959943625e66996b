"""Writes feature_vectors.safetensors: features of Inception v3 (torchvision's, and patched as pytorch-fid does) and of MedicalNet's
ResNet-10, from closed-form weights (vectors.py), in double precision. Inputs and weights are not stored.

Needs PyTorch 1.13 and torchvision 0.14 (Debian's python3-torchvision; unpacked anywhere on PYTHONPATH will do).
Run by hand: /usr/bin/python3 tests/data/make_feature_vectors.py
"""
import functools
import os

import numpy as np
import torch
from torch import nn
from torch.nn import functional

import vectors

SEED = 5
SIDE = 107
VOLUME = (20, 27, 33)
PATCH = (40, 33)


def fill(model):
    """[He2015] for convolutions; scales and variances 1 +- 0.1, shifts and means 0 +- 0.1 of norms."""
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith("num_batches_tracked"):
                continue
            shape = tuple(tensor.shape)
            centre = 1.0 if len(shape) == 1 and name.endswith(("weight", "running_var")) else 0.0
            scale = 0.1 if len(shape) == 1 else np.sqrt(6.0 / np.prod(shape[1:]))
            tensor.copy_(torch.from_numpy(vectors.values(name, shape, SEED, scale, centre)))


def image_107():
    return torch.from_numpy(vectors.values("image", (1, SIDE, SIDE, 3), SEED)).permute(0, 3, 1, 2)


def patch_299():
    """A patch as willis feeds it: grey in three channels, resized as pytorch-fid does."""
    grey = torch.from_numpy(vectors.values("patch", (1, 1) + PATCH, SEED)).repeat(1, 3, 1, 1)
    return functional.interpolate(grey, size=(299, 299), mode="bilinear", align_corners=False)


def inception_features(fid, image):
    import torchvision.models.inception as published

    model = published.Inception3(aux_logits=False, transform_input=False, init_weights=False).double().eval()
    fill(model)
    kept = []
    model.avgpool.register_forward_hook(lambda module, given, result: kept.append(result.flatten()))
    average = functional.avg_pool2d
    if fid:  # TensorFlow's average leaves the padding out, and the last block has a maximum
        functional.avg_pool2d = functools.partial(average, count_include_pad=False)

        def last_block(x, plain=model.Mixed_7c.forward):
            inside = functional.avg_pool2d
            functional.avg_pool2d = functional.max_pool2d
            result = plain(x)
            functional.avg_pool2d = inside
            return result

        model.Mixed_7c.forward = last_block
    model(image)
    functional.avg_pool2d = average
    return kept[0].numpy()


class Block(nn.Module):
    def __init__(self, inside, outside, stride, dilation):
        super().__init__()
        self.conv1 = nn.Conv3d(inside, outside, 3, stride, dilation, dilation, bias=False)
        self.bn1 = nn.BatchNorm3d(outside)
        self.conv2 = nn.Conv3d(outside, outside, 3, 1, dilation, dilation, bias=False)
        self.bn2 = nn.BatchNorm3d(outside)
        self.downsample = None
        if stride != 1 or inside != outside:
            self.downsample = nn.Sequential(nn.Conv3d(inside, outside, 1, stride, bias=False), nn.BatchNorm3d(outside))

    def forward(self, x):
        h = self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x)))))
        return torch.relu(h + (x if self.downsample is None else self.downsample(x)))


class MedicalNet(nn.Module):
    """The encoder of resnet10 in Tencent's MedicalNet, from its description, with its names."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv3d(1, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm3d(64)
        self.layer1 = nn.Sequential(Block(64, 64, 1, 1))
        self.layer2 = nn.Sequential(Block(64, 128, 2, 1))
        self.layer3 = nn.Sequential(Block(128, 256, 1, 2))
        self.layer4 = nn.Sequential(Block(256, 512, 1, 4))

    def forward(self, x):
        x = functional.max_pool3d(torch.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        return self.layer4(self.layer3(self.layer2(self.layer1(x)))).mean((2, 3, 4)).flatten()


def medicalnet_features():
    model = MedicalNet().double().eval()
    fill(model)
    return model(torch.from_numpy(vectors.values("volume", (1, 1) + VOLUME, SEED))).detach().numpy()


def main():
    with torch.no_grad():
        tensors = {
            "inception.fid": inception_features(True, image_107()),
            "inception.torchvision": inception_features(False, image_107()),
            "inception.patch": inception_features(True, patch_299()),
            "medicalnet": medicalnet_features(),
        }
    metadata = {"seed": str(SEED), "side": str(SIDE), "depth": str(VOLUME[0]), "height": str(VOLUME[1]), "width": str(VOLUME[2])}
    for name, value in tensors.items():
        print(name, value.shape, value.mean(), value.std(), np.abs(value).max())
    folder = os.path.dirname(os.path.abspath(__file__))
    vectors.write_safetensors(os.path.join(folder, "feature_vectors.safetensors"), tensors, metadata)


if __name__ == "__main__":
    main()
