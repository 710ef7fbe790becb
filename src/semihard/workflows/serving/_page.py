"""The page for people: what is served, and how to ask."""

from html import escape

from semihard import __version__
from semihard.gallery import Gallery
from semihard.workflows.exporting import Bundle
from semihard.workflows.serving.limits import Limits

# It needs nothing but itself, and no other site may show it.
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    # Not "no-referrer": a browser then sends the page's own form from the origin "null", which is refused.
    "Referrer-Policy": "same-origin",
}
STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:2rem auto;padding:0 1rem}"
    "th{text-align:left;font-weight:600;padding-right:1.5rem;vertical-align:top;white-space:nowrap}"
    "td{overflow-wrap:anywhere}pre{overflow-x:auto}"
)


def page(bundle: Bundle, gallery: Gallery | None, limits: Limits, *, allow_add: bool, host: str) -> str:
    """Return it as HTML.

    Args:
        bundle: that is served.
        gallery: its newest version, if it has one.
        limits: of a request.
        allow_add: whether `/add` works.
        host: by which it was asked for, with the port.
    """
    preprocessing = bundle.preprocessing
    rows = {
        "model": bundle.model,
        "runs on": bundle.runtime,
        "a picture becomes": f"{preprocessing.size[0]} × {preprocessing.size[1]} pixels, {preprocessing.color_mode}",
        "a vector has": f"{bundle.dim:,} dimensions",
        **_of_gallery(gallery),
        "a request": (
            f"at most {limits.bytes / 2**20:,.4g} MiB, {limits.pictures:,} pictures of {limits.pixels / 1e6:,.4g} "
            f"megapixels, {limits.seconds:g} s; {limits.at_once:,} at once"
        ),
    }
    addresses = ["/embed"] if gallery is None else ["/search?k=5", "/embed"]
    if gallery is not None and gallery.threshold is not None:
        addresses.insert(0, "/match")
    if allow_add:
        addresses.append("/add?label=cup")
    table = "".join(f"<tr><th>{escape(name)}<td>{escape(value)}" for name, value in rows.items())
    calls = "".join(f'curl -F photo=@new.jpg "http://{host}{address}"\n' for address in addresses)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>semihard</title><style>{STYLE}</style>'
        f"<h1>semihard {escape(__version__)}</h1><table>{table}</table>"
        "<h2>Try it</h2>"
        f'<form action="{addresses[0]}" method="post" enctype="multipart/form-data">'
        '<input type="file" name="photo" accept="image/*" aria-label="a photograph" multiple required> '
        f"<button>{addresses[0]}</button></form>"
        f"<h2>From a program</h2><pre>{escape(calls)}</pre>"
        "<p>The answers are JSON. A picture may be the body, too (<code>--data-binary @new.jpg</code>); "
        "<code>/health</code> says whether all is well.</html>"
    )


def _of_gallery(gallery: Gallery | None) -> dict[str, str]:
    if gallery is None:
        return {"gallery": "none"}
    threshold = "none, and so no names" if gallery.threshold is None else f"{gallery.threshold:.6g} ({gallery.metric})"
    return {"gallery": f"{len(gallery):,} items of {gallery.classes:,} labels", "threshold": threshold}
