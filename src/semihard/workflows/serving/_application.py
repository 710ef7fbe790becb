"""The addresses of a server: what they take and answer."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from semihard._core.extras import SERVE, MissingPackage
from semihard.gallery import Gallery

try:
    import python_multipart  # noqa: F401 - which Starlette imports when a form comes
    from fastapi import FastAPI, Request
    from fastapi.responses import HTMLResponse
except ImportError as error:
    raise MissingPackage("fastapi and python-multipart", SERVE, error) from error

from semihard.workflows.exporting import Bundle
from semihard.workflows.searching import Found
from semihard.workflows.serving._answer import Answer
from semihard.workflows.serving._desk import Desk
from semihard.workflows.serving._guard import Guard
from semihard.workflows.serving._page import HEADERS, page
from semihard.workflows.serving._pixels import pixels_of
from semihard.workflows.serving._problem import Problem, answer_problems
from semihard.workflows.serving._shelf import Shelf
from semihard.workflows.serving._uploads import Uploads
from semihard.workflows.serving._words import ids_of, k_of, label_of
from semihard.workflows.serving.limits import Limits


class _Embedded(NamedTuple):
    """Attributes:
    photos: [n] what the client calls them.
    vectors: float32 [n, dim].
    failed: (photo, reason) of the others.
    """

    photos: list[str]
    vectors: NDArray[np.float32]
    failed: list[tuple[str, str]]


def application(
    bundle: Bundle, limits: Limits | None = None, *, allow_add: bool = False, host: str = "127.0.0.1"
) -> FastAPI:
    """Return the ASGI application that serves a bundle.

    GET `/` says to people what is served, GET `/health` to programs. POST `/embed`, `/search`, `/match` and `/add` take
    pictures, as the body or as the files of a multipart form, and answer in JSON. Nothing in a request is taken for a
    path or an address.

    Args:
        bundle: as `semihard.workflows.exporting.Bundle.open` returns it.
        limits: of a request.
        allow_add: whether `/add` may add to the bundle's gallery, in its directory.
        host: that the server will listen at. Requests to other names are refused.

    Raises:
        ValueError: `allow_add` of a bundle without a gallery, or of one that runs quantised.
        ImportError: FastAPI is not installed.

    Example:
        >>> from types import SimpleNamespace
        >>> bundle = SimpleNamespace(runtime="onnx", gallery=None, gallery_path=None)
        >>> sorted(route.path for route in application(bundle).routes)
        ['/', '/add', '/embed', '/health', '/match', '/search']
    """
    limits = Limits() if limits is None else limits
    if allow_add and bundle.gallery is None:
        raise ValueError("Expected a bundle with a gallery, to add to. Received: one without. Export it with one.")
    if allow_add and bundle.runtime == "int8":
        raise ValueError(
            "Expected a runtime whose vectors are those of the gallery, to add to it. Received: 'int8', whose are near "
            "them. Open the bundle with another runtime."
        )
    shelf = None
    if bundle.gallery is not None and bundle.gallery_path is not None:
        shelf = Shelf(bundle.gallery, bundle.gallery_path, bundle.model)
    desk, embed = Desk(limits), _embedder(bundle, limits)
    # The page of the documentation that FastAPI makes is loaded from the network.
    app = FastAPI(title="semihard", docs_url=None, redoc_url=None, openapi_url=None)
    answer_problems(app)
    app.add_middleware(Guard, host=host)

    def gallery() -> Gallery:
        if shelf is None:
            raise Problem(409, "Expected a bundle with a gallery. Received: one without. Only /embed works here.")
        return shelf.gallery

    @app.get("/")
    async def about(request: Request) -> HTMLResponse:
        held = None if shelf is None else shelf.gallery
        host = request.headers["host"]
        return HTMLResponse(page(bundle, held, limits, allow_add=allow_add, host=host), headers=HEADERS)

    @app.get("/health")
    async def health() -> Answer:
        held = None if shelf is None else shelf.gallery
        return Answer(
            {
                "status": "ok",
                "model": bundle.model,
                "runtime": bundle.runtime,
                "dim": bundle.dim,
                "items": None if held is None else len(held),
                "threshold": None if held is None else held.threshold,
            }
        )

    @app.post("/embed")
    async def embed_(request: Request) -> Answer:
        found = await desk.answer(request, embed)
        return Answer(
            {
                "model": bundle.model,
                "photos": found.photos,
                "vectors": found.vectors.tolist(),
                "failed": _failed(found.failed),
            }
        )

    @app.post("/search")
    async def search(request: Request) -> Answer:
        def work(uploads: Uploads) -> dict[str, Any]:
            k, known, found = k_of(uploads), gallery(), embed(uploads)
            return Found.of(known, found.vectors, found.photos, found.failed, k=k).to_dict()

        return Answer(await desk.answer(request, work, words=frozenset({"k"})))

    @app.post("/match")
    async def match(request: Request) -> Answer:
        return Answer(await desk.answer(request, lambda uploads: _matched(gallery(), embed(uploads))))

    @app.post("/add", status_code=201)
    async def add(request: Request) -> Answer:
        if not allow_add or shelf is None:
            raise Problem(403, "Expected a server that may be added to. Received: one that was started without.")

        def work(uploads: Uploads) -> tuple[_Embedded, str, list[str] | None]:
            label, ids = label_of(uploads), ids_of(uploads)
            found = embed(uploads)
            if found.failed:
                raise _unreadable(found.failed, "Nothing was added.")
            return found, label, ids

        def write(given: tuple[_Embedded, str, list[str] | None]) -> dict[str, Any]:
            found, label, ids = given
            return shelf.add(found.vectors, label, ids)

        words = frozenset({"id", "label"})
        return Answer(await desk.answer(request, work, words=words, write=write), 201)

    return app


def _embedder(bundle: Bundle, limits: Limits) -> Callable[[Uploads], _Embedded]:
    def embed(uploads: Uploads) -> _Embedded:
        photos, pixels, failed = [], [], []
        for name, picture in zip(uploads.names, uploads.pictures, strict=True):
            found = pixels_of(picture, bundle.preprocessing, limits.pixels)
            if isinstance(found, str):
                failed.append((name, found))
            else:
                photos.append(name)
                pixels.append(found)
        if not photos:
            raise _unreadable(failed)
        vectors = bundle.embed(np.stack(pixels))
        if not np.isfinite(vectors).all():
            raise Problem(500, "Expected finite vectors of the model. Received: NaN or infinity, for such a picture.")
        return _Embedded(photos, vectors, failed)

    return embed


def _matched(gallery: Gallery, found: _Embedded) -> dict[str, Any]:
    if gallery.threshold is None:
        raise Problem(409, "Expected a gallery with a threshold. Received: none. /search finds neighbors all the same.")
    if None in gallery.labels:
        raise Problem(409, "Expected a label for each item of the gallery. Received: some without. /search works.")
    matches = gallery.match(found.vectors)
    columns = {
        "photo": found.photos,
        "name": matches.labels.tolist(),
        "nearest": matches.nearest.tolist(),
        "distance": _numbers(matches.distances),
        "runner_up": matches.runners_up.tolist(),
        "runner_up_distance": _numbers(matches.runner_up_distances),
    }
    return {
        "metric": gallery.metric,
        "threshold": gallery.threshold,
        "queries": [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)],
        "failed": _failed(found.failed),
    }


def _numbers(distances: NDArray[np.float64]) -> list[float | None]:
    """As JSON can hold them: where there is nobody, the distance is infinite."""
    return [float(distance) if np.isfinite(distance) else None for distance in distances]


def _failed(failed: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"photo": photo, "reason": reason} for photo, reason in failed]


def _unreadable(failed: list[tuple[str, str]], advice: str = "") -> Problem:
    photo, reason = failed[0][0][:100], failed[0][1].rstrip(".")
    sentence = f"Expected a picture that can be read. Received: {photo}: {reason}. {advice}"
    return Problem(422, sentence.strip(), {"failed": _failed(failed)})
