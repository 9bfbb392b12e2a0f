"""What models said of a session's nodes: whose numbers are whose."""

from collections.abc import Iterator, Mapping, Sequence

from core.distribution import Distribution
from core.engine import ModelCard, Scored
from core.readings import Readings, Row
from core.records import DrawnRow, ModelRow, PieceRow, ReadingRow
from core.remembered import RememberedPieces
from core.session_acts import ActingSession
from core.tokens import Token, Vocabulary
from core.tree import NodeId

LAST_MODEL = "last model"
"""The setting that holds the number of the model that was last used."""


class ModelledSession(ActingSession):
    """A session with its models and the readings of each, kept apart."""

    def __init__(self) -> None:
        super().__init__()
        self._models: list[ModelRow] = []
        self._readings: dict[int, Readings] = {}
        self._pieces: dict[str, RememberedPieces] = {}  # by fingerprint: what readings mention
        self.drawn: dict[NodeId, float] = {}
        self._nameless: int | None = None  # the model in use whose hash is not known yet

    def readings_of(self, card: ModelCard | None) -> Readings:
        """Return what a model thinks; with None, what the last one thought."""
        number = self._number_of(card)
        return Readings() if number is None else self._readings.setdefault(number, Readings())

    @property
    def models(self) -> Sequence[ModelRow]:
        """The models that ever read here, by number from 1."""
        return self._models

    def readings_under(self, number: int) -> Readings:
        """Return what the model that is kept under `number` thinks."""
        return self._readings.setdefault(number, Readings())

    def is_new_to(self, card: ModelCard) -> bool:
        """Return whether others with a model's tokens have read here, and it has not."""
        read = [
            model.card
            for model in self._models
            if model.card.fingerprint == card.fingerprint and len(self.readings_under(model.number))
        ]
        return bool(read) and _identity(card) not in map(_identity, read)

    def reader_of(self, node: NodeId) -> int | None:
        """Return the number of the model whose reading of a node is told where none is attached.

        It is the last one, or the newest with another vocabulary that read the node.
        """
        last = self._number_of(None)
        if last is None:
            return None
        own = self.card_of(last).fingerprint
        others = (m.number for m in reversed(self._models) if m.card.fingerprint != own)
        numbers = (last, *others)
        return next((n for n in numbers if self.readings_under(n).row(node) is not None), None)

    def readings_in_other_words(self, card: ModelCard) -> list[Readings]:
        """Return the readings of all models with another vocabulary, the newest model's first."""
        return [
            self._readings[model.number]
            for model in reversed(self._models)
            if model.card.fingerprint != card.fingerprint and model.number in self._readings
        ]

    def reader_in_other_words(self, card: ModelCard, node: NodeId) -> ModelCard | None:
        """Return the newest model with another vocabulary that read a node."""
        for model in reversed(self._models):
            readings = self._readings.get(model.number)
            is_other = model.card.fingerprint != card.fingerprint
            if is_other and readings is not None and readings.row(node) is not None:
                return model.card
        return None

    def last_number(self) -> int | None:
        """Return the number of the model that was last used."""
        return self._number_of(None)

    def last_card(self) -> ModelCard | None:
        """Return the card of the model that was last used."""
        number = self.last_number()
        return None if number is None else self._models[number - 1].card

    def model_number(self, card: ModelCard) -> int:
        """Return the number under which readings of this model are kept."""
        number = self._number_of(card)
        if number is None:
            number = len(self._models) + 1
            if not card.sha256:
                self._nameless = number
            self._models.append(ModelRow(number, card))
            self.records.append(self._models[-1])
        self.set_setting(LAST_MODEL, str(number))
        return number

    def recognise(self, before: ModelCard, now: ModelCard) -> tuple[int, int] | None:
        """Keep under its own name what was read while the model's hash was not known.

        Returns the number it had and the one it has now, when they differ.
        """
        old, known = self._number_of(before), self._number_of(now)
        is_another = before.sha256 not in ("", now.sha256)
        if old is None or is_another:
            return None
        self._nameless = None
        self._models[old - 1] = ModelRow(old, now)  # acts and findings may name it by this number
        self.records.append(self._models[old - 1])
        if known is None or known == old:  # no other number has it
            return None
        old, known = max(old, known), min(old, known)  # it is found by its first number
        self.set_setting(LAST_MODEL, str(known))
        for row in self._move_readings(old, known):
            self.records.append(ReadingRow(known, row))
        return old, known

    def _move_readings(self, old: int, known: int) -> Iterator[Row]:
        """Give what is kept under one number to another; yield the rows that are new there."""
        kept = self._readings.setdefault(known, Readings())
        moved, self._readings[old] = self._readings.get(old, Readings()), Readings()
        for row in moved:
            if kept.take_over(row):
                yield row

    def _join_models(self) -> None:
        """Let models that turned out to be one have their readings under the first number."""
        first: dict[tuple[object, ...], int] = {}
        for number, card in self._models_known():
            known = first.setdefault(_identity(card), number)
            if known != number:
                list(self._move_readings(number, known))

    def _models_known(self) -> Iterator[tuple[int, ModelCard]]:
        return ((each.number, each.card) for each in self._models if each.card.sha256)

    def put_reading(
        self, model: int, node: NodeId, scored: Scored | None, expects: Distribution | None
    ) -> None:
        """Take in what a model said of `node`."""
        readings = self._readings.setdefault(model, Readings())
        row = readings.put(node, scored=scored, expects=expects)
        if row is not None:
            self.records.append(ReadingRow(model, row))
            self.change.read[node] = None

    def keep_pieces(self, model: int, expects: Distribution | None, source: Vocabulary) -> None:
        """See to it that the candidates can be shown as text when their model is not there."""
        if expects is None:
            return
        fingerprint = self._models[model - 1].card.fingerprint
        known = self._pieces.setdefault(fingerprint, RememberedPieces())
        fresh = [number for number in expects.id_array.tolist() if number not in known]
        if fresh:
            owner = next(m.number for m in self._models if m.card.fingerprint == fingerprint)
            for number in fresh:
                known.add(source[number])
                self.records.append(PieceRow(owner, source[number]))

    def pieces_of(self, card: ModelCard) -> Mapping[int, Token]:
        """Return the tokens of a model's vocabulary that its readings mention, by id."""
        return self._pieces.get(card.fingerprint, {})

    def put_drawn(self, node: NodeId, logprob: float) -> None:
        """Remember the log-probability (nats) at which the sampler drew a node."""
        self.drawn[node] = logprob
        self.records.append(DrawnRow(node, logprob))

    def share_readings(self, node: NodeId, twin: NodeId) -> None:
        """Let `twin`, which stands after the same tokens, have what models said of `node`."""
        for model, readings in self._readings.items():
            row = readings.row(node)
            if row is not None:
                moved = (twin, *row[1:])
                if readings.take_over(moved):
                    self.records.append(ReadingRow(model, moved))
                    self.change.read[twin] = None
        if node in self.drawn and twin not in self.drawn:
            self.put_drawn(twin, self.drawn[node])

    def _pieces_by_owner(self) -> dict[int, RememberedPieces]:
        """Return the pieces by the first model with their vocabulary, as they are now.

        They are written on another thread while readings mention more.
        """
        owners = {model.card.fingerprint: model.number for model in reversed(self._models)}
        kept = {owners[fingerprint]: known for fingerprint, known in self._pieces.items()}
        return {owner: RememberedPieces(known.cells()) for owner, known in sorted(kept.items())}

    def _remember_pieces(self, pieces: Mapping[int, RememberedPieces]) -> None:
        """Take pieces over that models of these numbers own."""
        for owner, told in pieces.items():
            fingerprint = self._models[owner - 1].card.fingerprint
            self._pieces.setdefault(fingerprint, RememberedPieces()).take_over(told.cells())

    def is_model(self, number: int, card: ModelCard) -> bool:
        """Return whether a model is the one that is kept under `number`."""
        return self._number_of(card) == number

    @property
    def model_count(self) -> int:
        """How many models are kept; they are numbered from 1."""
        return len(self._models)

    def card_of(self, number: int) -> ModelCard:
        """Return the card of the model that is kept under `number`."""
        return self._models[number - 1].card

    def _number_of(self, card: ModelCard | None) -> int | None:
        if card is None:
            last = int(self.settings.get(LAST_MODEL, "0"))
            return last if 0 < last <= len(self._models) else None
        if not card.sha256:
            number = self._nameless
            if number is None or _identity(self._models[number - 1].card) != _identity(card):
                return None
            return number
        for model in self._models:
            if _identity(model.card) == _identity(card):
                return model.number
        return None


def _identity(card: ModelCard) -> tuple[object, ...]:
    """Return what two models share when, and only when, the numbers of one are the other's.

    A file is the same under any name. A model whose hash is not known yet is only taken for itself,
    never for one from the session's file.
    """
    return (
        card.sha256 or (card.path, card.name, card.quantization),
        card.fingerprint,
        card.engine,
        card.device,
        card.arithmetic,
    )
