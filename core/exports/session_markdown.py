"""A session as Markdown: what a person reads, branch by branch, with what was noted."""

from collections.abc import Iterable, Iterator, Sequence

from core.session import Session
from core.tokens import text_of
from core.tree import ROOT, NodeId

PROBABILITIES = "Probabilities are the raw softmax at T = 1."


def session_markdown(session: Session, title: str) -> str:
    """Tell the visible branches in order of creation, each with the surprise of its own tokens."""
    return "\n".join(_lines(session, title)) + "\n"


def _lines(session: Session, title: str) -> Iterator[str]:
    branches = session.branches.visible()
    readers = [*dict.fromkeys(_readers(session, branches))]
    yield f"# {_inline(title)}"
    yield ""
    for number in readers:
        card = session.card_of(number)
        yield (
            f"Read by {_inline(card.name)} ({card.quantization}), SHA-256"
            f" `{card.sha256 or 'not known'}`, {_inline(card.engine)}."
        )
        yield ""
    yield PROBABILITIES if readers else "No model has read this session."
    for first, branch in branches.items():
        nodes = session.branches.nodes_of(first)
        parent = session.tree.parent(first)
        yield ""
        yield f"## {_inline(branch.name)} ({branch.role.value})"
        yield ""
        if parent != ROOT:
            yield f"After: {_code(session.tree.text_to(parent))}"
            yield ""
        yield _code(text_of([session.tree.token(node) for node in nodes]))
        yield ""
        yield from _measured(session, nodes, readers)
        yield from _marks(session, nodes)


def _readers(session: Session, firsts: Iterable[NodeId]) -> Iterator[int]:
    """Yield the models that read the nodes of branches, the last one used before others."""
    last = session.last_number()
    if last is not None:
        yield last
    for first in firsts:
        for node in session.branches.nodes_of(first):
            reader = session.reader_of(node)
            if reader is not None:
                yield reader


def _measured(session: Session, nodes: tuple[NodeId, ...], readers: Sequence[int]) -> Iterator[str]:
    """Yield a line for each model that read any of these nodes; one of several is named."""
    by_reader: dict[int, list[NodeId]] = {}
    for node in nodes:
        reader = session.reader_of(node)
        if reader is not None:
            by_reader.setdefault(reader, []).append(node)
    if not by_reader:
        yield f"{len(nodes)} tokens, 0 of them read exactly."
    for reader, own in by_reader.items():
        readings = session.readings_under(reader)
        known = [bits for node in own if (bits := readings.surprise(node)) is not None]
        exact = sum(readings.is_exact(node) for node in own)
        by = f" by {_inline(session.card_of(reader).name)}" if len(readers) > 1 else ""
        words = f"{len(nodes)} tokens, {exact} of them read exactly{by}"
        yield f"{words}; {sum(known):.2f} bits over {len(known)} tokens." if known else f"{words}."


def _marks(session: Session, nodes: tuple[NodeId, ...]) -> Iterator[str]:
    for node in nodes:
        note = session.notes.get(node, "")
        tags = "".join(f" #{tag}" for tag in session.tags.get(node, ()))
        star = " (bookmarked)" if node in session.bookmarks else ""
        if note or tags or star:
            token = _code(text_of([session.tree.token(node)]))
            yield f"- {token}{star}{tags}{': ' + _inline(note) if note else ''}"


def _code(text: str) -> str:
    """Return a span of code that holds `text` whatever is in it; line breaks become arrows."""
    shown = text.replace("\r", "").replace("\n", "⏎")
    longest = run = 0
    for letter in shown:
        run = run + 1 if letter == "`" else 0
        longest = max(longest, run)
    fence = "`" * (longest + 1)
    return f"{fence} {shown} {fence}" if longest or not shown.strip() else f"{fence}{shown}{fence}"


def _inline(text: str) -> str:
    return "".join("\\" + c if c in "\\`*_[]<>#" else c for c in " ".join(text.split()))
