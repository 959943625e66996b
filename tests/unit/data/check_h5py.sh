#!/bin/sh
# Sample sets written by WRITER open in h5py as documented. Usage: check_h5py.sh WRITER
python=/usr/bin/python3
if ! "$python" -c 'import h5py' 2>/dev/null; then
    echo "SKIPPED: $python has no h5py"
    exit 77
fi
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
"$1" "$folder/set.h5" "$folder/pairs.h5" || exit 1
"$python" - "$folder/set.h5" "$folder/pairs.h5" <<'PYTHON'
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
    assert f.attrs["format"] == 2 and "dt_s" not in f.attrs and "channels" not in f.attrs
with h5py.File(sys.argv[2], "r") as f:
    assert sorted(f) == ["image", "position", "subject", "subject_range", "subjects", "target"], list(f)
    assert f["image"].shape == (2, 2, 1, 3) and f["image"][1, 1, 0].tolist() == [13, 14, 15.5]
    assert f["target"].shape == (2, 2, 1, 3) and f["target"].dtype == np.float32
    assert f["target"][1, 0, 0].tolist() == [7, 8, 9] and f["target"][1, 1, 0, 2] == 12.25
    assert list(f.attrs["target_names"]) == ["cbf", "tmax"]
    assert list(f.attrs["target_units"]) == ["ml/100g/min", "s"]
    assert f.attrs["format"] == 2 and f.attrs["dt_s"] == 1.5
print("h5py", h5py.__version__, "reads the sets")
PYTHON
