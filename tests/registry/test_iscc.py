"""ISCC codes equal the published vectors of ISO 24138's reference implementation."""

from __future__ import annotations

import random

import pytest

from commonweal.errors import InputError
from commonweal.registry.iscc import alike, file_codes, image_code, text_code

iscc_lib = pytest.importorskip("iscc_lib")

# iscc-core (Apache-2.0), iscc_core/data.json, gen_text_code_v0
TEXTS = [
    ("", 64, "ISCC:EAASL4F2WZY7KBXB"),
    ("Hello World", 64, "ISCC:EAASKDNZNYGUUF5A"),
    ("Hello World", 256, "ISCC:EADSKDNZNYGUUF5AMFEJLZ5P66CP5YKCOA3X7F36RWE4CIRCBTUWXYY"),
    (
        "Iñtërnâtiônàlizætiøn☃    Iñtërnâtiônàlizætiøn☃",
        256,
        "ISCC:EADTJCW2DT555KK6DEQAR5DQT7VYJGZM6CXHG3BM56WOMQDDVS7754I",
    ),
]


@pytest.mark.parametrize(("text", "bits", "code"), TEXTS)
def test_text_codes_equal_published_ones(text, bits, code):
    assert text_code(text, bits) == code


def test_the_library_passes_the_conformance_test_of_the_standard():
    assert iscc_lib.conformance_selftest()


def picture(path, size=(200, 120), mode="RGB", seed=1):
    """Write an image of a few large shapes."""
    image = pytest.importorskip("PIL.Image")
    draw = pytest.importorskip("PIL.ImageDraw")
    rng = random.Random(seed)
    made = image.linear_gradient("L").resize((200, 120)).convert("RGB")  # no border of one colour
    pen = draw.Draw(made)
    for _ in range(6):
        x, y = rng.randrange(180), rng.randrange(100)
        shade = (rng.randrange(256), rng.randrange(256), rng.randrange(256))
        pen.ellipse((x, y, x + 60, y + 40), fill=shade)
    made.resize(size).convert(mode).save(path)
    return path


def test_a_black_image_has_its_published_code(tmp_path):
    image = pytest.importorskip("PIL.Image")
    image.new("RGB", (50, 40)).save(tmp_path / "black.png")
    assert image_code(tmp_path / "black.png", 64) == "ISCC:EEAQAAAAAAAAAAAA"


def test_images_that_look_alike_have_codes_that_are_alike(tmp_path):
    image, ops = pytest.importorskip("PIL.Image"), pytest.importorskip("PIL.ImageOps")
    code = image_code(picture(tmp_path / "a.png"))
    assert alike(code, image_code(picture(tmp_path / "b.jpg", size=(400, 240)))) > 0.9
    with image.open(tmp_path / "a.png") as opened:
        ops.expand(opened, 20, "white").save(tmp_path / "framed.png")  # a border is no part of the image
    assert alike(code, image_code(tmp_path / "framed.png")) > 0.9
    assert 0.3 < alike(code, image_code(picture(tmp_path / "c.png", seed=2))) < 0.8


def test_a_turned_photo_is_upright(tmp_path):
    image = pytest.importorskip("PIL.Image")
    path = picture(tmp_path / "a.png")
    with image.open(path) as opened:
        turned = opened.transpose(image.Transpose.ROTATE_90)
        exif = image.Exif()
        exif[0x0112] = 6  # shown turned clockwise by a quarter
        turned.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    assert alike(image_code(path), image_code(tmp_path / "turned.jpg")) > 0.9


def test_similar_texts_have_codes_that_are_alike():
    rng = random.Random(4)
    words = [f"w{rng.randrange(5000)}" for _ in range(500)]
    changed = [w if rng.random() > 0.03 else "other" for w in words]
    fresh = [f"w{rng.randrange(5000)}" for _ in range(500)]
    one, two, three = (text_code(" ".join(t)) for t in (words, changed, fresh))
    assert alike(one, one) == 1
    assert alike(one, two) > 0.85
    assert alike(one, three) < 0.8


def test_any_file_has_codes_of_its_bytes(tmp_path):
    (tmp_path / "a.mp3").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "a.txt").write_text("Hello World")
    sound, text = file_codes(tmp_path / "a.mp3"), file_codes(tmp_path / "a.txt")
    assert sound.content is None
    assert text.content == TEXTS[2][2]
    kinds = [iscc_lib.iscc_decode(c)[0].name for c in (text.content, text.data, text.instance, text.iscc)]
    assert kinds == ["CONTENT", "DATA", "INSTANCE", "ISCC"]


def test_codes_of_different_kinds_are_not_compared(tmp_path):
    (tmp_path / "a.txt").write_text("Hello World")
    codes = file_codes(tmp_path / "a.txt")
    with pytest.raises(InputError, match="different kinds"):
        alike(codes.content, codes.data)
    with pytest.raises(InputError, match="no ISCC"):
        alike("hello", codes.data)


def test_what_is_no_image_is_told(tmp_path):
    pytest.importorskip("PIL")
    (tmp_path / "a.png").write_bytes(b"words")
    with pytest.raises(InputError, match="no image that is read"):
        image_code(tmp_path / "a.png")
