"""What a report says where queries find themselves."""


def copies_note(copies: int, queries: int) -> str:
    """Return the sentence that a report ends with; nothing where no query finds itself.

    Example:
        >>> print(copies_note(3, 5))
        3 of 5 queries are in the gallery themselves, bit for bit: each finds itself first, and its Recall@1 is 1,
        whatever the model. Give `ids` and `gallery_ids`, or leave out `gallery` to search the queries among themselves.
        >>> copies_note(0, 5)
        ''
    """
    if not copies:
        return ""
    which = "Every query is" if copies == queries else f"{copies:,} of {queries:,} queries are"
    which = f"{which} in the gallery {'itself' if copies == queries else 'themselves'}, bit for bit"
    return (
        f"{which}: each finds itself first, and its Recall@1 is 1,\n"
        "whatever the model. Give `ids` and `gallery_ids`, or leave out `gallery` to search the queries "
        "among themselves."
    )
