"""A model that follows a script: no weights, no waiting. Most tests run on it."""

from collections.abc import Iterable, Mapping

from core.engine import Arithmetic, ModelCard, Path
from core.tokens import TokenId, Vocabulary
from models.looping_engine import LoopingEngine
from models.scripted_decoder import RoundingDecoder, ScriptedDecoder

END = b"<|end|>"

WORDS = [
    "Mark",
    "Z",
    "ucker",
    "berg",
    "is",
    "the",
    "CEO",
    "of",
    "Facebook",
    "Apple",
    "Google",
    "X",
    "Alphabet",
    "a",
    "company",
    "social",
    "media",
    "He",
    "he",
    "'s",
    "Some",
    "people",
    "have",
    "heard",
    "In",
    "fact",
    "and",
    "pioneer",
    "in",
    "The",
    "following",
    "factual",
    "statement",
    "The",
    "capital",
    "of",
    "France",
    "Paris",
    "Berlin",
    "London",
    "word",
    "list",
    "next",
    "that",
    "has",
    "built",
    "tech",
    "mogul",
]

STORY: Mapping[str, Mapping[str, float]] = {
    " CEO of": {" Facebook": 0.68, " X": 0.05, " Google": 0.04, " a": 0.01, " Apple": 0.007},
    " Facebook": {",": 0.5, ".": 0.3, " and": 0.1},
    " Facebook,": {" and": 0.6, " the": 0.2},
    " Apple": {".": 0.6, ",": 0.3},
    " Apple.": {" He": 0.7, " In": 0.1},
    " a": {" social": 0.4, " company": 0.3, " tech": 0.1},
    " capital of France is": {" Paris": 0.78, " the": 0.06, " London": 0.01},
}
"""What the scripted model says; everything else it makes up from a hash."""


class ScriptedEngine(LoopingEngine):
    """Knows all bytes, some words with and without a leading space, and one end token."""

    def __init__(
        self,
        story: Mapping[str, Mapping[str, float]] = STORY,
        *,
        words: Iterable[str] = WORDS,
        cells: int = 8192,
        sequences: int = 256,
    ) -> None:
        pieces = [bytes([byte]) for byte in range(256)]
        for word in dict.fromkeys(words):
            pieces += [word.encode(), b" " + word.encode()]
        pieces = [*dict.fromkeys(pieces), END]
        end = len(pieces) - 1
        vocabulary = Vocabulary(
            tuple(pieces), frozenset({end}), None, frozenset({end}), template_eos=TokenId(end)
        )
        self._ids = {piece: token for token, piece in enumerate(pieces[:-1])}
        self._longest = max(len(piece) for piece in pieces[:-1])
        self._script: dict[tuple[int, ...], dict[int, float]] = {
            self.tokenize(text): {
                self.tokenize(piece)[0]: probability for piece, probability in follows.items()
            }
            for text, follows in story.items()
        }
        decoder = ScriptedDecoder(len(pieces), self._script, cells=cells, sequences=sequences)
        super().__init__(decoder, vocabulary, _card(vocabulary, cells))

    def tokenize(self, text: str) -> Path:
        """Split text greedily: the longest known piece first."""
        data = text.encode()
        tokens: list[TokenId] = []
        at = 0
        while at < len(data):
            length = next(
                n
                for n in range(min(self._longest, len(data) - at), 0, -1)
                if data[at : at + n] in self._ids
            )
            tokens.append(TokenId(self._ids[data[at : at + length]]))
            at += length
        return tuple(tokens)

    def other_arithmetic(self, tokens: int) -> ScriptedDecoder:
        """Return a decoder over the same script that keeps fewer digits."""
        return RoundingDecoder(len(self.vocabulary), self._script, cells=tokens, sequences=1)

    def tokenize_with_control(self, text: str) -> Path:
        """Split text; the script's one control token is never spelled."""
        return self.tokenize(text)


def _card(vocabulary: Vocabulary, cells: int) -> ModelCard:
    return ModelCard(
        name="Scripted model",
        path="",
        architecture="script",
        quantization="none",
        parameters=0,
        vocabulary_size=len(vocabulary),
        trained_context=cells,
        context=cells,
        file_bytes=0,
        sha256="scripted",
        fingerprint=vocabulary.fingerprint,
        engine="scripted 1",
        device="CPU",
        threads=1,
        arithmetic=Arithmetic(1, 1, 56, repeats=True, check="a script repeats"),
        chat_template="",
    )
