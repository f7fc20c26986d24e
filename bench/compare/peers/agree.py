"""Compares results: agree.py REFERENCE.npy OTHER.npy prints the largest absolute
difference of two elements; shapes that differ are an error."""
import sys

import numpy as np

reference, other = (np.load(path) for path in sys.argv[1:])
if reference.shape != other.shape:
    sys.exit(f"agree.py: results of shape {other.shape}, numcomp's {reference.shape}")
print(repr(float(np.max(np.abs(reference - other)))))
