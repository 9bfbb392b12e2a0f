"""A session as tables for pandas: one row a token, or one row a candidate.

Log-probabilities and entropies are in nats, surprise is in bits; `bytes` (hex) is exact where
`piece` may not be. A token that several models read has a row for each of them. Tags are joined by
semicolons; one within a tag, and a backslash, has a backslash before it. `docs/session-csv.md` has
every column, and how pandas has to be asked.
"""

from collections.abc import Iterator

from core.csv_text import csv_text
from core.engine import ModelCard
from core.readings import Readings
from core.session import Session
from core.tokens import Token
from core.tree import NodeId

TOKEN_COLUMNS = (
    *("node", "parent", "depth", "branch", "role", "origin", "visible", "token_id", "piece"),
    *("bytes", "model", "model_sha256", "logprob", "surprise_bits", "rank", "entropy_after"),
    *("rest_after", "exact", "bookmark", "note", "tags", "act", "drawn_logprob"),
)
CANDIDATE_COLUMNS = (
    *("node", "model", "model_sha256", "rank", "token_id", "piece", "bytes", "logprob", "exact"),
    "followed_by",
)


def tokens_csv(session: Session) -> str:
    """Return one row for every token and every model that read it, hidden tokens included."""
    return csv_text((TOKEN_COLUMNS, *_token_rows(session)))


def candidates_csv(session: Session) -> str:
    """Return one row for every candidate of every distribution; `node` is what it would follow.

    `followed_by` is the visible node that holds the candidate, if there is one. A candidate that
    was read before sessions kept the pieces of candidates has none, unless the tree holds it among
    the tokens of the same vocabulary.
    """
    return csv_text((CANDIDATE_COLUMNS, *_candidate_rows(session)))


def _read(session: Session) -> list[tuple[str, str, Readings]]:
    return [
        (model.card.name, model.card.sha256, session.readings_under(model.number))
        for model in session.models
    ]


def _token_rows(session: Session) -> Iterator[tuple[object, ...]]:
    tree = session.tree
    models = _read(session)
    for node in tree:
        branch = session.branches.branch_of(node.id)
        place = (
            node.id,
            node.parent,
            tree.depth(node.id),
            "" if branch is None else branch.name,
            "" if branch is None else branch.role.value,
            node.origin.value,
            int(session.visibility.is_visible(node.id)),
            node.token.id,
            node.token.piece.decode(errors="replace"),
            node.token.piece.hex(),
        )
        marks = (
            int(node.id in session.bookmarks),
            session.notes.get(node.id, ""),
            ";".join(map(_escaped, session.tags.get(node.id, ()))),
            node.act,
            session.drawn.get(node.id),
        )
        read = [
            (name, sha256, *_numbers(readings, node.id))
            for name, sha256, readings in models
            if readings.row(node.id) is not None
        ]
        for numbers in read or [("",) * 8]:
            yield (*place, *numbers, *marks)


def _numbers(readings: Readings, node: NodeId) -> tuple[object, ...]:
    expects = readings.expects(node)
    return (
        readings.logprob(node),
        readings.surprise(node),
        readings.rank(node),
        readings.entropy(node),
        None if expects is None else expects.rest,
        int(readings.is_exact(node)),
    )


def _escaped(tag: str) -> str:
    return tag.replace("\\", "\\\\").replace(";", "\\;")


def _known(session: Session, card: ModelCard) -> dict[int, Token]:
    """Return the tokens of a model's vocabulary that the session holds, by id."""
    alike = [
        session.readings_under(model.number)
        for model in session.models
        if model.card.fingerprint == card.fingerprint
    ]
    is_only_one = len(alike) == len(session.models)
    tree = session.tree
    held: dict[int, Token] = {
        tree.token(node).id: tree.token(node)
        for node in tree.ids()
        if is_only_one or any(readings.row(node) is not None for readings in alike)
    }
    return {**held, **session.pieces_of(card)}


def _candidate_rows(session: Session) -> Iterator[tuple[object, ...]]:
    for model in session.models:
        name, sha256 = model.card.name, model.card.sha256
        readings = session.readings_under(model.number)
        known = _known(session, model.card)
        for node in session.tree:
            expects = readings.expects(node.id)
            if expects is None:
                continue
            children = session.visibility.children(node.id)
            after = {session.tree.token(child): child for child in reversed(children)}
            for candidate in expects.candidates:
                token = known.get(candidate.id)
                yield (
                    node.id,
                    name,
                    sha256,
                    candidate.rank,
                    candidate.id,
                    "" if token is None else token.piece.decode(errors="replace"),
                    "" if token is None else token.piece.hex(),
                    candidate.logprob,
                    int(expects.exact),
                    "" if token is None else after.get(token, ""),
                )
