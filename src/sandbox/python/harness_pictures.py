"""Makes one PNG from the pictures that a value offers. Runs inside the sandbox, as part of the harness."""

import base64
import io


def png_of(data):
    """Returns a PNG made from a MIME bundle, or None. Also returns why a picture could not be shown."""
    offered = [mime for mime in data if mime.startswith("image/")]
    reason = None
    # A PNG is the best choice when there are several.
    for mime in sorted(offered, key=lambda mime: (mime != "image/png", mime == "image/svg+xml")):
        try:
            png = _of_svg(data[mime]) if mime == "image/svg+xml" else _of_pixels(_bytes(data[mime]))
            if png.startswith(b"\x89PNG"):
                return png, None
        except Exception as error:
            reason = f"{mime}: {error}"[:200]
    return None, reason


def _bytes(shown):
    return base64.b64decode(shown) if isinstance(shown, str) else bytes(shown)


def _of_pixels(picture):
    if picture.startswith(b"\x89PNG"):
        return picture
    try:
        from PIL import Image
    except ImportError:
        raise ValueError("this Python has no Pillow, which could make a PNG of it") from None
    made = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGBA").save(made, "PNG")
    return made.getvalue()


def _of_svg(shown):
    source = shown.encode() if isinstance(shown, str) else bytes(shown)
    for convert in (_by_resvg, _by_cairo, _by_librsvg):
        try:
            return convert(source)
        except (ImportError, OSError):
            # An OSError means that cairosvg misses a library of the system, or that the program does not exist.
            continue
    raise ValueError("this Python has nothing that could make a PNG of it; draw it with matplotlib or Pillow instead")


def _by_resvg(source):
    from resvg_py import svg_to_bytes

    # Without dpi, an inch has no size in pixels, and a picture that is measured in points has no size.
    return bytes(svg_to_bytes(svg_string=source.decode(), dpi=96))


def _by_cairo(source):
    from cairosvg import svg2png

    return svg2png(bytestring=source)


def _by_librsvg(source):
    import subprocess

    program = ["rsvg-convert", "--format=png"]
    return subprocess.run(program, input=source, capture_output=True, timeout=10, check=True).stdout
