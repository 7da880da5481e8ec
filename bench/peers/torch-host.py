"""Runs PyTorch's cross_entropy on the CPU as a host of harness/remote.mjs: `python3 torch-host.py forward|gradient THREADS`.

The timed call: `forward` without autograd, the loss as a Python float; `gradient` the same with autograd's backward, which
makes a new gradient each time, as training does.
"""

import json
import math
import sys
import time
from array import array

TASK = sys.argv[1]
THREADS = int(sys.argv[2])

try:
    import torch
    import torch.nn.functional as F
except (ImportError, OSError) as error:  # OSError: a library that torch needs is missing
    torch = None
    MISSING = str(error)


def tensor_of(path, dtype):
    """The numbers of a file, in memory that torch may write to."""
    with open(path, "rb") as file:
        return torch.frombuffer(bytearray(file.read()), dtype=dtype)


class Host:
    def hello(self, _):
        if torch is None:
            return {"missing": f"python3 has no torch: {MISSING}"}
        torch.set_num_threads(THREADS)
        return {"version": torch.__version__}

    def open(self, request):
        shape = (request["rows"], request["classes"])
        self.logits = tensor_of(request["logits"], torch.float32).reshape(shape)
        self.targets = tensor_of(request["targets"], torch.int32).to(torch.int64)
        self.logits.requires_grad_(TASK == "gradient")
        self.calls = 1
        return {}

    def call(self):
        if TASK == "forward":
            with torch.inference_mode():
                return F.cross_entropy(self.logits, self.targets).item()
        self.logits.grad = None
        loss = F.cross_entropy(self.logits, self.targets)
        loss.backward()
        return loss.item()

    def rows(self, request):
        with torch.no_grad():
            losses = F.cross_entropy(self.logits, self.targets, reduction="none")
        with open(request["file"], "wb") as file:
            array("d", losses.tolist()).tofile(file)
        return {}

    def run(self, _):
        return {"value": str(self.call())}

    def sample(self, request):
        """One call outside the clock, then as many as fill the least time, and their mean: what the package `benchmark` does.

        The number of calls is looked for as it does, and kept for the next sample.
        """
        least = request["minTime"]
        self.call()
        while True:
            start = time.perf_counter()
            for _ in range(self.calls):
                value = self.call()
            elapsed = time.perf_counter() - start
            if elapsed >= least:
                return {"seconds": elapsed / self.calls, "value": str(value)}
            needed = math.ceil(self.calls * least / elapsed) if elapsed > 0 else 10 * self.calls
            self.calls = max(self.calls + 1, needed)

    def gradient(self, request):
        grad = self.logits.grad
        self.logits.grad = None
        # not tensor.numpy(), because torch may be installed without numpy
        raw = bytearray(grad.numel() * grad.element_size())
        torch.frombuffer(raw, dtype=torch.float32).copy_(grad.reshape(-1))
        with open(request["file"], "wb") as file:
            file.write(raw)
        return {}


host = Host()
for line in sys.stdin:
    request = json.loads(line)
    try:
        reply = getattr(host, request["command"])(request)
    except Exception as error:  # any error must be reported to the bench
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), flush=True)
