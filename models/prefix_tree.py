"""Which paths the model has read and still holds, and in which sequence each is found."""

from collections.abc import Iterable
from itertools import islice

from models.decoder import CellsFull, Decoder


class Holder:
    """Who holds some places: a sequence, or since it was dropped, the holder that took them over.

    So a path of any length changes hands at once (a disjoint-set forest: Galler, Fischer 1964).
    """

    __slots__ = ("heir", "sequence")

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence
        self.heir: Holder | None = None

    def last(self) -> "Holder":
        """Return the holder that has the places now, and shorten the way to it."""
        holder = self
        while holder.heir is not None:
            if holder.heir.heir is not None:
                holder.heir = holder.heir.heir
            holder = holder.heir
        return holder


class Place:
    """A token at the end of a path that was read.

    `owner` is a sequence that holds the whole path, or None when nothing holds it any more. `exact`
    says that all cells on the path were computed in the exact shape. `row` is the token's row in
    the batch being formed, or None when it is in no batch.
    """

    __slots__ = ("children", "depth", "exact", "holder", "parent", "row", "token")

    def __init__(self, token: int, parent: "Place | None") -> None:
        self.token = token
        self.parent = parent
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.exact: bool = parent is None or parent.exact
        self.children: dict[int, Place] = {}  # a provisional one by ~token, beside its exact twin
        self.holder: Holder | None = None
        self.row: int | None = None

    @property
    def owner(self) -> int | None:
        """A sequence that holds the whole path."""
        return None if self.holder is None else self.holder.last().sequence

    def child(self, token: int, *, quick: bool) -> "Place | None":
        """Return what is held of the path with one more token; only `quick` may be provisional."""
        found = self.children.get(token)
        return self.children.get(~token) if found is None and quick else found


class PrefixTree:
    """The places a decoder holds.

    When no sequence is free, the idlest branch goes first. Its cells are freed only when all are:
    see `Decoder.cut`. A full cache is never an error, only reading again.

    Every live sequence holds the whole path to its tip; sequences share the cells of what they
    have in common, so the trunk outlives its branches. A place has an owner, and is among its
    parent's children, exactly as long as some sequence holds it. One sequence, the scratch, is kept
    back for rows that only fill a batch.
    """

    def __init__(self, decoder: Decoder) -> None:
        self.root = Place(-1, None)
        self.scratch = decoder.sequences - 1
        self._decoder = decoder
        self._tips: dict[int, Place] = {}  # insertion order is order of use: the idlest first
        self._ends: dict[Place, set[int]] = {}  # which sequences have their tip at a place
        self._holders: dict[int, Holder] = {}
        self._decoded: dict[int, int] = {}  # how much of each path is in the decoder already
        self._free = list(range(decoder.sequences - 2, -1, -1))

    def deepest(self, place: Place, *, quick: bool) -> tuple[Place, list[int]]:
        """Return the deepest held place on the way to `place`, and the tokens that are missing.

        Unless `quick`, what was read in the quick shape counts as missing.
        """
        missing: list[int] = []
        while place.parent is not None and (place.owner is None or not (quick or place.exact)):
            missing.append(place.token)
            place = place.parent
        missing.reverse()
        return place, missing

    def is_tip(self, place: Place) -> bool:
        """Return whether a sequence ends at a place, which can go on there without a fork."""
        return place.owner is not None and self._tips[place.owner] is place

    def sequence_at(self, place: Place, busy: set[int]) -> tuple[int, int]:
        """Return a sequence whose tip is `place`, forking one when its owner has moved on.

        Beside it: how many tokens of the path need no place in the batch being formed; a fork must
        join the rows of the others. `busy` sequences are in that batch and cannot be dropped.
        """
        owner = place.owner
        if owner is not None:
            self._touch(owner)
            if self._tips[owner] is place:
                return owner, place.depth
        if not self._free and not self.drop_idlest(busy if owner is None else busy | {owner}):
            raise CellsFull
        sequence = self._free.pop()
        held = 0 if owner is None else min(self._decoded[owner], place.depth)
        if owner is not None and held:
            self._decoder.copy(owner, sequence, held)
        self._holders[sequence] = Holder(sequence)
        self._decoded[sequence] = held
        self._tips[sequence] = place
        self._ends.setdefault(place, set()).add(sequence)
        return sequence, held

    def extend(self, sequence: int, token: int, child: Place | None) -> Place:
        """Move the tip of a sequence on by one token that is about to be decoded into it.

        `child` is the place this leads to when others hold it already.
        """
        tip = self._tips[sequence]
        if child is None:
            child = Place(token, tip)
            child.holder = self._holders[sequence]
            tip.children[token if child.exact else ~token] = child
        self._move_tip(sequence, child)
        return child

    def settle(self, sequences: Iterable[int]) -> None:
        """Take note that the extensions are decoded; drop what only read again what others hold."""
        for sequence in tuple(sequences):
            tip = self._tips[sequence]
            self._decoded[sequence] = tip.depth
            if tip.owner != sequence:
                self._drop(sequence)

    def mark_provisional(self, places: Iterable[Place]) -> None:
        """Keep what is being read quickly, and not held otherwise, away from exact readings."""
        for place in places:
            assert place.owner is not None
            assert place.parent is not None
            if place.exact and self._decoded[place.owner] < place.depth:
                place.exact = False
                del place.parent.children[place.token]
                place.parent.children[~place.token] = place

    def drop_provisional_twins(self, fresh: Iterable[Place], busy: set[int]) -> None:
        """Drop what was read quickly and has now been read exactly."""
        for place in fresh:
            twin = place.parent.children.get(~place.token) if place.parent is not None else None
            if twin is None or twin is place:
                continue
            for sequence in _owners(twin) - busy:
                self._drop(sequence)

    def retreat(self, sequence: int) -> None:
        """Take back extensions that were not decoded after all."""
        held = self._decoded[sequence]
        self._move_tip(sequence, self._release(sequence, held))
        self._decoder.cut(sequence, held)
        if not held or self._tips[sequence].owner != sequence:
            self._drop(sequence)

    def drop_idlest(self, protected: set[int]) -> bool:
        """Drop the sequence that was idle longest; False when all are protected."""
        for sequence in self._tips:
            if sequence not in protected:
                self._drop(sequence)
                return True
        return False

    def recent_cells(self, branches: int) -> int:
        """Count the places on the paths to the tips that were used last."""
        seen: set[Place] = set()
        for tip in islice(reversed(self._tips.values()), branches):
            node: Place | None = tip
            while node is not None and node not in seen:
                seen.add(node)
                node = node.parent
        return len(seen)

    def clear(self) -> None:
        """Forget everything, and free every cell."""
        for sequence in tuple(self._tips):
            self._drop(sequence)
        self._decoder.clear()

    def _touch(self, sequence: int) -> None:
        self._tips[sequence] = self._tips.pop(sequence)

    def _move_tip(self, sequence: int, place: Place) -> None:
        self._leave_tip(sequence)
        self._tips[sequence] = place
        self._ends.setdefault(place, set()).add(sequence)

    def _leave_tip(self, sequence: int) -> None:
        tip = self._tips[sequence]
        ends = self._ends[tip]
        ends.remove(sequence)
        if not ends:
            del self._ends[tip]

    def _drop(self, sequence: int) -> None:
        self._release(sequence, 0)
        self._leave_tip(sequence)
        del self._tips[sequence], self._decoded[sequence], self._holders[sequence]
        self._decoder.retire(sequence)
        self._free.append(sequence)

    def _release(self, sequence: int, depth: int) -> Place:
        """Hand over, or forget, the places below `depth` on a sequence's path; return the last.

        Whoever holds a place holds all above it: once one is found, the whole path changes hands.
        """
        heir: int | None = None
        node = self._tips[sequence]
        while node.depth > depth:
            parent = node.parent
            assert parent is not None
            if heir is None:
                heir = self._other(node, sequence)
            if heir is not None and not depth:
                self._hand_over(sequence, heir)
                return self.root
            if node.owner == sequence:
                if heir is None:
                    node.holder = None
                    del parent.children[node.token if node.exact else ~node.token]
                else:
                    node.holder = self._holders[heir]
            node = parent
        return node

    def _other(self, place: Place, sequence: int) -> int | None:
        """Return another sequence that holds a place: one that owns it, ends there or goes on."""
        if place.owner != sequence:
            return place.owner
        ends = self._ends.get(place, ())
        others = (child.owner for child in place.children.values())
        return next((one for one in (*ends, *others) if one != sequence), None)

    def _hand_over(self, sequence: int, heir: int) -> None:
        """Let the heir have all places that the sequence still owns."""
        # The older holder stays the last: most places know it, and few the newer one.
        old, new = self._holders[sequence], self._holders[heir]
        new.heir = old
        old.sequence = heir
        self._holders[heir] = old
        self._holders[sequence] = new


def _owners(place: Place) -> set[int]:
    """Return the sequences that hold a place: each owns its own tip, there or further down."""
    found: set[int] = set()
    below = [place]
    while below:
        node = below.pop()
        if node.owner is not None:
            found.add(node.owner)
        below.extend(node.children.values())
    return found
