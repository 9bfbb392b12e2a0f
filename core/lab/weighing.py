"""What is kept of a text that was inserted: how surprising it was, where, in how many tokens."""

from collections.abc import Mapping

from core.aligning import first_parting
from core.lab.asking import Asker, Tokens


def weights(asker: Asker, inserted: Mapping[str, tuple[Tokens, str]]) -> dict[str, float]:
    """Return what is kept of texts by name, each inserted after its path, in one request.

    Surprisal and entropy are in nats; rank and entropy are those of the place where it begins.
    """
    asked = [(path, asker.after(path, text)[len(path) :]) for path, text in inserted.values()]
    return _told(asker, dict(zip(inserted, asked, strict=True)))


def weights_of_lines(asker: Asker, clean: Tokens, errors: Mapping[str, Tokens]) -> dict[str, float]:
    """Return the same for the first value by which each of `errors` parts from `clean`.

    A text that is the clean one has none.
    """
    asked: dict[str, tuple[Tokens, Tokens]] = {}
    for name, path in errors.items():
        at = first_parting([token.id for token in clean], [token.id for token in path])
        if at is not None:
            end = next(n for n in range(at, len(path)) if b"\n" in path[n].piece)
            asked[name] = path[:at], path[at : max(end, at + 1)]
    return _told(asker, asked)


def _told(asker: Asker, asked: Mapping[str, tuple[Tokens, Tokens]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, weight in zip(asked, asker.weigh(list(asked.values())), strict=True):
        found |= {
            f"{name} surprisal": weight.surprisal,
            f"{name} rank": float(weight.rank),
            f"{name} entropy": weight.entropy,
            f"{name} tokens": float(weight.tokens),
        }
    return found
