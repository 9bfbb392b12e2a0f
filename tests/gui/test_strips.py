"""The tree from afar: what is painted into the last picture is what a new picture would show."""

import math

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter

from core.jobs import InlineRunner, run_now
from core.readings import Readings
from core.tokens import Token, TokenId
from core.tree import NodeId
from core.workbench import Workbench
from gui.look import Look, ThemeChoice
from gui.scales import Scale
from gui.strip_painter import StripPainter
from gui.tree_drawn import Wish
from gui.tree_mirror import TreeMirror

TOKENS = [Token(TokenId(n), piece) for n, piece in enumerate((b" a", b"b", b" much longer", b"\n"))]
ZOOM, SIZE = 0.08, (90, 60)

steps = st.lists(
    st.tuples(st.integers(0, 1 << 20), st.integers(0, 3), st.floats(0.001, 1), st.booleans()),
    min_size=1,
    max_size=25,
)


def picture(strips, mirror):
    image = QImage(*SIZE, QImage.Format.Format_RGB32)
    image.fill(0)
    painter = QPainter(image)
    strips.paint(painter, view=QRectF(-20, -10, SIZE[0] / ZOOM, SIZE[1] / ZOOM), zoom=ZOOM)
    painter.end()
    return bytes(image.constBits())


class Told(Workbench):
    """A session whose readings are what the test says."""

    def __init__(self):
        self.said = {}
        super().__init__(run_now, InlineRunner, None)

    @property
    def readings(self):
        return Readings(
            (node, math.log(chance), 2, None, None, entropy, 1)
            for node, (chance, entropy) in self.said.items()
        )

    def say(self, node, chance):
        """Let a model say something of a node, as a job's answer does."""
        self.said[node] = chance, 6 * chance
        self._session.change.read[node] = None
        self._publish()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps, st.sampled_from(list(Scale)), st.booleans(), st.booleans())
def test_a_patched_picture_is_a_new_picture(qapp, grown, scale, packs, merges):
    look = Look(ThemeChoice.LIGHT)
    look.colouring = scale
    bench = Told()
    mirror = TreeMirror(bench, lambda text: 9.0 * len(text))
    mirror.want(Wish(merges=merges), packs=packs)
    bench.observe(mirror.take)
    bench.start_prompt([TOKENS[0], TOKENS[1]])
    strips = StripPainter(mirror, look)
    for where, token, chance, acts in grown:
        picture(strips, mirror)
        node = NodeId(1 + where % len(bench.tree))
        if acts and token == 0:
            bench.hide(node)
        elif acts:
            bench.say(node, chance)
        else:
            bench.insert(node, [TOKENS[token]])
        assert picture(strips, mirror) == picture(StripPainter(mirror, look), mirror)
