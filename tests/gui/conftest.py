"""The real window over a real session, with an engine that tells the starter model's own story."""

import hashlib

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from core.distribution import Distribution
from core.engine import (
    Arithmetic,
    Continue,
    End,
    Expected,
    Meter,
    ModelCard,
    Read,
    Scored,
    Stepped,
    Stopped,
)
from core.forks import ForkSpec
from core.jobs import InlineRunner, run_now
from core.sampling import gumbel_noise
from core.tokens import TokenId, Vocabulary
from core.workbench import Workbench
from gui.app import CLOSED, build_window
from gui.look import ThemeChoice
from gui.preferences import Preferences
from models.readout import Readout

LINES = (
    "Mark| Z|ucker|berg| is| the| CEO| of| Facebook|,| and| he|'s| a| pioneer| in| the| field| of",
    " Apple|.| He|'s| a| tech| m|og|ul| who| has| been| in| the| industry| for| over",
    " a| company|.| Some| people| have| heard| of| Apple|.| But| what| about| Mark| Z|ucker|berg",
    " a| social| media| company| that| has| built| a| massive| following| on| its| platform",
    "\n|In| fact| X| Google| Alphabet| B| Be| One| Meta| his| all| an| this| Tesla| Twitter",
    " Paris| France| capital| The|-|founder| world| first| largest| one| most| known| for| work",
)
PLACES = {
    "Mark": ((" Z", 0.05), (" is", 0.04), (" T", 0.03)),
    "CEO of": (
        (" Facebook", 0.677),
        (" X", 0.050),
        (" Google", 0.037),
        (" Alphabet", 0.036),
        (" the", 0.026),
        (" B", 0.021),
        (" Be", 0.015),
        (" One", 0.009),
        (" Apple", 0.0074),
        (" a", 0.0046),
        (" Meta", 0.004),
        (" his", 0.0035),
        (" all", 0.003),
        (" an", 0.0028),
    ),
    "of Facebook": ((",", 0.35), (".", 0.31)),
    " Facebook,": ((" and", 0.42), (" the", 0.2)),
    ", and": ((" he", 0.33),),
    "and he": (("'s", 0.55),),
    "he's": ((" a", 0.32),),
    "'s a": ((" pioneer", 0.12), (" tech", 0.09)),
    " pioneer": ((" in", 0.75),),
    " pioneer in": ((" the", 0.6),),
    " in the": ((" field", 0.2), (" industry", 0.18)),
    "field": ((" of", 0.8),),
    "of Apple": ((".", 0.35), (",", 0.32)),
    " Apple.": ((" He", 0.4), (" But", 0.2)),
    " He": (("'s", 0.3),),
    " He's a": ((" tech", 0.17),),
    " tech": ((" m", 0.35),),
    " m": (("og", 0.93),),
    "og": (("ul", 0.98),),
    "mogul": ((" who", 0.55),),
    " who": ((" has", 0.4),),
    " has": ((" been", 0.5), (" built", 0.14)),
    "of a": ((" social", 0.17), (" company", 0.12)),
    " social": ((" media", 0.62),),
    " media": ((" company", 0.3),),
    " company": ((" that", 0.35), (".", 0.1)),
    " that": ((" has", 0.1),),
    " built": ((" a", 0.5),),
    "\nIn fact, Mark Zuckerberg is the CEO of": ((" Facebook", 0.817), (" Apple", 0.006)),
    "Apple.\nIn fact, Mark Zuckerberg is the CEO of": ((" Facebook", 0.539), (" Apple", 0.162)),
    "of Apple.\nIn fact, Mark Zuckerberg is the CEO of": ((" Facebook", 0.539), (" Apple", 0.162)),
    "heard of Apple.\nIn fact, Mark Zuckerberg is the CEO of": (
        (" Facebook", 0.262),
        (" Apple", 0.027),
    ),
}
END = b"<|endoftext|>"
KNOWN: dict[bytes, np.ndarray] = {}
"""What was made up once: all windows tell the same story."""


class StoryEngine:
    """Knows all bytes, the words of the story and one special token; makes up the rest."""

    def __init__(self):
        words = dict.fromkeys(piece for line in LINES for piece in line.split("|"))
        pieces = [bytes([byte]) for byte in range(256)]
        pieces += [word.encode() for word in words if len(word.encode()) > 1]
        pieces.append(END)
        end = len(pieces) - 1
        self.vocabulary = Vocabulary(tuple(pieces), frozenset({end}), None, frozenset({end}))
        self._ids = {piece: number for number, piece in enumerate(pieces[:-1])}
        self._longest = max(map(len, pieces))
        self.card = ModelCard(
            name="SmolLM2-135M-Instruct",
            path="",
            architecture="llama",
            quantization="Q4_1",
            parameters=134_515_008,
            vocabulary_size=len(pieces),
            trained_context=8192,
            context=8192,
            file_bytes=0,
            sha256="",
            fingerprint=self.vocabulary.fingerprint,
            engine="story",
            device="CPU",
            threads=2,
            arithmetic=Arithmetic(1, 1, 32, repeats=True, check=""),
            chat_template="",
        )

    def tokenize(self, text):
        data, found, at = text.encode(), [], 0
        while at < len(data):
            lengths = range(min(self._longest, len(data) - at), 0, -1)
            length = next(n for n in lengths if data[at : at + n] in self._ids)
            found.append(TokenId(self._ids[data[at : at + length]]))
            at += length
        return tuple(found)

    def close(self):
        pass

    def logprobs(self, path):
        text = b"".join(self.vocabulary.pieces[token] for token in path)
        if text not in KNOWN:
            KNOWN[text] = self._made_up(text)
            KNOWN[text].flags.writeable = False
        return KNOWN[text]

    def _made_up(self, text):
        seed = int.from_bytes(hashlib.sha256(text[-40:]).digest()[:8], "little")
        rough = np.random.default_rng(seed).gamma(0.03, 1.0, len(self.vocabulary)) + 1e-9
        rough[:256] *= 1e-3
        rough[-1] = 1e-9
        rough /= rough.sum()
        matches = [end for end in PLACES if text.endswith(end.encode())]
        if matches:
            told = {self.tokenize(p)[0]: q for p, q in PLACES[max(matches, key=len)]}
            rough[list(told)] = 0
            rough *= (1 - sum(told.values())) / rough.sum()
            for token, probability in told.items():
                rough[token] = probability
        return np.log(np.maximum(rough, 1e-12)).astype(np.float32)

    def _expects(self, logprobs, top):
        best = np.argsort(-logprobs, kind="stable")[:top]
        p = np.exp(logprobs.astype(float))
        entropy = float(-(p * logprobs).sum())
        return Distribution(
            best.astype("<i4").tobytes(), logprobs[best].tobytes(), entropy, exact=True
        )

    @staticmethod
    def _scored(logprobs, token):
        return Scored(token, float(logprobs[token]), int((logprobs > logprobs[token]).sum()) + 1)

    def _drawn(self, logprobs, expects, reading):
        if reading.sampler is None:
            return None
        readout = Readout(len(logprobs))
        readout.load(logprobs)
        ids = np.frombuffer(expects.ids, "<i4")
        drawn = readout.drawn_logprobs(ids, reading.sampler, list(reading.path))
        return drawn.astype("<f4").tobytes()

    def ask(self, request):
        read = 0
        match request:
            case Read(readings):
                for number, reading in enumerate(readings):
                    for index in range(reading.since, len(reading.path)):
                        logprobs = self.logprobs(reading.path[: index + 1])
                        after = reading.path[index + 1 : index + 2]
                        scored = self._scored(logprobs, after[0]) if after else None
                        watched = tuple(self._scored(logprobs, token) for token in reading.watch)
                        expects = self._expects(logprobs, request.top)
                        read += 1
                        drawn = self._drawn(logprobs, expects, reading)
                        yield Expected(number, index, expects, scored, watched, drawn)
            case Continue(growths, limit):
                paths = [list(growth.path) for growth in growths]
                for step in range(limit):
                    for number, growth in enumerate(growths):
                        before = self.logprobs(paths[number])
                        drawn = before
                        if not growth.sampler.is_greedy:
                            noise = gumbel_noise(growth.stream, growth.drawn + step, len(before))
                            drawn = before / growth.sampler.temperature + noise
                        token = TokenId(int(drawn.argmax()))
                        paths[number].append(token)
                        after = self._expects(self.logprobs(paths[number]), request.top)
                        read += 1
                        logprob = float(before[token])
                        yield Stepped(number, self._scored(before, token), logprob, after)
                for number in range(len(growths)):
                    yield Stopped(number, End.LIMIT)
            case _:
                raise AssertionError(f"the story knows no answer to {request}")
        yield Meter(read, read // 2, read / 100)


SPEC = ForkSpec(
    prompt="Mark Zuckerberg is the CEO of",
    right=" Facebook",
    wrong=" Apple",
    control=" a",
    mention=" a company. Some people have heard of Apple",
    probe=".\nIn fact, Mark Zuckerberg is the CEO of",
    tokens=6,
)


@pytest.fixture(autouse=True)
def _windows_go_with_their_test():
    """Delete what was closed: no event loop runs between tests that would do it."""
    yield
    if QCoreApplication.instance() is not None:
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def engine():
    return StoryEngine()


@pytest.fixture
def workbench(engine):
    """An empty session with a model, whose work is done at once."""
    bench = Workbench(run_now, InlineRunner, None)
    bench.attach_engine(engine)
    yield bench
    bench.close()


@pytest.fixture
def tokens_of(engine):
    """Splits text into the engine's tokens."""
    return lambda text: engine.vocabulary.tokens(engine.tokenize(text))


@pytest.fixture
def told(workbench):
    """A session in which the fork is told."""
    workbench.tell_fork(SPEC)
    return workbench


@pytest.fixture
def preferences(tmp_path):
    found = Preferences(tmp_path / "window.ini")
    found.theme = ThemeChoice.LIGHT
    return found


def open_window(qtbot, workbench, preferences, doors=CLOSED):
    window = build_window(workbench, preferences, doors)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    assert window.compare.isVisible()  # it comes after the first picture, or when it is asked for
    QApplication.processEvents()  # plots settle their axes with the first picture
    return window


@pytest.fixture
def window(qtbot, told, preferences):
    """The window with the told fork."""
    return open_window(qtbot, told, preferences)


@pytest.fixture
def empty_window(qtbot, workbench, preferences):
    """The window of a session without a token."""
    return open_window(qtbot, workbench, preferences)


FORK = ForkSpec("Mark Zuckerberg is the CEO of", " Facebook", " Apple", " a", None, None, 6)


@pytest.fixture
def forked(scripted):
    """A session with a fork that the scripted model told."""
    bench = Workbench(run_now, InlineRunner, None)
    bench.attach_engine(scripted)
    bench.tell_fork(FORK)
    yield bench
    bench.close()


@pytest.fixture
def forked_window(qtbot, forked, preferences):
    """The window with that fork."""
    return open_window(qtbot, forked, preferences)
