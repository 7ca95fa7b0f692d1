"""ISCC codes (ISO 24138:2024), by choice: similar texts and images get similar codes, under no key.

Whoever has a code can find copies of the work and of what is like it, and test guesses at it. So no code is
computed unless it is asked for, and none is stored in an index.

Texts get a Text-Code; images an Image-Code; any file a Data-Code (alike for like bytes) and an
Instance-Code (its hash). Sound and video get the latter two alone: their Content-Codes need programs that
are no Python packages.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commonweal.errors import InputError, MissingExtraError
from commonweal.pool.readers import reading

BITS = 256
IMAGES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".tif", ".tiff", ".bmp")
SIDE = 32


@dataclass(frozen=True)
class Codes:
    """The codes of a file.

    Attributes
    ----------
    content : str or None
        Text-Code or Image-Code; None for other media.
    data, instance : str
    iscc : str
        All of them as one ISCC-CODE.
    """

    content: str | None
    data: str
    instance: str
    iscc: str


def text_code(text: str, bits: int = BITS) -> str:
    """Return the Text-Code of a plain text.

    Parameters
    ----------
    text : str
    bits : int
        Length of the code, a multiple of 32 from 64 to 256.
    """
    code: str = _library().gen_text_code_v0(text, bits)["iscc"]
    return code


def image_code(path: str | Path, bits: int = BITS) -> str:
    """Return the Image-Code of an image file, from 32 by 32 pixels of it (needs Pillow).

    The image is turned as its EXIF says, laid on white where it is transparent, freed of a border of one
    colour, made grey, and shrunk (bicubic), as the ISCC software kit does before the step that the standard
    fixes.
    """
    code: str = _library().gen_image_code_v0(_pixels(Path(path)), bits)["iscc"]
    return code


def file_codes(path: str | Path, bits: int = BITS) -> Codes:
    """Return the codes of a file: of its text or image where it is one, and of its bytes."""
    path, library = Path(path), _library()
    content = None
    if path.suffix.lower() in IMAGES:
        content = image_code(path, bits)
    elif path.suffix.lower() in (".txt", ".md"):
        content = text_code(_text(path), bits)
    with reading(str(path)):
        with path.open("rb") as stream:
            data: str = library.gen_data_code_v0(stream, bits)["iscc"]
        with path.open("rb") as stream:
            instance: str = library.gen_instance_code_v0(stream, bits)["iscc"]
    units = [code for code in (content, data, instance) if code]
    return Codes(content, data, instance, library.gen_iscc_code_v0(units)["iscc"])


def alike(one: str, other: str) -> float:
    """Return the share of equal bits of two codes of one kind, over the shorter: 1 for the same, ½ by chance.

    Raises
    ------
    InputError
        For what is no code, and codes of different kinds.
    """
    library = _library()
    try:
        a, b = library.iscc_decode(one), library.iscc_decode(other)
    except (ValueError, TypeError):
        raise InputError("no ISCC", mend="codes look like ISCC:EAASKDNZNYGUUF5A") from None
    if a[:3] != b[:3]:
        raise InputError("codes of different kinds", mend="compare two Text-Codes, or two Image-Codes")
    size = min(len(a[4]), len(b[4]))
    different = int.from_bytes(a[4][:size]) ^ int.from_bytes(b[4][:size])
    return 1 - different.bit_count() / (8 * size)


def _text(path: Path) -> str:
    with reading(str(path)):
        try:
            return path.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise InputError("not UTF-8", where=str(path), mend="save the file as UTF-8") from None


def _library() -> Any:
    try:
        import iscc_lib
    except ImportError:
        raise MissingExtraError("iscc-lib", "iscc", "an ISCC code") from None
    return iscc_lib


def _pixels(path: Path) -> bytes:
    """Return 32 x 32 grey values of an image."""
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise MissingExtraError("Pillow", "iscc", "an Image-Code") from None
    with reading(str(path)):
        try:
            with Image.open(path) as opened:
                return _grey(opened)
        except (UnidentifiedImageError, Image.DecompressionBombError, SyntaxError):
            mend = "save it as PNG or JPEG"
            raise InputError("no image that is read", where=str(path), mend=mend) from None


def _grey(image: Any) -> bytes:
    from PIL import Image, ImageChops, ImageOps

    image = ImageOps.exif_transpose(image)
    if image.has_transparency_data:
        clear = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear)
    image = image.convert("RGB")
    border = Image.new("RGB", image.size, image.getpixel((0, 0)))
    box = ImageChops.difference(image, border).getbbox()
    image = image.crop(box) if box else image
    return bytes(image.convert("L").resize((SIDE, SIDE), Image.Resampling.BICUBIC).tobytes())
