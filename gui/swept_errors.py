"""The errors that a sweep offers, by their words."""

from core.error_placing import Drawn, Ranked, SweptError, Written
from core.error_records import ErrorKind

ERRORS: dict[str, SweptError] = {
    "the second likeliest token": Ranked(2),
    "the token of rank 5": Ranked(5),
    "the token of rank 20": Ranked(20),
    "a random token of the same class": Drawn(),
    "a word with two letters swapped": Written(ErrorKind.TYPO, "letters swapped"),
    "a word with a letter dropped": Written(ErrorKind.TYPO, "letter dropped"),
    "a number one larger": Written(ErrorKind.NUMBER, "+1"),
    "a number 101 larger": Written(ErrorKind.NUMBER, "+101"),
    "a number with two digits swapped": Written(ErrorKind.NUMBER, "digit swap"),
    "“not”, or none where one stands": Written(ErrorKind.NEGATION, ""),
    "the word after, the own left out": Written(ErrorKind.DELETION, ""),
}


def is_drawn(error: SweptError) -> bool:
    """Return whether a seed fixes something of it."""
    match error:
        case Drawn() | Written(ErrorKind.TYPO, _):
            return True
        case _:
            return False
