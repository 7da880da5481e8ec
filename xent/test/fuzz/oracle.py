"""The verdicts of numpy and safetensors on files: for each path in a line of the input, one line of JSON.

A verdict is {name: "F32[2,3]:HASH" or "!ERROR"} or "!ERROR" for the whole file (verdict.ts).
Run by `npm run fuzz -- --oracle PYTHON`; needs `pip install numpy safetensors`.
"""
import hashlib
import json
import sys
import warnings

import numpy
import safetensors

warnings.simplefilter("ignore")

DTYPES = {"f": "F", "i": "I", "u": "U"}


def described(dtype, shape, data):
    return f"{dtype}[{','.join(str(int(size)) for size in shape)}]:{hashlib.sha256(data).hexdigest()[:12]}"


def array_text(array):
    if not isinstance(array, numpy.ndarray):
        return "!not an array"
    dtype = array.dtype
    if dtype.str[0] == ">":
        name = dtype.str
    elif dtype.kind == "b":
        name = "BOOL"
    else:
        name = f"{DTYPES[dtype.kind]}{dtype.itemsize * 8}" if dtype.kind in DTYPES else dtype.str
    return described(name, array.shape, array.tobytes())


def refusal(error):
    return "!" + f"{type(error).__name__}: {error}".split("\n")[0][:160]


def attempt(read):
    try:
        return read()
    except Exception as error:
        return refusal(error)


def is_array(name):
    """Whether np.savez writes members of this name. What macOS adds begins with a dot."""
    return name.endswith(".npy") and not any(part.startswith(".") for part in name.split("/"))


def verdict(path):
    if path.endswith(".safetensors"):
        with open(path, "rb") as file:
            tensors = safetensors.deserialize(file.read())
        return {name: described(info["dtype"], info["shape"], bytes(info["data"])) for name, info in tensors}
    loaded = numpy.load(path, allow_pickle=False)
    if isinstance(loaded, numpy.ndarray):
        return {path.split("/")[-1][: -len(".npy")]: array_text(loaded)}
    with loaded:
        names = [name for name in loaded.zip.namelist() if is_array(name)]
        return {name[: -len(".npy")]: attempt(lambda: array_text(loaded[name])) for name in names}


def main():
    if sys.argv[1:] == ["--versions"]:
        print(json.dumps({"numpy": numpy.__version__, "safetensors": safetensors.__version__}))
        return
    for line in sys.stdin:
        path = line.rstrip("\n")
        print(json.dumps(attempt(lambda: verdict(path))), flush=True)


main()
