"""What a page sends to its components, read as the browser reads it."""

import json

import numpy as np


def unpacked(packed):
    """Header and arrays, as `unpackArrays` reads them in the browser."""
    length = int.from_bytes(packed[:4], "little")
    header, at, arrays = json.loads(packed[4 : 4 + length]), 4 + length, {}
    for name, kind, shape in header["arrays"]:
        arrays[name] = np.frombuffer(packed, "<" + kind, int(np.prod(shape)), at).reshape(shape)
        at += -(-arrays[name].nbytes // 4) * 4
    assert at == len(packed)
    return header, arrays


def sent_to(page, component):
    """Header and arrays, or the JSON, that a page under AppTest sent to the component of this name."""
    (proto,) = [element.proto for element in page.get("bidi_component") if element.proto.component_name == component]
    return unpacked(proto.bytes) if proto.WhichOneof("data") == "bytes" else json.loads(proto.json)
