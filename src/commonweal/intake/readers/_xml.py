"""XML of any length, an element at a time, with nothing fetched and no entity expanded."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commonweal.intake.records import Lost
from commonweal.intake.source import Member


def elements(member: Member, parent: str | tuple[str, ...], *tags: str) -> Iterator[Any]:
    """Yield the children of these names of an element as they end, each emptied when the next is asked for.

    What is not well-formed is read as far as libxml2 can, and yielded as a `Lost` at the end.

    Parameters
    ----------
    member : Member
    parent : str or tuple of str
        Name of the element whose children are wanted, in any namespace.
    *tags : str
        Names of the children, in any namespace.
    """
    from lxml import etree

    parents = (parent,) if isinstance(parent, str) else parent
    faults = 0
    with member.open() as stream:
        walk = etree.iterparse(
            stream, events=("end",), tag=[f"{{*}}{tag}" for tag in tags], recover=True,
            resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True,
            remove_pis=True,
        )  # fmt: skip
        try:
            for _, node in walk:
                above = node.getparent()
                if above is not None and local(above) in parents:
                    yield node
                    _forget(node)
        except etree.XMLSyntaxError:
            faults += 1
        # Declarations that are missing cost no content: namespaces that nobody declared, say.
        faults += sum(e.type_name not in HARMLESS for e in walk.error_log)
    if faults:
        yield Lost(member.path, "not well-formed XML: read as far as it goes, text may be missing", faults)


HARMLESS = ("NS_ERR_UNDEFINED_NAMESPACE", "WAR_NS_URI", "WAR_NS_URI_RELATIVE")


def local(node: Any) -> str:
    """Return an element's name without namespace and prefix."""
    return str(node.tag).rpartition("}")[2].rpartition(":")[2]


def _forget(node: Any) -> None:
    node.clear()
    while node.getprevious() is not None:
        del node.getparent()[0]


def value(node: Any, bare: tuple[str, ...] = ()) -> Any:
    """Return an element as plain values: a string, or an object of its attributes, children and `text`.

    Children of one name become an array. Names keep their prefix with "_" after it, unless it is in `bare`.
    """
    found: dict[str, Any] = {name(key, None, bare): text for key, text in node.attrib.items()}
    text = [node.text or ""]
    for child in node:
        if isinstance(child.tag, str):
            _put(found, name(child.tag, child.prefix, bare), value(child, bare))
        else:
            text.append(child.text or "")  # an entity that nobody declared, as it is written
        text.append(child.tail or "")
    said = "".join(text)
    if not found:
        return said
    if said.strip():
        _put(found, "text", said)
    return found


def name(tag: str, prefix: str | None, bare: tuple[str, ...]) -> str:
    """Return an element's name without its namespace."""
    plain = tag.rpartition("}")[2]
    if ":" in plain:  # no namespace was declared for this prefix
        prefix, _, plain = plain.rpartition(":")
    return plain if prefix is None or prefix in bare else f"{prefix}_{plain}"


def _put(found: dict[str, Any], key: str, value: Any) -> None:
    if key not in found:
        found[key] = value
    elif isinstance(found[key], list):
        found[key].append(value)
    else:
        found[key] = [found[key], value]


def many(value: Any) -> list[Any]:
    """Return what stands once or often as a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
