"""What the scripts that make test vectors share: numbers from a closed form, and a safetensors writer.

The C tests compute the same numbers (tests/support/closed_form.h), so weights and inputs need not be stored.
"""
import json
import struct
import zlib

import numpy as np

MASK = np.uint64(0xFFFFFFFF)


def unit(name, count, seed):
    """count float64 numbers in [-1, 1), each a hash of (name, its position, seed)."""
    start = (zlib.crc32(name.encode()) + seed * 2654435769) & 0xFFFFFFFF
    x = (np.arange(count, dtype=np.uint64) + np.uint64(start)) & MASK
    for shift, factor in ((16, 747796405), (15, 2891336453)):
        x ^= x >> np.uint64(shift)
        x = (x * np.uint64(factor)) & MASK
    x ^= x >> np.uint64(16)
    return x.astype(np.float64) / 2147483648.0 - 1.0


def values(name, shape, seed, scale=1.0, offset=0.0):
    """The same as an array: offset + scale * unit, rounded to float32 (as the C side holds it), in float64."""
    flat = offset + scale * unit(name, int(np.prod(shape)), seed)
    return flat.astype(np.float32).astype(np.float64).reshape(shape)


def sampled(array, n_kept=256):
    """At most n_kept values of a flattened array, at positions k * count // n_kept."""
    flat = np.asarray(array, dtype=np.float64).reshape(-1)
    if flat.size <= n_kept:
        return flat
    return flat[np.arange(n_kept) * flat.size // n_kept]


def summary(array):
    """Euclidean norm, sum and largest magnitude."""
    flat = np.asarray(array, dtype=np.float64).reshape(-1)
    return np.array([np.sqrt(np.sum(flat * flat)), np.sum(flat), np.max(np.abs(flat))])


def write_safetensors(path, tensors, metadata):
    """tensors: name -> array of float32, float64, int64 or uint8."""
    dtypes = {"float32": "F32", "float64": "F64", "int64": "I64", "uint8": "U8"}
    header, data = {"__metadata__": metadata}, b""
    for name, array in tensors.items():
        array = np.asarray(array)
        data_of_it = array.tobytes()  # in C order, and keeps rank 0
        header[name] = {
            "dtype": dtypes[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [len(data), len(data) + len(data_of_it)],
        }
        data += data_of_it
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as stream:
        stream.write(struct.pack("<Q", len(text)) + text + data)
