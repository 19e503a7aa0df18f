"""Protobuf as it stands in bytes, without any schema."""

from __future__ import annotations

from collections.abc import Iterator


def wire_fields(data: bytes) -> Iterator[tuple[int, int, int | bytes]]:
    """Number, wire type and value of each field of a protobuf message."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = 0
        for shift in range(0, 70, 7):
            if at >= len(data):
                break
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value & (1 << 64) - 1
        raise ValueError("a varint does not end")

    while at < len(data):
        key = varint()
        number, wire = key >> 3, key & 7
        if wire == 0:
            yield number, wire, varint()
            continue
        if wire not in (1, 2, 5):
            raise ValueError(f"wire type {wire}")
        length = varint() if wire == 2 else {1: 8, 5: 4}[wire]
        if length > len(data) - at:
            raise ValueError("a field is cut off")
        yield number, wire, data[at : at + length]
        at += length
