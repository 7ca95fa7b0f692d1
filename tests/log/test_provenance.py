"""Events as PROV that its library reads, as Croissant fields that mlcroissant takes, as a drawing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from xml.etree import ElementTree

import prov.model
import pytest

from commonweal.errors import InputError
from commonweal.log import events
from commonweal.log.chain import chain, describe, draw
from commonweal.log.events import (
    Classified,
    Consented,
    Delivered,
    Derived,
    Registered,
    Said,
    Set,
    Snapshot,
    Withdrawn,
)
from commonweal.log.provenance import croissant
from commonweal.log.provenance import prov as as_prov

WHO, TO = "a" * 32, "b" * 32
WORKS = [sha256(b"work %d" % i).hexdigest() for i in range(20)]
MADE, CLEANED = "d" * 64, "e" * 64


def at(day: int) -> datetime:
    return datetime(2027, 1, day, tzinfo=UTC)


STORY: list[tuple[int, Said]] = list(
    enumerate(
        [
            Registered(at(1), WHO, (WORKS[0],)),
            Registered(at(1), WHO, (WORKS[1],)),
            Consented(at(2), WHO, tuple(WORKS[:2]), terms="1" * 64),
            Classified(at(3), WHO, (WORKS[1],), rules="2" * 64, outcome="open"),
            Snapshot(at(4), WHO, tuple(WORKS[:2]), Set.of(WORKS[2:]), dataset=MADE),
            Derived(at(5), WHO, dataset=CLEANED, sources=(MADE,)),
            Delivered(at(6), WHO, dataset=CLEANED, to=TO, terms="3" * 64),
            Withdrawn(at(7), WHO, (WORKS[1],)),
        ]
    )
)
MEMBERS = {Set.of(WORKS[2:]).root: WORKS[2:]}


def document(said: list[tuple[int, Said | None]], **more: Any) -> prov.model.ProvDocument:
    written = json.dumps(as_prov(said, **more))
    return prov.model.ProvDocument.deserialize(content=written, format="json")


def relations(found: prov.model.ProvDocument, kind: type) -> set[tuple[str, ...]]:
    return {
        tuple(str(value) for _, value in r.formal_attributes if value is not None)
        for r in found.get_records(kind)
    }


def test_the_document_is_read_by_the_library_of_prov_and_written_by_it_alike() -> None:
    found = document([*STORY, (99, None)], members=MEMBERS)
    again = prov.model.ProvDocument.deserialize(content=found.serialize(format="json"), format="json")
    assert again == found
    assert len(list(found.get_records(prov.model.ProvActivity))) == len(STORY)
    assert len(list(found.get_records(prov.model.ProvAgent))) == 2
    assert (
        len(list(found.get_records(prov.model.ProvEntity))) == 20 + 1 + 2 + 1
    )  # works, a set, datasets, a delivery
    found.unified()  # no two records contradict each other


def test_the_document_says_what_the_events_say() -> None:
    found = document(STORY, members=MEMBERS)
    day = "2027-01-0{} 00:00:00+00:00".format
    generated = relations(found, prov.model.ProvGeneration)
    assert (f"work:{WORKS[0]}", "event:0", day(1)) in generated
    assert (f"dataset:{MADE}", "event:4", day(4)) in generated
    assert ("delivery:6", "event:6", day(6)) in generated
    assert relations(found, prov.model.ProvInvalidation) == {(f"work:{WORKS[1]}", "event:7", day(7))}
    derived = relations(found, prov.model.ProvDerivation)
    assert derived == {
        (f"dataset:{MADE}", f"work:{WORKS[0]}", "event:4"),
        (f"dataset:{MADE}", f"work:{WORKS[1]}", "event:4"),
        (f"dataset:{MADE}", f"set:{Set.of(WORKS[2:]).root}", "event:4"),
        (f"dataset:{CLEANED}", f"dataset:{MADE}", "event:5"),
        ("delivery:6", f"dataset:{CLEANED}", "event:6"),
    }
    associated = relations(found, prov.model.ProvAssociation)
    assert {("event:6", f"agent:{WHO}"), ("event:6", f"agent:{TO}")} <= associated
    assert len(relations(found, prov.model.ProvMembership)) == 18
    used = relations(found, prov.model.ProvUsage)
    assert ("event:3", f"work:{WORKS[1]}", day(3)) in used
    (judged,) = found.get_record("event:3")
    told = {str(name): str(value) for name, value in judged.extra_attributes}
    assert (told["term:outcome"], told["term:rules"]) == ("open", "2" * 64)


def test_a_delivery_derives_from_the_dataset_alone() -> None:
    found = document([(0, Delivered(at(1), WHO, (WORKS[0],), dataset=MADE, to=TO))])
    assert relations(found, prov.model.ProvDerivation) == {("delivery:0", f"dataset:{MADE}", "event:0")}


def test_members_of_a_set_are_named_by_choice_alone() -> None:
    assert not relations(document(STORY), prov.model.ProvMembership)
    assert WORKS[5] not in json.dumps(as_prov(STORY))


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # in rdflib's own parser
def test_mlcroissant_takes_the_fields_and_they_are_the_triples_that_croissant_recommends(
    tmp_path: Any,
) -> None:
    import mlcroissant
    import rdflib

    fields = croissant(STORY, MADE)
    content = b"one\n"
    (tmp_path / "works.csv").write_bytes(content)
    description = {
        "@context": {
            "@language": "en", "@vocab": "https://schema.org/", "sc": "https://schema.org/",
            "cr": "http://mlcommons.org/croissant/", "dct": "http://purl.org/dc/terms/",
            "conformsTo": "dct:conformsTo", "citeAs": "cr:citeAs", **fields["@context"],
        },
        "@type": "sc:Dataset", "@id": "urn:x:pool", "name": "pool", "description": "Works of members",
        "conformsTo": "http://mlcommons.org/croissant/1.1",
        "license": "https://spdx.org/licenses/CC0-1.0.html",
        "url": "https://guild.example/pool", "version": "1.0.0",
        "datePublished": "2027-01-04", "citeAs": "pool",
        "creator": {"@type": "sc:Organization", "name": "Guild"},
        "distribution": [{
            "@type": "cr:FileObject", "@id": "works.csv", "name": "works.csv", "contentUrl": "works.csv",
            "encodingFormat": "text/csv", "sha256": sha256(content).hexdigest(),
        }],
        **{key: value for key, value in fields.items() if key != "@context"},
    }  # fmt: skip
    path = tmp_path / "croissant.json"
    path.write_text(json.dumps(description))
    dataset = mlcroissant.Dataset(jsonld=path)
    assert not dataset.metadata.ctx.issues.errors
    graph = rdflib.Graph().parse(data=json.dumps(description), format="json-ld")
    term, this = rdflib.Namespace("http://www.w3.org/ns/prov#"), rdflib.URIRef("urn:x:pool")
    sources = {str(source) for source in graph.objects(this, term.wasDerivedFrom)}
    assert sources == {
        *(f"urn:commonweal:work:{work}" for work in WORKS[:2]),
        f"urn:commonweal:set:{Set.of(WORKS[2:]).root}",
    }  # fmt: skip
    (act,) = graph.objects(this, term.wasGeneratedBy)
    assert str(act) == "urn:commonweal:event:4"
    assert (act, rdflib.RDF.type, term.Activity) in graph
    assert {str(o) for o in graph.objects(act, term.endedAtTime)} == {"2027-01-04T00:00:00Z"}
    (who,) = graph.objects(this, term.wasAttributedTo)
    assert (who, rdflib.RDF.type, term.Agent) in graph


def test_a_derived_dataset_names_its_sources() -> None:
    fields = croissant(STORY, CLEANED)
    assert fields["prov:wasDerivedFrom"] == [{"@id": f"urn:commonweal:dataset:{MADE}"}]


def test_a_chain_goes_from_the_works_to_the_delivery_and_names_what_was_withdrawn_since() -> None:
    found = chain(STORY, CLEANED, MEMBERS)
    assert list(found.works) == WORKS
    assert [s.place for s in found.works[WORKS[1]]] == [1, 2, 3, 7]
    assert [s.place for s in found.made] == [4, 5]
    assert [s.place for s in found.delivered] == [6]
    assert found.withdrawn == [WORKS[1]]
    assert describe(found) == (
        "20 works: snapshot 2027-01-04, entry 4; derived 2027-01-05, entry 5; delivered 2027-01-06, entry 6. "
        "1 work withdrawn since."
    )


def test_a_dataset_on_the_way_has_a_chain_of_its_own() -> None:
    found = chain(STORY, MADE)
    assert [s.place for s in found.made] == [4]
    assert not found.delivered
    assert list(found.works) == WORKS[:2]
    assert [s.size for s in found.sets] == [18]
    assert "20 works" in describe(found)
    assert "delivered to nobody" in describe(found)


@pytest.mark.parametrize("members", [None, MEMBERS], ids=["counted", "named"])
def test_the_drawing_shows_every_step_within_its_frame_and_tells_it_in_words(members: Any) -> None:
    drawn = draw(chain(STORY, CLEANED, members), members)
    root = ElementTree.fromstring(drawn)
    space = {"s": "http://www.w3.org/2000/svg"}
    texts = [text.text or "" for text in root.findall("s:text", space)]
    for label in (
        "registered 2027-01-01, entry 0",
        "classified 2027-01-03, entry 3",
        "withdrawn 2027-01-07, entry 7",
        "snapshot 2027-01-04, entry 4",
        "derived 2027-01-05, entry 5",
        "delivered 2027-01-06, entry 6",
    ):
        assert label in texts
    assert ("18 works" in texts) is (members is None)
    assert ("and 8 more works" in texts) is (members is not None)
    assert root.find("s:desc", space).text == describe(chain(STORY, CLEANED, members))
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    boxes = [
        tuple(float(box.attrib[side]) for side in ("x", "y", "width", "height"))
        for box in root.findall("s:rect", space)[1:]
    ]
    for x, y, w, h in boxes:
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height
    for i, (x, y, w, h) in enumerate(boxes):
        for a, b, c, d in boxes[i + 1 :]:
            assert x + w <= a or a + c <= x or y + h <= b or b + d <= y  # no box lies over another


def test_the_drawing_joins_what_went_into_what_and_nothing_else() -> None:
    both = "f" * 64
    branched = list(
        enumerate(
            [
                Snapshot(at(1), WHO, (WORKS[0], WORKS[2]), dataset=MADE),
                Snapshot(at(2), WHO, (WORKS[1], WORKS[2]), dataset=CLEANED),
                Derived(at(3), WHO, dataset=both, sources=(MADE, CLEANED)),
                Delivered(at(4), WHO, dataset=both, to=TO),
                Delivered(at(5), WHO, dataset=MADE, to=WHO),
            ]
        )
    )
    root = ElementTree.fromstring(draw(chain(branched, both)))
    paths = root.findall("{http://www.w3.org/2000/svg}path")
    joined = {tuple(path.attrib[f"data-{end}"].split()[1][0] for end in ("from", "to")) for path in paths}
    a, b, c = (work[0] for work in WORKS[:3])
    assert len(joined) == len(paths)
    assert len({a, b, c}) == 3
    assert joined == {(a, "d"), (c, "d"), (b, "e"), (c, "e"), ("d", "f"), ("e", "f"), ("f", "b")}


def test_datasets_that_no_event_made_have_no_provenance() -> None:
    for ask in (chain, croissant):
        with pytest.raises(InputError, match="no event"):
            ask(STORY, "f" * 64)


def test_a_dataset_said_to_come_from_itself_ends_the_chain() -> None:
    loop = [(0, Derived(at(1), WHO, dataset=MADE, sources=(CLEANED,))),
            (1, Derived(at(2), WHO, dataset=CLEANED, sources=(MADE, CLEANED)))]  # fmt: skip
    assert [s.place for s in chain(loop, CLEANED).made] == [0, 1]


def test_the_words_of_events_are_those_that_are_listed() -> None:
    assert {events.as_json(event)["event"] for _, event in STORY} == set(events.KINDS)
