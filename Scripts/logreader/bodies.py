"""Bodies of events, read with docs/events.proto as the only knowledge of them."""

from __future__ import annotations

import json
import re
import struct
import time
from dataclasses import dataclass

from .batch import Record
from .wire import wire_fields


@dataclass(frozen=True)
class Field:
    name: str
    type: str
    is_repeated: bool


class Schema:
    """The messages of events.proto, and which event has which."""

    def __init__(self, text: str):
        self.messages: dict[str, dict[int, Field]] = {}
        self.enums: dict[str, dict[int, str]] = {}
        #: By the event's number: its name and its message.
        self.events: dict[int, tuple[str, str]] = {}
        for block in re.finditer(r"((?://[^\n]*\n)*)(message|enum) (\w+) \{([^}]*)\}", text):
            comment, kind, name, body = block.groups()
            entries = re.sub(r"//.*", "", body)
            if kind == "enum":
                self.enums[name] = {
                    int(value): key for key, value in re.findall(r"(\w+) = (\d+);", entries)
                }
                continue
            self.messages[name] = {
                int(number): Field(key, own, bool(repeated))
                for repeated, own, key, number in re.findall(
                    r"(repeated )?(\w+) (\w+) = (\d+);", entries
                )
            }
            plain = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
            for number, label in re.findall(r"0x([0-9a-f]{4})((?: [a-z]+)*)", comment):
                own = label.strip().replace(" ", "_") or plain
                self.events[int(number, 16)] = (own, name)

    def decode(self, message: str, data: bytes) -> dict[str, object]:
        """The fields that are there; unknown ones are skipped."""
        result: dict[str, object] = {}
        for number, wire, value in wire_fields(data):
            known = self.messages[message].get(number)
            if known is None:
                continue
            shown = self._value(known.type, wire, value)
            if known.is_repeated:
                result.setdefault(known.name, []).append(shown)
            else:
                result[known.name] = shown
        return result

    def _value(self, kind: str, wire: int, value: int | bytes) -> object:
        expected = {"sfixed64": 1, "string": 2, "bytes": 2}.get(
            kind, 2 if kind in self.messages else 0
        )
        if wire != expected:
            raise ValueError(f"a field of type {kind} has wire type {wire}")
        if kind in self.messages:
            return self.decode(kind, value)
        if kind in self.enums:
            return self.enums[kind].get(value, value)
        if kind == "bytes":
            return readable(value)
        shown = {
            "string": lambda: value.decode(),
            "bool": lambda: value != 0,
            "sint64": lambda: value >> 1 ^ -(value & 1),
            "sfixed64": lambda: struct.unpack("<q", value)[0],
        }.get(kind)
        return shown() if shown else value


def readable(value: bytes) -> str | dict[str, str]:
    """Text as it is; what is not text in hex digits, and recognisable as that."""
    try:
        text = value.decode()
        if all(character.isprintable() or character in "\r\n\t" for character in text):
            return text
    except UnicodeDecodeError:
        pass
    return {"hex": value.hex()}


def event_line(schema: Schema, record: Record) -> str:
    """One event as JSON; a body that cannot be read is a ValueError."""
    seconds, nanoseconds = divmod(record.wall, 1_000_000_000)
    name, message = schema.events.get(record.type, (None, None))
    if message is None and record.type >= 0x8000:
        raise ValueError(f"type {record.type:#06x} needs a newer reader")
    body = schema.decode(message, record.raw[64:]) if message else {"hex": record.raw[64:].hex()}
    stream = record.stream.hex()
    return json.dumps(
        {
            "number": record.number,
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{nanoseconds:09}Z",
            "stream": "-".join(
                (stream[:8], stream[8:12], stream[12:16], stream[16:20], stream[20:])
            ),
            "type": record.type,
            "name": name,
            "version": record.version,
            "event": body,
        },
        ensure_ascii=False,
    )
