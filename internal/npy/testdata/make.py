#!/usr/bin/env python3
"""Makes the files of this folder: python3 make.py. Needs numpy.

Element number k, in C order, of NAME-2d (2 x 3) is 10k-20 or, of unsigned types
and booleans, k; of NAME-3d (2 x 3 x 4) it is k.
"""
import numpy as np

two = np.arange(-20, 40, 10).reshape(2, 3)
for t in "i1 <i2 >i2 <i4 >i4 <i8 >i8 <f2 >f2 <f4 >f4 <f8 >f8".split():
    np.save("%s-2d.npy" % t.replace("<", "le-").replace(">", "be-"), two.astype(t))
for t in "u1 <u2 >u2 <u4 >u4 <u8 >u8".split():
    np.save("%s-2d.npy" % t.replace("<", "le-").replace(">", "be-"), np.arange(6).reshape(2, 3).astype(t))
np.save("bool-2d.npy", np.array([[True, False, True], [False, False, True]]))

three = np.arange(24.0).reshape(2, 3, 4)
np.save("c-3d.npy", three)
np.save("fortran-2d.npy", np.asfortranarray(two.astype("<f8")))
np.save("fortran-3d.npy", np.asfortranarray(three))
np.save("fortran-be-i2-3d.npy", np.asfortranarray(three.astype(">i2")))
with open("version2-2d.npy", "wb") as f:
    np.lib.format.write_array(f, two.astype("<f8"), version=(2, 0))
with open("version3-2d.npy", "wb") as f:
    np.lib.format.write_array(f, two.astype("<f8"), version=(3, 0))
# Beyond 2^53 and beyond the largest float32.
np.save("large-i8-2d.npy", np.array([[2**63 - 1, -(2**63)], [2**53 + 1, 2**24 + 1]]))
np.save("large-f8-2d.npy", np.array([[1e300, -1e300], [1e-300, np.nan]]))
np.save("half-2d.npy", np.array([[65504, 2**-24, 2**-14], [np.inf, -0.0, np.nan]], dtype="<f2"))

np.save("complex-2d.npy", two.astype("<c16"))
np.save("object-2d.npy", two.astype(object), allow_pickle=True)
np.save("unicode-2d.npy", two.astype("<U3"))
np.save("bytes-2d.npy", two.astype("S3"))
np.save("date-2d.npy", two.astype("<M8[s]"))
np.save("delta-2d.npy", two.astype("<m8[s]"))
np.save("void-2d.npy", np.zeros((2, 3), "V5"))
np.save("record-2d.npy", np.zeros((2, 3), [("a", "<f8"), ("b", "<i4")]))
np.save("longdouble-2d.npy", two.astype(np.longdouble))

np.save("0d.npy", np.float64(1))
np.save("1d.npy", np.arange(4.0))
np.save("4d.npy", np.zeros((1, 2, 1, 2)))
np.save("empty-2d.npy", np.zeros((0, 3)))
np.savez("archive.npz", image=three)
whole = open("c-3d.npy", "rb").read()
open("truncated-3d.npy", "wb").write(whole[:-90])
open("trailing-3d.npy", "wb").write(whole + b"more")
