"""Whatever is asked at once, broken off, cancelled or crowded out: every number is the true one."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from core.engine import (
    Continue,
    Contrast,
    Grow,
    Growth,
    Priority,
    Read,
    Reading,
)
from core.sampling import FREE, GREEDY, Sampler, Stream
from core.tokens import TokenId
from tests.models.company import SIZE, CapriciousDecoder, Table, exactly


def request_from(chance, longest):
    letters = chance.randint(0, 2)

    def path():
        length = chance.randint(1, min(longest, chance.choice((3, 10, 40, 200))))
        return tuple(TokenId(chance.randint(0, letters)) for _ in range(length))

    priority = chance.choice(tuple(Priority))
    match chance.randint(0, 3):
        case 0:
            paths = [path() for _ in range(chance.randint(1, 5))]
            watch = (TokenId(chance.randrange(SIZE)),)
            readings = tuple(Reading(p, chance.randrange(len(p)), watch) for p in paths)
            return Read(readings, chance.randint(1, SIZE), priority)
        case 1:
            penalised = Sampler(
                repeat_penalty=3.0,
                frequency_penalty=1.0,
                presence_penalty=0.4,
                penalty_window=chance.choice((0, 3, 6, 64)),
            )
            samplers = FREE, GREEDY, Sampler(temperature=0.5, top_k=5), penalised
            growths = tuple(
                Growth(path(), chance.choice(samplers), Stream(1, number))
                for number in range(chance.randint(1, 4))
            )
            drafts, block = chance.random() < 0.5, chance.choice((None, 1, 2, 5, 16))
            return Continue(growths, chance.randint(0, 8), drafts, block, priority=priority)
        case 2:
            width, depth = chance.randint(1, 3), chance.randint(1, 4)
            return Grow(path(), width, depth, chance.choice((0, 0.05)), 2, priority)
        case _:
            others = tuple(path() for _ in range(chance.randint(1, 3)))
            continuation = tuple(TokenId(chance.randint(0, letters)) for _ in range(7))
            return Contrast(path(), others, continuation[: chance.randint(0, 7)], priority)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_number_is_true_and_every_request_ends_in_any_company(seed):
    chance = random.Random(seed)
    cells = chance.choice((60, 120, 200, 400, 1000))
    most = min(chance.choice((8, 16, 56)), cells // 4 // 8 * 8)
    decoder = CapriciousDecoder(
        chance,
        exactly(*chance.choice(((1, 1), (2, 1), (8, 8))), most),
        interrupts=chance.choice((0, 0.1, 0.4)),
        cells=cells,
        sequences=chance.choice((3, 4, 6, 8, 20, 64)),
    )
    table = Table(decoder, context=cells - most)
    for _ in range(chance.randint(1, 10)):
        table.ask(request_from(chance, cells - most - 8))
        for _ in range(chance.randint(0, 6)):
            table.loop.step()
        if chance.random() < 0.2:
            table.cancel(chance.choice(tuple(table.asked)))
    table.finish()
    table.assert_all_true()
    table.assert_books_are_right()
