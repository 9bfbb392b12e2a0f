"""A reading loop at a table with many guests, over a decoder that breaks off and rounds."""

from functools import partial

from core.comparison import divergence, log_softmax
from core.engine import (
    Answer,
    Arithmetic,
    Continue,
    Contrast,
    End,
    Grow,
    Grown,
    Meter,
    Read,
    Settled,
    Stepped,
    Stopped,
    Withdrawn,
)
from core.tokens import TokenId, Vocabulary
from models.decoder import Interrupted
from models.desk import Desk
from models.reading_loop import ReadingLoop
from models.readout import Readout
from models.scripted_decoder import ScriptedDecoder
from models.tasks import task_for

SIZE = 30
END = SIZE - 1


class CapriciousDecoder(ScriptedDecoder):
    """Breaks off when `chance` wants it, and rounds differently in batches of another shape."""

    def __init__(self, chance, arithmetic, *, interrupts=0.0, cells=1000, sequences=64):
        super().__init__(SIZE, {}, cells=cells, sequences=sequences)
        self.chance = chance
        self.arithmetic = arithmetic
        self.interrupts = interrupts
        self.rough = set()
        self.breaks = []

    def decode(self, rows):
        assert len(rows) <= self.arithmetic.most_rows
        if self.breaks:
            raise self.breaks.pop()
        if self.chance.random() < self.interrupts:
            super().decode(rows[: self.chance.randint(0, len(rows))])
            raise Interrupted
        logits = super().decode(rows)
        shape = self.arithmetic
        is_rough = len(rows) < shape.least_rows or len(rows) % shape.row_multiple
        paths = [self._held[row.sequences[0]][: row.position + 1] for row in rows]
        new = {path[-1] for path in paths}
        self.rough = self.rough | new if is_rough else self.rough - new
        wanted = [path for row, path in zip(rows, paths, strict=True) if row.wanted]
        for path, output in zip(wanted, logits, strict=True):
            if not self.rough.isdisjoint(path):
                output[::3] += 0.5
        return logits


def make_task(desk, request):
    return task_for(desk, request)


def what_is_left(answers, number):
    """Return the steps of a continuation once all drafts are settled or withdrawn, and its end."""
    steps, end = [], None
    for answer in (a for a in answers if getattr(a, "growth", None) == number):
        assert end is None, "nothing is told after the end"
        match answer:
            case Stepped():
                steps.append(answer)
            case Settled(_, index, token, logprob, expects):
                assert steps[index].token.id == token.id
                assert not steps[index].expects.exact
                steps[index] = Stepped(number, token, logprob, expects)
            case Withdrawn(_, index):
                assert not any(step.expects.exact for step in steps[index:])
                assert steps[index:]
                del steps[index:]
            case Stopped():
                end = answer.end
            case _:
                raise AssertionError(answer)
    return steps, end


class Table:
    """A loop without a thread, what was asked of it, and the truth."""

    def __init__(self, decoder, *, context=900, speed=None):
        pieces = tuple(bytes([token]) for token in range(SIZE))
        vocabulary = Vocabulary(pieces, frozenset(), None, frozenset({END}))
        desk = Desk(Readout(SIZE), vocabulary, context, lambda: self.loop.root, decoder.arithmetic)
        self.decoder = decoder
        self.context = context
        make = partial(make_task, desk)
        self.loop = ReadingLoop(decoder, decoder.arithmetic, make, speed=speed)
        self.asked = {}
        self._readout = Readout(SIZE)

    def ask(self, request):
        answers: list[Answer | BaseException] = []
        number = self.loop.submit(request, answers.extend)
        self.asked[number] = (request, answers)
        return number

    def cancel(self, number):
        self.loop.cancel(number)
        del self.asked[number]

    def finish(self):
        for _ in range(20_000):
            if not self.loop.step():
                return
        raise AssertionError("the loop does not come to an end")

    def truth(self, path):
        self._readout.load(self.decoder.logits_after(tuple(path)))
        return self._readout

    def assert_all_true(self):
        for request, answers in self.asked.values():
            *answers, last = answers  # noqa: PLW2901 - what is left
            assert isinstance(last, Meter), last
            match request:
                case Read():
                    self._check_read(request, answers)
                case Continue():
                    self._check_continue(request, answers)
                case Grow():
                    self._check_grow(request, answers)
                case Contrast():
                    self._check_contrast(request, answers)
                case _:
                    raise AssertionError(request)

    def _check_read(self, request, answers):
        assert len(answers) == sum(len(r.path) - r.since for r in request.readings)
        for answer in answers:
            reading = request.readings[answer.reading]
            after = answer.index + 1
            truth = self.truth(reading.path[:after])
            assert answer.expects == truth.distribution(request.top, exact=True)
            assert answer.watched == tuple(truth.score(token) for token in reading.watch)
            following = truth.score(reading.path[after]) if after < len(reading.path) else None
            assert answer.following == following

    def _check_continue(self, request, answers):
        for number, growth in enumerate(request.growths):
            steps, end = what_is_left(answers, number)
            assert end is self._true_end(request.limit, growth.path, steps)
            assert request.drafts or not any(isinstance(a, Settled | Withdrawn) for a in answers)
            path = list(growth.path)
            for drawn, step in enumerate(steps):
                truth = self.truth(path)
                draw = truth.draw(growth.sampler, growth.stream, growth.drawn + drawn, path)
                assert step.token == truth.score(draw.id)
                assert step.drawn_logprob == draw.logprob
                path.append(step.token.id)
                assert step.expects == self.truth(path).distribution(request.top, exact=True)

    def _true_end(self, limit, path, steps):
        assert all(step.token.id != END for step in steps[:-1]), "nothing follows the end of a text"
        assert len(steps) <= limit
        if steps and steps[-1].token.id == END:
            return End.END_OF_TEXT
        if len(path) + len(steps) >= self.context:
            assert len(path) + len(steps) == self.context
            return End.CONTEXT_FULL
        assert len(steps) == limit
        return End.LIMIT

    def _check_grow(self, request, answers):
        full = {answer.growth for answer in answers if isinstance(answer, Stopped)}
        answers = [answer for answer in answers if isinstance(answer, Grown)]
        grown = {answer.index: answer for answer in answers}
        assert len(grown) == len(answers)
        for answer in answers:
            tail, node = [], answer
            while node.token is not None:
                tail.append(node.token.id)
                node = grown[node.parent]
            is_over = len(tail) + 1 >= request.depth or END in tail[:1]
            has_room = len(request.path) + len(tail) < self.context
            assert (answer.index in full) == (not is_over and not has_room)
            truth = self.truth((*request.path, *reversed(tail)))
            assert answer.expects == truth.distribution(max(request.top, request.width), exact=True)

    def _check_contrast(self, request, answers):
        assert len(answers) == len(request.others) * (len(request.continuation) + 1)
        for answer in answers:
            forced = request.continuation[: answer.distance]
            one, two = (
                log_softmax(self.decoder.logits_after((*path, *forced)))
                for path in (request.reference, request.others[answer.other])
            )
            found = divergence(one, two)
            told = answer.kl, answer.sqrt_js, answer.flip
            assert told == (found.kl, found.sqrt_js, found.flip)

    def assert_books_are_right(self):
        """The tree knows of every sequence what it holds and of every place who owns it."""
        tree = self.loop._tree
        for sequence, tip in tree._tips.items():
            path, node = [], tip
            while node.parent is not None:
                assert node.owner is not None
                assert node.row is None
                assert node.parent.children[node.token if node.exact else ~node.token] is node
                over = tree._tips[node.owner]
                while over.depth > node.depth:
                    assert over.parent is not None
                    over = over.parent
                assert over is node
                path.append(node.token)
                node = node.parent
            assert self.decoder.tokens_of(sequence) == tuple(reversed(path))
        assert all(self.decoder.tokens_of(sequence) == () for sequence in tree._free)
        assert self.decoder.tokens_of(tree.scratch) == ()


def exactly(least, multiple, most=56):
    return Arithmetic(least, multiple, most, repeats=True, check="")


def ids(*tokens):
    return tuple(TokenId(token) for token in tokens)
