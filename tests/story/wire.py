"""What passes over loopback, taken from the wire itself while a block runs, and put together again by TCP's rules."""

import os
import secrets
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

EVERY_PROTOCOL = 3  # ETH_P_ALL
OUTGOING = 4  # PACKET_OUTGOING: loopback shows each packet twice, as it leaves and as it arrives
BUFFER = 64 << 20
LONGEST = 1 << 18
_SO_RCVBUFFORCE, _SOL_PACKET, _PACKET_STATISTICS = 33, 263, 6
_ETHERNET, _IPV4, _TCP = 14, b"\x08\x00", 6
_SYN = 0x02
_PCAP = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, LONGEST, 1)
_RECORD = struct.Struct("<IIII")


@dataclass(frozen=True, slots=True)
class Segment:
    """One TCP segment of IPv4: who sent it to whom (ports), its number, and what it carries."""

    source: int
    target: int
    number: int
    begins: bool
    data: bytes

    @classmethod
    def of(cls, packet: bytes) -> "Segment | None":
        """Return the segment that a packet of loopback carries; None when it carries another thing."""
        if packet[12:14] != _IPV4 or packet[_ETHERNET + 9] != _TCP:
            return None
        tcp = packet[_ETHERNET + (packet[_ETHERNET] & 15) * 4 :]
        source, target, number = struct.unpack_from(">HHI", tcp)
        return cls(source, target, number, bool(tcp[13] & _SYN), tcp[(tcp[12] >> 4) * 4 :])


@dataclass(frozen=True)
class Wire:
    """A capture of the packets of one port, as a pcap file."""

    file: Path
    port: int

    def streams(self) -> list[tuple[int, bytes]]:
        """Return what was sent in each direction of each connection, whole, with the port of who sent it."""
        open_now: dict[tuple[int, int], list[Segment]] = {}
        every: list[list[Segment]] = []
        for segment in self._segments():
            way = (segment.source, segment.target)
            if segment.begins:
                open_now[way] = [segment]
                every.append(open_now[way])
            elif segment.data:
                open_now[way].append(segment)
        return [(each[0].source, _put_together(each)) for each in every]

    def sent_by_node(self) -> bytes:
        """Return all that the node sent."""
        return b"".join(content for source, content in self.streams() if source == self.port)

    def sent_to_node(self) -> bytes:
        """Return all that the node was sent."""
        return b"".join(content for source, content in self.streams() if source != self.port)

    def _segments(self) -> Iterator[Segment]:
        content = self.file.read_bytes()
        place = len(_PCAP)
        while place < len(content):
            size = _RECORD.unpack_from(content, place)[2]
            place += _RECORD.size
            segment = Segment.of(content[place : place + size])
            assert segment is not None
            yield segment
            place += size


def _put_together(segments: list[Segment]) -> bytes:
    """Return the bytes of one direction in their order; what was sent twice counts once."""
    first = segments[0].number + 1  # SYN has a number of its own
    content = bytearray()
    for segment in sorted(segments[1:], key=lambda each: (each.number - first) & 0xFFFFFFFF):
        place = (segment.number - first) & 0xFFFFFFFF
        assert place <= len(content), "a segment is missing from the capture"
        content[place : place + len(segment.data)] = segment.data
    return bytes(content)


def can_capture() -> bool:
    """Return whether this user may see the packets of loopback."""
    try:
        _tap().close()
    except OSError:
        return False
    return True


@contextmanager
def captured(port: int, file: Path) -> Iterator[Wire]:
    """Capture what passes over one port of loopback until the block ends; not one packet may be missed.

    Raises:
        PermissionError: this user may not; it takes CAP_NET_RAW, as root has.
    """
    end = secrets.token_bytes(32)
    with _tap() as tap, file.open("wb") as target:
        target.write(_PCAP)
        taker = threading.Thread(target=_take, args=(tap, port, target, end), name="capture")
        taker.start()
        try:
            yield Wire(file, port)
        finally:
            _send(end)
            taker.join()
        missed = struct.unpack("II", tap.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8))[1]
        assert not missed, f"the capture missed {missed} packets"


def _tap() -> socket.socket:
    try:
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(EVERY_PROTOCOL))
    except PermissionError as error:
        sentence = "This test captures loopback, which takes a user with CAP_NET_RAW, such as root."
        raise PermissionError(sentence) from error
    tap.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE if os.geteuid() == 0 else socket.SO_RCVBUF, BUFFER)
    tap.bind(("lo", 0))
    tap.settimeout(60)
    return tap


def _send(end: bytes) -> None:
    """Send the mark by which the taker knows that it has seen all that came before."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as here:
        here.bind(("127.0.0.1", 0))
        here.sendto(end, here.getsockname())


def _take(tap: socket.socket, port: int, target: BinaryIO, end: bytes) -> None:
    while True:
        packet, address = tap.recvfrom(LONGEST)
        if end in packet:
            return
        segment = Segment.of(packet) if address[2] != OUTGOING else None
        if segment is not None and port in {segment.source, segment.target}:
            target.write(_RECORD.pack(0, 0, len(packet), len(packet)) + packet)
