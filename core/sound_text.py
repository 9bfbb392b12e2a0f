"""Text that can be written as UTF-8, whatever was typed or stands in a file's name."""


def sound(text: str) -> str:
    """Return `text` with lone surrogates replaced; two that make a character become it.

    Undecodable bytes in names of files arrive as lone surrogates, as do halves of emoji.
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
