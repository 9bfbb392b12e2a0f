"""What went wrong, when the user can mend it."""


class KnownError(Exception):
    """One sentence for the user: what happened, what to do. Anything else raised is a bug."""
