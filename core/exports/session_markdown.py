"""A session as Markdown: what a person reads, branch by branch, with what was noted."""

from collections.abc import Iterator

from core.readings import Readings
from core.session import Session
from core.tokens import text_of
from core.tree import ROOT, NodeId


def session_markdown(session: Session, title: str) -> str:
    """Tell the visible branches in order of creation, each with the surprise of its own tokens."""
    return "\n".join(_lines(session, title)) + "\n"


def _lines(session: Session, title: str) -> Iterator[str]:
    card = session.last_card()
    readings = session.readings_of(card)
    yield f"# {_inline(title)}"
    yield ""
    if card is None:
        yield "No model has read this session."
    else:
        yield (
            f"Read by {_inline(card.name)} ({card.quantization}), SHA-256"
            f" `{card.sha256 or 'not known'}`, {_inline(card.engine)}. Probabilities are the raw"
            " softmax at T = 1."
        )
    for first, branch in session.branches.visible().items():
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
        yield _measured(readings, nodes)
        yield from _marks(session, nodes)


def _measured(readings: Readings, nodes: tuple[NodeId, ...]) -> str:
    surprises = [readings.surprise(node) for node in nodes]
    known = [value for value in surprises if value is not None]
    exact = sum(readings.is_exact(node) for node in nodes)
    words = f"{len(nodes)} tokens, {exact} of them read exactly"
    return f"{words}; {sum(known):.2f} bits over {len(known)} tokens." if known else f"{words}."


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
