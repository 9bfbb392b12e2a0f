"""The same text in another model's tokens: split anew, planted beside, and linked."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from core.branches import Role
from core.engine import Engine, ModelCard
from core.grafting import Run, graft
from core.known_error import KnownError
from core.products import Aside, Product
from core.session import Deed, Session
from core.splitting import split_opening
from core.tokens import Token
from core.tree import ROOT, NodeId, Origin


@dataclass(frozen=True, slots=True)
class SplitAnew:
    """The tokens of text number `place`, with the opening that the model wants."""

    place: int
    tokens: tuple[Token, ...]


def split_anew(engine: Engine, texts: Sequence[str]) -> Iterator[Product]:
    """Split texts with the engine's own vocabulary.

    One that begins as this vocabulary's texts do was spelled by a kindred one: nothing is put
    before it again.
    """
    for place, text in enumerate(texts):
        split = split_opening(engine, text.removeprefix(engine.vocabulary.lead))
        yield Aside(SplitAnew(place, split.tokens))


def bytes_to(session: Session, node: NodeId) -> bytes:
    """Return the bytes of the path to `node`, without the control token that may open it."""
    tokens = [session.tree.token(step) for step in session.tree.path_to(node)]
    if tokens and tokens[0].special:
        tokens = tokens[1:]
    return b"".join(token.piece for token in tokens)


def text_to(session: Session, tip: NodeId) -> str:
    """Return the text to `tip`; raises `KnownError` when it ends within a character."""
    try:
        return bytes_to(session, tip).decode()
    except UnicodeDecodeError as error:
        raise KnownError(
            "This branch holds half a character, which other tokens cannot spell: continue it by"
            " a token, or plant a shorter one."
        ) from error


def plant_parallels(
    session: Session, card: ModelCard, tips: Sequence[NodeId], found: Sequence[SplitAnew]
) -> tuple[NodeId, ...]:
    """Plant the split texts of `tips` from the root, as one act; return the new tips.

    Each is a branch of the same role, named after the model and the old one. What the prompt was
    is a prompt again; what followed is *inserted*: this model did not write it. The act's record
    names the old tips and the vocabulary.
    """
    told = {
        "model": session.model_number(card),
        "replanted": {"tips": list(tips), "vocabulary": card.fingerprint},
    }
    deed = Deed(f"plant again for {card.name}", json.dumps(told, ensure_ascii=False))
    return tuple(
        _plant(session, deed, card, tips[each.place], each.tokens)
        for each in sorted(found, key=lambda one: one.place)
    )


def _plant(
    session: Session, deed: Deed, card: ModelCard, tip: NodeId, tokens: Sequence[Token]
) -> NodeId:
    tree = session.tree
    path = tree.path_to(tip)
    branch = session.branches.branch_of(tip)
    first = session.branches.branch_of(path[0])
    assert branch is not None, "every node is on a branch"
    assert first is not None, "every node is on a branch"
    ends = [node for node in path if tree.origin(node) is Origin.PROMPT]
    prompt_bytes = len(bytes_to(session, ends[-1])) if ends else 0
    # Counted from the end, because a vocabulary may want a space before the text.
    after_prompt = len(bytes_to(session, path[-1])) - prompt_bytes
    sizes = [0 if token.special and not n else len(token.piece) for n, token in enumerate(tokens)]
    left = sum(sizes)
    prompt: list[Run] = []
    rest: list[Run] = []
    for token, size in zip(tokens, sizes, strict=True):
        left -= size
        if ends and left >= after_prompt and not rest:
            prompt.append(Run(token, Origin.PROMPT))
        else:
            rest.append(Run(token, Origin.INSERTED))
    here = ROOT
    if prompt:
        label = (f"{card.name}: {first.name}", Role.BASE)
        here = graft(session, deed, ROOT, prompt, label)[-1]
    if rest:
        role = Role.OTHER if branch.role is Role.BASE else branch.role
        here = graft(session, deed, here, rest, (f"{card.name}: {branch.name}", role))[-1]
    return here


def replanted_from(session: Session, first: NodeId) -> NodeId | None:
    """Return the first node of the branch whose text the one at `first` tells in other tokens."""
    act = session.tree.act(first)
    made_by = session.history[act].made_by if act in session.history else ""
    if not made_by:
        return None
    told = cast("dict[str, Any]", json.loads(made_by)).get("replanted")
    if not isinstance(told, dict):
        return None
    # Whether a space stands before a text is the business of its vocabulary.
    own = bytes_to(session, session.branches.tip_of(first)).lstrip(b" ")
    tips = cast("dict[str, list[int | None]]", told)["tips"]
    known = [NodeId(tip) for tip in tips if tip is not None and tip in session.tree]
    texts = {tip: bytes_to(session, tip).lstrip(b" ") for tip in known}
    fitting = [tip for tip, text in texts.items() if own.startswith(text)]
    if not fitting:
        return None
    branch = session.branches.branch_of(max(fitting, key=lambda tip: len(texts[tip])))
    return None if branch is None else branch.first
