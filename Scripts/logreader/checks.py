"""What makes bytes of a log trustworthy: checksums, hashes, and the complaint about them."""

from __future__ import annotations

import hashlib

import lz4.block


class Damage(Exception):
    """Something does not stand as the format says; the offset is the one in the file."""

    def __init__(self, reason: str, offset: int):
        super().__init__(reason)
        self.reason = reason
        self.offset = offset


def require(condition: bool, reason: str, offset: int) -> None:
    if not condition:
        raise Damage(reason, offset)


def _crc_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


CRC_TABLE = _crc_table()


def crc32c(data: bytes) -> int:
    """CRC32C, fast without any native code: long input is first folded as one big integer.

    The polynomial divides x^290 + x^136 + x^113 + x^107 + x^32 + 1, hence also the same with all
    exponents doubled, again and again. So the first 154 * scale bits (the lowest, as the CRC is
    reflected) can be moved further back by five shifts, and the remainder stays what it is.
    A table finishes the last 55 bytes.
    """
    crc = 0xFFFFFFFF
    bits = len(data) * 8
    if bits >= 444:
        value = int.from_bytes(data, "little") ^ crc
        crc = 0
        while bits >= 444:
            scale = 1 << (bits // 444).bit_length() - 1
            front = value & (1 << 154 * scale) - 1
            value >>= 154 * scale
            for shift in (0, 23, 29, 104, 136):
                value ^= front << shift * scale
            bits -= 154 * scale
        data = (value << -bits % 8).to_bytes((bits + 7) // 8, "little")
    for byte in data:
        crc = CRC_TABLE[(crc ^ byte) & 0xFF] ^ crc >> 8
    return crc ^ 0xFFFFFFFF


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def merkle_root(leaves: list[bytes]) -> bytes:
    """The tree hash of RFC 6962; a node without a neighbour goes up as it is."""
    if not leaves:
        return sha256()
    while len(leaves) > 1:
        pairs = [sha256(b"\x01", *leaves[at : at + 2]) for at in range(0, len(leaves) - 1, 2)]
        leaves = pairs + leaves[len(pairs) * 2 :]
    return leaves[0]


def is_zeros(data: bytes) -> bool:
    return data == bytes(len(data))


def padded(length: int) -> int:
    return length + -length % 8


def decompress(
    compression: int, stored: bytes, length: int, dictionary: bytes, offset: int
) -> bytes:
    """At most so many bytes of a batch or block, whose checksum was verified before."""
    if compression == 0:
        return stored
    try:
        known = {"dict": dictionary} if compression == 2 else {}
        data = lz4.block.decompress(stored, uncompressed_size=length, **known)
    except (lz4.block.LZ4BlockError, ValueError) as error:
        raise Damage(f"the payload does not decompress: {error}", offset) from error
    return data
