"""The inert pickle reader against pickles made to cost much: the slowest of many, and its memory.

    python bench/bench_pickles.py [count] [bytes]

Each pickle is drawn from a seed: some large values that are remembered, then a few instructions again and again
until the size is reached. The instructions are those that touch a remembered value: copies, states, keys,
arrays, references, marks.
"""

from __future__ import annotations

import argparse
import random
import struct
import time
import tracemalloc

from mp2flame.base.errors import FileFormatError
from mp2flame.base.safe_pickle import load_pickle


def text(value: bytes) -> bytes:
    return b"X" + struct.pack("<I", len(value)) + value


def remember(place: int) -> bytes:
    return b"q" + bytes([place]) + b"0"


def recall(place: int) -> bytes:
    return b"h" + bytes([place])


def large_value(rng: random.Random, size: int) -> bytes:
    """One value of about ``size`` bytes."""
    way = rng.randrange(8)
    if way == 0:
        return text(b"a" * size)
    if way == 1:
        return b"B" + struct.pack("<I", size) + bytes(size)
    if way == 2:
        return b"(" + b"N" * size + rng.choice((b"l", b"t", b"\x91"))
    if way == 3:
        return b"}(" + b"".join(text(b"%d" % i) + b"N" for i in range(size // 12)) + b"u"
    if way == 4:  # integers that share one hash
        step = rng.choice((1, (1 << 61) - 1, 1 << 61, 1 << 40, -1))
        keys = (step * (i + 1) for i in range(size // 14))
        return b"}(" + b"".join(b"L%dL\nN" % key for key in keys) + b"u"
    if way == 5:
        return b"]" * (size // 3) + b"a" * (size // 3 - 1)
    if way == 6:
        return b"N" + b"2\x86" * (size // 2)
    return b"(" + b"".join(text(b"k%d" % i) + b"K\x01\x86" for i in range(size // 12)) + b"l"


NEW_ARRAY = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R"
U1 = b"cnumpy\ndtype\n" + text(b"u1") + b"\x85R"


def one_pickle(seed: int, size: int) -> bytes:
    """A pickle of at most ``size`` bytes, the same for the same seed."""
    rng = random.Random(seed)
    out = [b"\x80\x02" + U1 + remember(0)]
    share = int(size * rng.choice((0.02, 0.1, 0.3, 0.5, 0.8)))
    for place in range(1, rng.randint(2, 4)):
        out += [large_value(rng, share // 3), remember(place)]
    out += [text(b"a" * (share // 3)), remember(5), b"(" + b"N" * (share // 3) + b"l", remember(6)]
    out += [b"}(" + b"".join(text(b"%d" % i) + b"N" for i in range(share // 36)) + b"u", remember(7)]
    out += [
        NEW_ARRAY
        + b"(K\x01(J"
        + struct.pack("<i", share // 3)
        + b"t"
        + recall(0)
        + b"\x89"
        + recall(5)
        + b"tb"
    ]
    out += [remember(8)]
    calls = (
        (b"cnumpy.core.multiarray\n_reconstruct\n", b"cnumpy\nndarray\nK\x00\x85U\x01b\x87"),
        (b"c_codecs\nencode\n", recall(5) + text(b"latin1") + b"\x86"),
        (b"c__builtin__\nset\n", recall(6) + b"\x85"),
        (b"cscipy.sparse.csc\ncsc_matrix\n", b")"),
        (b"cchumpy.ch\nCh\n", b")"),
    )
    for number, (name, arguments) in enumerate(calls):
        out += [name, remember(10 + number), arguments, remember(20 + number)]
    out += [b"(K\x01K\x00\x85" + recall(0) + b"\x89U\x00t", remember(30)]
    if rng.random() < 0.5:
        out += [b"N" + b"\x94" * (share // 2) + b"0"]
    any_place = recall(rng.choice((1, 5, 6, 7, 8)))
    made = [recall(10 + number) + recall(20 + number) + b"R" for number in range(len(calls))]
    fine = (
        made[0] + recall(30) + b"b0", made[1] + b"0", made[2] + b"0", made[3] + recall(7) + b"b0", made[4] + recall(7) + b"b0",
        made[0] + b"\x94" + recall(30) + b"b0",
        b"c_codecs\nencode\n" + recall(5) + text(b"latin1") + b"\x86R0",
        b"c__builtin__\nset\n" + recall(6) + b"\x85R0",
        b"ccollections\nOrderedDict\n)R0",
        NEW_ARRAY + b"(K\x01K\x00\x85" + recall(0) + b"\x89U\x00tb0",
        NEW_ARRAY + b"\x94(K\x01K\x01\x85" + recall(0) + b"\x89U\x01atb0",
        NEW_ARRAY + b"(K\x01(J" + struct.pack("<i", share // 3) + b"t" + recall(0) + b"\x89" + recall(5) + b"tb0",
        b"cscipy.sparse.csc\ncsc_matrix\n)\x81" + recall(7) + b"b0",
        b"cchumpy.ch\nCh\n)\x81" + recall(7) + b"b0",
        b"}" + recall(5) + any_place + b"s0", b"]" + any_place + b"a0", b"(" + any_place + b"l0", b"(" * 9 + b"1" * 9,
        any_place, any_place + b"0", b"]\x940", b"N2220000", b"(" + b"N" * 30 + b"t0", b"NNN\x870", b"\x8a\xff" + b"\x7f" * 255 + b"0",
        b"Np%d\n0" % rng.randrange(1 << 32), b"I%d\n0" % (1 << 60), b"L%dL\n0" % (1 << 4000), b"F" + b"1" * 300 + b"\n0",
        b"S'" + b"\\x41" * 40 + b"'\n0", b"V" + b"\\u0041" * 40 + b"\n0",
    )  # fmt: skip
    odd = (
        b"0",
        b"1",
        b"(",
        b"2",
        b"\x94",
        any_place + b"b",
        any_place + b"R",
        any_place + b"\x85",
        b"t",
        b"u",
        b"e",
    )
    again = [rng.choice(odd if rng.random() < 0.06 else fine) for _ in range(rng.randint(1, 5))]
    piece, used = b"".join(again), sum(map(len, out))
    out += [piece] * max((size - used - 1) // max(len(piece), 1), 0)
    return b"".join(out) + (b"N." if rng.random() < 0.8 else b".")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("count", nargs="?", type=int, default=10_000)
    parser.add_argument("size", nargs="?", type=int, default=250_000, metavar="bytes")
    options = parser.parse_args()
    count, size = options.count, options.size
    spent: list[tuple[float, int]] = []
    read = 0
    for seed in range(count):
        data = one_pickle(seed, size)
        started = time.process_time()
        try:
            load_pickle(data)
            read += 1
        except FileFormatError:
            pass
        spent.append((time.process_time() - started, seed))
    spent.sort()
    peak = 0
    for _, seed in spent[-20:]:  # memory of the slowest only: watching it costs time
        data = one_pickle(seed, size)
        tracemalloc.start()
        try:
            load_pickle(data)
        except FileFormatError:
            pass
        peak = max(peak, tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    slowest, seed = spent[-1]
    print(
        "| pickles | bytes each | read | refused | median s | slowest s (seed) | peak MB of the 20 slowest |"
    )
    print("|---|---|---|---|---|---|---|")
    print(
        f"| {count} | {size} | {read} | {count - read} | {spent[count // 2][0]:.4f} | {slowest:.3f} ({seed}) "
        f"| {peak / 1e6:.0f} |"
    )


if __name__ == "__main__":
    main()
