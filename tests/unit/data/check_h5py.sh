#!/bin/sh
# A patch set written by WRITER opens in h5py as documented. Usage: check_h5py.sh WRITER
python=/usr/bin/python3
if ! "$python" -c 'import h5py' 2>/dev/null; then
    echo "SKIPPED: $python has no h5py"
    exit 77
fi
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
"$1" "$folder/set.h5" || exit 1
"$python" - "$folder/set.h5" <<'PYTHON'
import sys
import h5py
import numpy as np

with h5py.File(sys.argv[1], "r") as f:
    assert sorted(f) == ["image", "label", "position", "subject", "subject_range", "subjects"], list(f)
    assert f["image"].shape == (2, 2, 3) and f["image"].dtype == np.float32
    assert f["image"][1, 1, 2] == 15.5 and f["image"][0, 1, 0] == 3
    assert f["label"].dtype == np.uint8 and f["label"][1].tolist() == [[1, 1, 1], [0, 0, 1]]
    assert f["position"].dtype == np.int32 and f["position"][1].tolist() == [4, 5, 6]
    assert f["subject"].asstr()[:].tolist() == ["sub-002", "sub-01"]
    assert f["subjects"].asstr()[:].tolist() == ["sub-01", "sub-002"]
    assert f["subject_range"][:].tolist() == [[0, 255], [1, 99]]
    assert f.attrs["kind"] == "real" and f.attrs["seed"] == 9 and f.attrs["vessel_frac"] == 0.5
    assert f.attrs["spacing_mm"].tolist() == [0.5, 0.5, 0.7]
print("h5py", h5py.__version__, "reads the set")
PYTHON
