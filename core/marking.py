"""The verbs that leave the tree as it is: what is seen of it, and what is written about it."""

from collections.abc import Iterable
from dataclasses import replace

from core.branches import Branch, Role
from core.comparison_findings import ComparisonFinding
from core.history import (
    BookmarkSet,
    BranchSet,
    FoldSet,
    Hidden,
    HoistSet,
    KeptSet,
    NoteSet,
    TagsSet,
    Watched,
    WatchSet,
)
from core.session import Deed
from core.tree import ROOT, NodeId
from core.unhiding import bring_back
from core.view_state import ViewState
from core.workplace import Workplace


class Marking(Workplace):
    """Each verb is one act in history and one `Change`; one that changes nothing is neither."""

    def hide(self, node: NodeId) -> None:
        """Put `node` and all below it out of sight."""
        if node != ROOT and self.is_visible(node):
            self._session.do(Deed("hide"), Hidden((node,)))
            self._drop_unseen()
        self._publish()

    def show(self, node: NodeId) -> None:
        """Bring back `node`, whatever hides it, and what was hidden along with it."""
        bring_back(self._session, Deed("show"), (node,))
        self._publish()

    def show_hidden(self, places: Iterable[NodeId]) -> tuple[NodeId, ...]:
        """Bring back all that is hidden right after `places`, in one act; return what came."""
        hidden = tuple(node for place in places for node in self.hidden_after(place))
        bring_back(self._session, Deed("show what is hidden"), hidden)
        self._publish()
        return hidden

    def bookmark(self, node: NodeId, is_set: bool) -> None:  # noqa: FBT001 - it is the value
        """Set a bookmark at `node`, or take it away."""
        before = node in self._session.bookmarks
        if before != is_set:
            self._session.do(Deed("bookmark"), BookmarkSet(node, before, is_set))
        self._publish()

    def fold(self, node: NodeId, is_folded: bool) -> None:  # noqa: FBT001 - it is the value
        """Fold what follows `node` into one sign, or unfold it."""
        before = node in self._session.folded
        if before != is_folded and not (is_folded and not self.visible_children(node)):
            deed = Deed("fold" if is_folded else "unfold")
            self._session.do(deed, FoldSet(node, before, is_folded))
        self._publish()

    def unfold_all(self) -> None:
        """Unfold everything."""
        deed = Deed("unfold everything")
        for node in tuple(self._session.folded):
            self._session.do(deed, FoldSet(node, before=True, after=False))
        self._publish()

    def hoist(self, node: NodeId) -> None:
        """Look at `node` and what follows it alone; at ROOT, at the whole tree again."""
        before = self._session.hoisted
        if before != node:
            deed = Deed("show the whole tree" if node == ROOT else "show this part only")
            self._session.do(deed, HoistSet(before, node))
        self._publish()

    def note(self, node: NodeId, text: str) -> None:
        """Write a note at `node`; empty takes it away."""
        before = self._session.notes.get(node, "")
        if before != text:
            self._session.do(Deed("note"), NoteSet(node, before, text))
        self._publish()

    def rename(self, branch: NodeId, name: str) -> None:
        """Give the branch that starts at `branch` another name."""
        old = self._session.branches.get(branch)
        if old is not None and old.name != name:
            deed = Deed(f"rename to {name!r}")
            self._session.do(deed, BranchSet(branch, old, Branch(branch, name, old.role)))
        self._publish()

    def set_role(self, branch: NodeId, role: Role) -> None:
        """Say what the branch that starts at `branch` is for."""
        old = self._session.branches.get(branch)
        if old is not None and old.role != role:
            deed = Deed(f"make it {role}")
            self._session.do(deed, BranchSet(branch, old, Branch(branch, old.name, role)))
        self._publish()

    def tag(self, node: NodeId, tags: Iterable[str]) -> None:
        """Give `node` these tags instead of those it has; spaces around them go, so do doubles."""
        bare = (" ".join(tag.split()) for tag in tags)
        after = tuple(dict.fromkeys(tag for tag in bare if tag))
        before = self._session.tags.get(node, ())
        if before != after:
            self._session.do(Deed("tag"), TagsSet(node, before, after))
        self._publish()

    def watch(self, truths: Iterable[str], errors: Iterable[str]) -> None:
        """Look out for these words from now on: true ones, and the error's."""
        after = Watched(tuple(truths), tuple(errors))
        before = self._session.watched
        if before != after:
            self._session.do(Deed("watch"), WatchSet(before, after))
        self._publish()

    def keep_comparison(self, finding: ComparisonFinding) -> None:
        """Keep a comparison as a finding of the model at hand, the newest last."""
        session, card = self._session, self._card
        number = session.last_number() if card is None else session.model_number(card)
        kept = replace(finding, number=number)
        session.do(Deed("keep a finding"), KeptSet(len(session.kept), None, kept))
        self._publish()

    def rename_comparison(self, place: int, title: str) -> None:
        """Give the finding at `place` in the list another title."""
        before = self._session.kept[place]
        if before.title != title:
            after = replace(before, title=title)
            self._session.do(Deed("rename a finding"), KeptSet(place, before, after))
        self._publish()

    def forget_comparison(self, place: int) -> None:
        """Let the finding at `place` in the list go."""
        before = self._session.kept[place]
        self._session.do(Deed("forget a finding"), KeptSet(place, before, None))
        self._publish()

    def set_setting(self, key: str, value: str) -> None:
        """Remember a setting in the session; settings are not undone."""
        self._session.set_setting(key, value)
        self._publish()

    def keep_view(self, key: str, state: ViewState) -> None:
        """Remember in the session how the view `key` stands; it is not undone."""
        self._session.set_view(key, state)
        self._publish()
