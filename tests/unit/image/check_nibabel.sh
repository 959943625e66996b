#!/bin/sh
# Images written by WRITER open in nibabel as they were meant. Usage: check_nibabel.sh WRITER
python=/usr/bin/python3
if ! "$python" -c 'import nibabel' 2>/dev/null; then
    echo "SKIPPED: $python has no nibabel"
    exit 77
fi
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
"$1" "$folder" || exit 1
"$python" - "$folder" <<'PYTHON'
import sys
import nibabel
import numpy as np

turned = np.array([[0, -0.75, 0, 11], [0.5, 0, 0, -12], [0, 0, 2, 13], [0, 0, 0, 1]])
sheared = turned.copy()
sheared[0, 2] = 0.5
for name, kind, shape, dtype, affine in [
    ("u8.nii.gz", nibabel.Nifti1Image, (4, 3, 2), np.uint8, turned),
    ("i16.nii", nibabel.Nifti1Image, (4, 3, 2, 3), np.int16, turned),
    ("f32.nii.gz", nibabel.Nifti1Image, (4, 3, 2), np.float32, sheared),
    ("row.nii", nibabel.Nifti2Image, (40000, 1, 1), np.float32, None),
]:
    image = nibabel.load(sys.argv[1] + "/" + name)
    header = image.header
    assert isinstance(image, kind) and image.shape == shape, (name, type(image), image.shape)
    assert header.get_data_dtype() == dtype, (name, header.get_data_dtype())
    values = np.arange(np.prod(shape)).reshape(shape, order="F") - 5
    values = np.maximum(values, 0) if dtype == np.uint8 else values
    assert (image.get_fdata() == values).all(), name
    assert header["cal_min"] == values.min() and header["cal_max"] == values.max(), name
    assert header.get_slope_inter() in [(1, 0), (None, None)], (name, header.get_slope_inter())
    assert header.get_xyzt_units() == ("mm", "sec"), (name, header.get_xyzt_units())
    assert bytes(header["descrip"]).rstrip(b"\0") == b"by willis", name
    assert len(header.extensions) == 0, name
    sform, sform_code = header.get_sform(coded=True)
    qform, qform_code = header.get_qform(coded=True)
    assert sform_code == 1, name
    if affine is not None:
        assert (sform == affine).all() and (image.affine == affine).all(), (name, sform)
    assert qform_code == (0 if affine is sheared else 1), (name, qform_code)
    if qform_code == 1:
        assert np.abs(qform - sform).max() < 1e-5, (name, qform)  # quaternions in floats, on 13 mm
    if len(shape) == 4:
        assert header.get_zooms() == (0.5, 0.75, 2, 1.25), (name, header.get_zooms())
print("nibabel", nibabel.__version__, "reads the images")
PYTHON
