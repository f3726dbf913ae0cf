"""One PNG of whatever picture a value offers. Runs inside the sandbox, as part of the harness."""

import base64
import io


def png_of(data):
    """The bytes of a PNG made of a MIME bundle, or None: other pictures are converted where a converter is there."""
    for mime, convert in (("image/png", _bytes), ("image/jpeg", _of_jpeg), ("image/svg+xml", _of_svg)):
        if mime not in data:
            continue
        try:
            png = convert(data[mime])
        except Exception:
            continue
        if png:
            return png
    return None


def _bytes(shown):
    return base64.b64decode(shown) if isinstance(shown, str) else bytes(shown)


def _of_jpeg(shown):
    from PIL import Image

    made = io.BytesIO()
    Image.open(io.BytesIO(_bytes(shown))).save(made, "PNG")
    return made.getvalue()


def _of_svg(shown):
    source = shown.encode() if isinstance(shown, str) else bytes(shown)
    for convert in (_by_resvg, _by_cairo, _by_librsvg):
        try:
            return convert(source)
        except (ImportError, OSError):
            # An OSError: cairosvg without the library of the system that it needs, or no such program.
            continue
    return None


def _by_resvg(source):
    from resvg_py import svg_to_bytes

    return bytes(svg_to_bytes(svg_string=source.decode()))


def _by_cairo(source):
    from cairosvg import svg2png

    return svg2png(bytestring=source)


def _by_librsvg(source):
    import subprocess

    program = ["rsvg-convert", "--format=png"]
    return subprocess.run(program, input=source, capture_output=True, timeout=10, check=True).stdout
