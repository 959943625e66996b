#!/usr/bin/env python3
"""Converts published weights of a feature extractor to safetensors for `willis evaluate distribution --weights`.

    tools/convert_weights.py NETWORK INPUT.pth OUTPUT.safetensors

NETWORK                   INPUT
inception-v3-fid          pt_inception-2015-12-05-6726825d.pth of pytorch-fid (the network of Frechet Inception distances)
inception-v3-torchvision  inception_v3_google-*.pth of torchvision
medicalnet-resnet10       resnet_10.pth or resnet_10_23dataset.pth of Tencent's MedicalNet

Runs with your own PyTorch; willis never does. Only tensors are read from INPUT (weights_only), where PyTorch can do that. Classifiers,
auxiliary and segmentation heads are left out.
"""
import argparse
import inspect
import json
import os
import struct
import sys

import torch

NETWORKS = {
    # what every file of it holds, and what is left out
    "inception-v3-fid": ("Mixed_7c.branch_pool.conv.weight", ("fc.", "AuxLogits.")),
    "inception-v3-torchvision": ("Mixed_7c.branch_pool.conv.weight", ("fc.", "AuxLogits.")),
    "medicalnet-resnet10": ("layer4.0.downsample.0.weight", ("fc.", "conv_seg.")),
}
BLOCKS_BEYOND = "layer1.1.conv1.weight"  # of a deeper ResNet


def load(path):
    safe = {"weights_only": True} if "weights_only" in inspect.signature(torch.load).parameters else {}
    state = torch.load(path, map_location="cpu", **safe)
    return state.get("state_dict", state)


def converted(state, network):
    wanted, left_out = NETWORKS[network]
    tensors = {}
    for name, tensor in state.items():
        name = name[len("module."):] if name.startswith("module.") else name
        if name.startswith(left_out) or name.endswith("num_batches_tracked"):
            continue
        tensors[name] = tensor.detach().to(torch.float32).contiguous().numpy()
    if wanted not in tensors or (network.startswith("medicalnet") and BLOCKS_BEYOND in tensors):
        sys.exit("these are not the weights of %s" % network)
    return tensors


def write(path, tensors, metadata):
    """safetensors: length of the header, header, data. Written beside its place and renamed."""
    header, offset = {"__metadata__": metadata}, 0
    for name, array in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    beside = path + ".part"
    with open(beside, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for array in tensors.values():
            file.write(array.astype("<f4").tobytes())
    os.replace(beside, path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("network", choices=sorted(NETWORKS))
    parser.add_argument("input")
    parser.add_argument("output")
    arguments = parser.parse_args()
    tensors = converted(load(arguments.input), arguments.network)
    write(arguments.output, tensors, {"network": arguments.network})
    print("%s: %d tensors of %s" % (arguments.output, len(tensors), arguments.network))


if __name__ == "__main__":
    main()
