"""Writes the HDF5 files that Keras does not: chunked and packed data, the newest kind of groups, all kinds of numbers."""
import sys

import h5py
import numpy as np

folder = sys.argv[1]
ramp = np.arange(7 * 5, dtype="f4").reshape(7, 5)

with h5py.File(f"{folder}/h5py-packed.h5", "w") as f:
    f.create_dataset("chunks", data=ramp, chunks=(3, 2))
    f.create_dataset("deflated", data=ramp, chunks=(4, 4), compression="gzip", shuffle=True, fletcher32=True)
    f.create_dataset("unwritten", shape=(2, 3), dtype="f4")
    numbers = f.create_group("numbers")
    for kind in ["f2", "f4", "f8", ">f4", "i1", "u1", "i2", "u2", "i4", "i8", "?"]:
        numbers.create_dataset(kind.replace(">", "big-"), data=np.array([0, 1, 100]).astype(kind))
    f.attrs["bytes"] = np.array([b"one", b"three"])
    f.attrs["texts"] = ["ein", "zwölf", ""]
    f.attrs["numbers"] = np.array([1.5, 2.5])
    f.attrs["none"] = []
    many = f.create_group("many")
    for i in range(40):
        many.create_group(f"group{i}")

with h5py.File(f"{folder}/h5py-latest.h5", "w", libver="latest") as f:
    group = f.create_group("a/b")
    group.create_dataset("c", data=ramp)
    group.attrs["name"] = "newest"
