"""Which paths the model has read and still holds, and in which sequence each is found."""

from models.decoder import CellsFull, Decoder


class Place:
    """A token at the end of a path that was read.

    `owner` is a sequence that holds the whole path, or None when nothing holds it any more. `row`
    is the token's row in the batch being formed, or None when it is in no batch.
    """

    __slots__ = ("children", "depth", "owner", "parent", "row", "token")

    def __init__(self, token: int, parent: "Place | None") -> None:
        self.token = token
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.children: dict[int, Place] = {}
        self.owner: int | None = None
        self.row: int | None = None


class PrefixTree:
    """The places a decoder holds. A full cache is never an error: the idlest branch goes first.

    Every live sequence holds the whole path to its tip; sequences share the cells of what they
    have in common, so the trunk outlives its branches. One sequence, the scratch, is kept back for
    rows that only fill a batch.
    """

    def __init__(self, decoder: Decoder) -> None:
        self.root = Place(-1, None)
        self.scratch = decoder.sequences - 1
        self._decoder = decoder
        self._tips: dict[int, Place] = {}  # insertion order is order of use: the idlest first
        self._free = list(range(decoder.sequences - 2, -1, -1))

    def holds(self, place: Place) -> bool:
        """Whether the path to `place` can be built upon without reading it again."""
        return place is self.root or place.owner is not None

    def deepest(self, place: Place) -> tuple[Place, list[int]]:
        """Return the deepest held place on the way to `place`, and the tokens that are missing."""
        missing: list[int] = []
        while not self.holds(place):
            missing.append(place.token)
            assert place.parent is not None
            place = place.parent
        missing.reverse()
        return place, missing

    def sequence_at(self, place: Place, busy: set[int]) -> int:
        """Return a sequence whose tip is `place`, forking one when its owner has moved on.

        `busy` sequences are in the batch being formed and cannot be dropped to make room.
        """
        owner = place.owner
        if owner is not None and self._tips[owner] is place:
            self._touch(owner)
            return owner
        if owner is not None:
            self._touch(owner)
        if not self._free and not self.drop_idlest(busy if owner is None else busy | {owner}):
            raise CellsFull
        sequence = self._free.pop()
        if owner is not None:
            decoded = place
            while decoded.row is not None:
                assert decoded.parent is not None
                decoded = decoded.parent
            if decoded is not self.root:
                self._decoder.copy(owner, sequence, decoded.depth)
        self._tips[sequence] = place
        return sequence

    def extend(self, sequence: int, token: int) -> Place:
        """Move the tip of a sequence on by one token that is about to be decoded into it."""
        tip = self._tips[sequence]
        child = tip.children.get(token)
        if child is None:
            child = tip.children[token] = Place(token, tip)
        if child.owner is None:
            child.owner = sequence
        self._tips[sequence] = child
        return child

    def retreat(self, sequence: int) -> None:
        """Take back extensions that were not decoded after all."""
        node = self._tips[sequence]
        while node.row is not None:
            parent = node.parent
            assert parent is not None
            if node.owner == sequence:
                _forget(node)
            node = parent
        self._tips[sequence] = node
        self._decoder.cut(sequence, node.depth)
        if node is self.root:
            del self._tips[sequence]
            self._free.append(sequence)

    def release_shadow(self, sequence: int) -> None:
        """Drop a sequence that only read again what others hold."""
        tip = self._tips.get(sequence)
        if tip is not None and tip.owner != sequence:
            self._drop(sequence)

    def clear(self) -> None:
        """Forget everything."""
        for sequence in tuple(self._tips):
            self._drop(sequence)

    def _touch(self, sequence: int) -> None:
        self._tips[sequence] = self._tips.pop(sequence)

    def drop_idlest(self, protected: set[int]) -> bool:
        """Drop the sequence that was idle longest; False when all are protected."""
        for sequence in self._tips:
            if sequence not in protected:
                self._drop(sequence)
                return True
        return False

    def _drop(self, sequence: int) -> None:
        node = self._tips.pop(sequence)
        heir: int | None = None
        while node is not self.root:
            parent = node.parent
            assert parent is not None
            if heir is None:
                owners = (child.owner for child in node.children.values())
                heir = next((o for o in owners if o is not None and o != sequence), None)
            if node.owner == sequence:
                node.owner = heir
                if heir is None:
                    _forget(node)
            node = parent
        self._decoder.cut(sequence, 0)
        self._free.append(sequence)


def _forget(node: Place) -> None:
    node.owner = None
    parent = node.parent
    assert parent is not None
    if parent.children.get(node.token) is node:
        del parent.children[node.token]
