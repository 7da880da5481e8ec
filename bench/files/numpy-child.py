"""The loop of a numpy user: `python3 numpy-child.py FILE` maps the file of large-file.mjs and prints the sum of the losses."""

import json
import struct
import sys

import numpy

# rows at a time, so few that their f32 copy stays in the processor's cache or near it
ROWS = 16

with open(sys.argv[1], "rb") as file:
    (header_bytes,) = struct.unpack("<Q", file.read(8))
    rows, classes = json.loads(file.read(header_bytes))["logits"]["shape"]
start = 8 + header_bytes
words = numpy.memmap(sys.argv[1], "<u2", "r", start, (rows, classes))
targets = numpy.fromfile(sys.argv[1], "<i4", rows, offset=start + rows * classes * 2)
nats = 0.0
for first in range(0, rows, ROWS):
    logits = (words[first : first + ROWS].astype(numpy.uint32) << 16).view(numpy.float32)
    top = logits.max(axis=1)
    sums = numpy.exp(logits - top[:, None]).sum(axis=1, dtype=numpy.float64)
    own = logits[numpy.arange(len(logits)), targets[first : first + ROWS]]
    nats += float((top + numpy.log(sums) - own).sum())
print(json.dumps({"nats": nats, "version": numpy.__version__}))
