"""What every kind of request works with."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from core.engine import Arithmetic, Path
from core.known_error import KnownError
from core.tokens import Vocabulary
from models.prefix_tree import Place
from models.readout import Readout
from models.serving import Demand, Take


@dataclass(frozen=True, slots=True)
class Desk:
    """What every task works with: a readout, the vocabulary, the longest path, the empty path."""

    readout: Readout
    vocabulary: Vocabulary
    context: int
    root: Callable[[], Place]
    arithmetic: Arithmetic

    def whole(self, path: Path, wanted: int, take: Take) -> Demand:
        """Demand the logits after `path[wanted]` and all later positions."""
        if not path:
            raise KnownError("There is no text to read: the model needs at least one token.")
        if len(path) > self.context:
            raise KnownError(
                f"The text is {len(path)} tokens long and the model's context holds"
                f" {self.context}: shorten it."
            )
        if not 0 <= wanted < len(path):
            raise KnownError(f"The text has no position {wanted}: choose one inside it.")
        self.check(path)
        return Demand(self.root(), path, wanted, take)

    def check(self, tokens: Iterable[int]) -> None:
        """Refuse ids that the vocabulary lacks."""
        size = len(self.vocabulary)
        for token in tokens:
            if not 0 <= token < size:
                raise KnownError(f"The model has no token {token}: its ids end at {size - 1}.")
