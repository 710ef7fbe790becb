"""What a request brings: pictures, and words about them. Names are words: none is taken for a path or an address."""

import logging
from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import Request
from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from semihard.workflows.serving._problem import Problem
from semihard.workflows.serving.limits import Limits

# It warns of each broken form, in the terminal of a server whose client has made it.
logging.getLogger("python_multipart").setLevel(logging.ERROR)

# Of the picture that is the body.
BODY = "body"
# Fields beside the pictures, and bytes of each.
FIELDS, FIELD = 100, 2**16


class Uploads(NamedTuple):
    """Attributes:
    names: [pictures] what the client calls them.
    pictures: [pictures] their bytes.
    words: name → [values], of the form and of the address.
    """

    names: list[str]
    pictures: list[bytes]
    words: Mapping[str, list[str]]


async def read_uploads(request: Request, limits: Limits, known: frozenset[str]) -> Uploads:
    """Read the pictures of a request: its body is one, or a multipart form with one a file.

    Args:
        request: whose body was not read yet.
        limits: beyond which it is not read any further.
        known: names of words that it may have.

    Raises:
        Problem: too large, no picture or too many, no such word, or a form that is none.
    """
    words: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        words.setdefault(name, []).append(value)
    names: list[str] = []
    pictures: list[bytes] = []
    request = _limited(request, limits.bytes)
    too_many = Problem(413, f"Expected at most {limits.pictures} pictures. Received: more. Send several requests.")
    try:
        if _is_form(request):
            form_of = request.form(max_files=limits.pictures, max_fields=FIELDS, max_part_size=FIELD)
            async with form_of as form:
                for field, content in form.multi_items():
                    if isinstance(content, UploadFile):
                        names.append(content.filename or field)
                        pictures.append(await content.read())
                    else:
                        words.setdefault(field, []).append(content)
        else:
            # Whatever it says that it is: curl calls a body a form unless it is told otherwise.
            body = await request.body()
            names, pictures = ([BODY], [body]) if body else ([], [])
    except (HTTPException, FormParserError) as error:
        said = str(getattr(error, "detail", error)).rstrip(".")
        if said.startswith("Too many files"):
            raise too_many from error
        raise Problem(400, f"Expected a multipart form. Received: one that is broken: {said}.") from error
    except ClientDisconnect as error:
        raise Problem(400, "Expected a whole request. Received: one that was broken off.") from error
    unknown = sorted(set(words) - known)
    if unknown:
        takes = f"It takes {', '.join(sorted(known))}" if known else "It takes nothing but pictures"
        raise Problem(422, f"Expected no field {unknown[0][:100]!r} at this address. {takes}.")
    if not pictures:
        raise Problem(400, "Expected a picture: as the body, or as a file of a multipart form. Received: none.")
    return Uploads(names, pictures, words)


def _is_form(request: Request) -> bool:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower() == "multipart/form-data"


def _limited(request: Request, most: int) -> Request:
    """The request, but for a body beyond `most` bytes: as soon as it says that it has one, or has one."""
    too_large = Problem(413, f"Expected at most {most:,} bytes. Received: more. Send smaller pictures, or fewer.")
    # The server's parser has refused what is no number.
    if int(request.headers.get("content-length", 0)) > most:
        raise too_large
    count = 0

    async def counted() -> Any:
        nonlocal count
        message = await request.receive()
        count += len(message.get("body", b""))
        if count > most:
            raise too_large
        return message

    return Request(request.scope, counted)
