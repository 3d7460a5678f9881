"""Raw files become contract objects row by row: CSV, GB 18030, and lines nobody can read."""

import json
import tracemalloc
from pathlib import Path

import pytest

from hub.domain.event import Code
from hub.domain.regions import load_regions
from hub.mapping import lines
from hub.mapping.load import load_connectors
from hub.mapping.source import read_source
from hub.mapping.spec import Connector, SourceSpec
from hub.schema.catalogue import load_catalogue
from hub.schema.validate import Validator

ROOT = Path(__file__).parents[2]
CONNECTORS = load_connectors(ROOT / "connectors", load_catalogue(ROOT / "schemas"))
SHAPES = CONNECTORS.shapes


def connector(**source):
    return Connector("x", "PSB", "t", "o", "c", Path(), SourceSpec(**source), {})


def contents(source, *args):
    return [row.content for row in read_source(source, *args)]


def codes(source, *args):
    return [(row.line_no, [fault.code for fault in row.faults]) for row in read_source(source, *args)]


def write(tmp_path, name, text, encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


class TestJsonLines:
    def test_objects_come_through_as_they_are(self):
        objects = [{"a": 1, "payload": {"b": None, "dotted.name": "x"}}, {"a": "ÿ李"}]
        given = [json.dumps(item).encode() for item in objects]
        assert contents(given) == objects

    def test_bad_lines_are_values_and_the_next_line_is_read(self):
        given = [
            b'{"a":1}\n',
            b'{"a":\n',
            b"[1]\n",
            b'{"a":"\xff"}\n',
            b"\n",
            b'{"a":"\\ud800"}\n',
            b"null\n",
            b'{"a":2}\n',
        ]
        found = list(read_source(given))
        assert [row.line_no for row in found] == [1, 2, 3, 4, 6, 7, 8]
        assert [row.content for row in found if not row.faults] == [{"a": 1}, {"a": 2}]
        assert {fault.code for row in found for fault in row.faults} == {Code.UNREADABLE}
        assert found[3].raw == b'{"a":"\xff"}\n'

    def test_nesting_without_end_is_unreadable_not_a_crash(self):
        assert codes([b"[" * 500_000, b"{}"]) == [(1, [Code.UNREADABLE]), (2, [])]

    def test_a_fault_never_quotes_the_line(self):
        given = [b'{"id_no": "429801196003150017', "李䶮".encode("gb18030")]
        assert "4298" not in repr([row.faults for row in read_source(given)])

    def test_a_byte_order_mark_may_stand_in_front_of_a_file(self, tmp_path):
        assert contents(write(tmp_path, "x.jsonl", '{"a":1}\n{"a":2}', "utf-8-sig")) == [{"a": 1}, {"a": 2}]

    def test_renamed_columns_are_placed_and_typed(self):
        feed = connector(
            columns={"xm": "subject.name", "seq": "source_seq"},
            codes={"source_seq": {"one": "1"}},
            constants={"subject.id_type": "RIC", "schema_version": 1},
        )
        given = [json.dumps({"xm": "王伟", "seq": "one", "payload": {"x": "7"}}).encode()]
        assert contents(given, feed) == [
            {
                "subject": {"name": "王伟", "id_type": "RIC"},
                "source_seq": 1,
                "payload": {"x": "7"},
                "schema_version": 1,
            }
        ]

    def test_two_columns_for_one_field_are_refused(self):
        feed = connector(columns={"xm": "subject.name"})
        given = [json.dumps({"subject": {"name": "王伟"}, "xm": "王玮"}).encode()]
        assert codes(given, feed) == [(1, [Code.UNREADABLE])]


class TestTooBig:
    def test_only_that_line_is_refused_and_only_its_beginning_kept(self, tmp_path, monkeypatch):
        monkeypatch.setattr(lines, "MAX_LINE", 100)
        monkeypatch.setattr(lines, "KEPT_OF_TOO_BIG", 10)
        file = write(tmp_path, "x.jsonl", b'{"a":1}\n' + b"x" * 1000 + b"\n" + b'{"a":2}\n' + b"y" * 101)
        assert codes(file) == [(1, []), (2, [Code.TOO_BIG]), (3, []), (4, [Code.TOO_BIG])]
        assert [len(row.raw) for row in read_source(file)] == [8, 10, 8, 10]
        assert codes(file.read_bytes().splitlines(keepends=True)) == codes(file)

    def test_a_line_of_a_hundred_megabytes_takes_little_memory(self, tmp_path):
        file = tmp_path / "x.jsonl"
        with file.open("wb") as out:
            for _ in range(100):
                out.write(b" " * 1024 * 1024)
            out.write(b"\n{}\n")
        tracemalloc.start()
        found = codes(file)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert found == [(1, [Code.TOO_BIG]), (2, [])]
        assert peak < 4 * lines.MAX_LINE


FLAT = """\
event_type,source_record_id,source_seq,subject.id_no,payload.members.0.person.name,payload.members.0.relation,\
payload.members.1.person.name,payload.members.1.relation,payload.household_size,payload.consent_until
mca.aid_granted,DB-1,1,429801196003150017,王伟,01,陈静,10,2,
mca.aid_granted,DB-2,2,429801196003150017,王伟,01,,,1,2026-01-01
"""


class TestCsv:
    def test_dotted_columns_nest_and_empty_cells_are_absent(self, tmp_path):
        first, second = contents(write(tmp_path, "x.csv", FLAT), None, SHAPES)
        assert first["subject"] == {"id_no": "429801196003150017"}
        assert first["source_seq"] == 1
        assert first["payload"] == {
            "members": [
                {"person": {"name": "王伟"}, "relation": "01"},
                {"person": {"name": "陈静"}, "relation": "10"},
            ],
            "household_size": 2,
        }
        assert second["payload"]["members"] == [{"person": {"name": "王伟"}, "relation": "01"}]
        assert second["payload"]["consent_until"] == "2026-01-01"

    def test_lists_may_be_json_text_and_booleans_words(self, tmp_path):
        text = (
            "event_type,source_record_id,payload.members,payload.in_person\n"
            'mca.aid_granted,1,"[{""relation"": ""01""}]",\n'
            "hrss.eligibility_verified,2,,TRUE\n"
        )
        first, second = contents(write(tmp_path, "x.csv", text), None, SHAPES)
        assert first["payload"] == {"members": [{"relation": "01"}]}
        assert second["payload"] == {"in_person": True}

    def test_what_is_no_number_stays_text_for_validation_to_refuse(self, tmp_path):
        text = "event_type,source_record_id,source_seq\nmca.aid_granted,1,1.0\n"
        [row] = contents(write(tmp_path, "x.csv", text), None, SHAPES)
        assert row["source_seq"] == "1.0"

    def test_numbers_of_the_envelope_need_no_schema(self, tmp_path):
        [row] = contents(write(tmp_path, "x.csv", "source_record_id,source_seq\n007,7\n"))
        assert row == {"source_record_id": "007", "source_seq": 7}

    def test_a_broken_record_takes_no_other_with_it(self, tmp_path):
        text = (
            b"source_record_id,subject.name\n"
            b'1,"open\n'  # a quote nobody closes
            b"2,ok\n"
            b'3,"a"b\n'  # something after a closing quote
            b"4\n"  # a cell short
            b"5,a,b\n"  # a cell too many
            b"6,\xff\n"  # not UTF-8
            b'7,"two\nlines"\n'
            b"\n"
            b"8,ok\n"
            b'9,"open at the end'
        )
        found = list(read_source(write(tmp_path, "x.csv", text)))
        assert [(row.line_no, row.content["subject"]["name"]) for row in found if not row.faults] == [
            (3, "ok"),
            (8, "two\nlines"),
            (11, "ok"),
        ]
        assert [row.line_no for row in found if row.faults] == [2, 4, 5, 6, 7, 12]
        assert {fault.code for row in found for fault in row.faults} == {Code.UNREADABLE}

    def test_an_open_quote_does_not_swallow_well_quoted_neighbours(self, tmp_path):
        text = 'source_record_id,subject.name\n1,"open\n' + "".join(f'{n},"x{n}"\n' for n in range(2, 60))
        found = list(read_source(write(tmp_path, "x.csv", text)))
        assert [row.line_no for row in found if row.faults] == [2]
        assert len(found) == 59

    def test_every_row_under_an_unusable_header_is_accounted_for(self, tmp_path):
        text = "王伟,429801196003150017\n李䶮,429801198802290015\n"
        found = list(read_source(write(tmp_path, "x.csv", text)))
        assert [(row.line_no, row.faults[0].code) for row in found] == [(1, Code.UNREADABLE), (2, Code.UNREADABLE)]
        assert "4298" not in repr([row.faults for row in found])

    def test_two_columns_of_one_name_make_no_header(self, tmp_path):
        assert codes(write(tmp_path, "x.csv", "source_record_id,a,a\n1,2,3\n")) == [
            (1, [Code.UNREADABLE]),
            (2, [Code.UNREADABLE]),
        ]

    def test_columns_without_a_name_must_be_empty(self, tmp_path):
        found = contents(write(tmp_path, "x.csv", "source_record_id,,\n1,,\n2,x,\n"))
        assert found[0] == {"source_record_id": "1"}
        assert [fault.code for fault in found[1]] == [Code.UNREADABLE]

    def test_a_field_filled_twice_is_refused(self, tmp_path):
        text = 'event_type,source_record_id,payload.members,payload.members.0.relation\nmca.aid_granted,1,"[{}]",01\n'
        assert codes(write(tmp_path, "x.csv", text), None, SHAPES) == [(2, [Code.UNREADABLE])]

    def test_empty_files_have_no_rows(self, tmp_path):
        assert codes(write(tmp_path, "x.csv", "")) == []
        assert codes(write(tmp_path, "x.csv", "source_record_id\n")) == []

    def test_other_delimiters_and_marks_are_read(self, tmp_path):
        feed = connector(format="csv", encoding="utf-8-sig", delimiter="\t")
        file = write(tmp_path, "x.txt", "source_record_id\tsubject.name\r\n1\t王，伟\r\n", "utf-8-sig")
        assert contents(file, feed) == [{"source_record_id": "1", "subject": {"name": "王，伟"}}]

    def test_a_code_the_connector_does_not_know_is_refused_even_if_we_know_it(self, tmp_path):
        feed = connector(
            format="csv",
            columns={"no": "source_record_id", "hyzk": "payload.marital"},
            codes={"payload.marital": {"1": "10"}},
        )
        file = write(tmp_path, "x.csv", "no,hyzk\n1,1\n2,20\n3,\n")
        first, second, third = contents(file, feed)
        assert first == {"source_record_id": "1", "payload": {"marital": "10"}}
        assert [(fault.code, fault.path) for fault in second] == [(Code.UNKNOWN_CODE, "payload.marital")]
        assert third == {"source_record_id": "3"}


GB_FEED = connector(format="csv", encoding="gb18030")
HEADER = b"source_record_id,subject.name\n"


class TestGb18030:
    @pytest.mark.parametrize(
        ("raw", "char"),
        [
            ("FE59", "\u9fb4"), ("FE61", "\u9fb5"), ("FE66", "\u9fb6"), ("FE67", "\u9fb7"),
            ("FE6D", "\u9fb8"), ("FE7E", "\u9fb9"), ("FE90", "\u9fba"), ("FEA0", "\u9fbb"),
            ("FE51", "\U00020087"), ("FE52", "\U00020089"), ("FE53", "\U000200cc"),
            ("FE6C", "\U000215d7"), ("FE76", "\U0002298f"), ("FE91", "\U000241fe"),
        ],
    )  # fmt: skip
    def test_private_use_characters_get_their_place_of_2022(self, tmp_path, raw, char):
        """Domain 6.1 N0: Python's codec leaves these fourteen in the private-use area."""
        name = "李".encode("gb18030") + bytes.fromhex(raw)
        [row] = contents(write(tmp_path, "x.csv", HEADER + b"1," + name + b"\n"), GB_FEED)
        assert row["subject"]["name"] == "李" + char

    @pytest.mark.parametrize("name", ["李䶮", "张𬭎", "买买提·艾力", "𠮷田", "王\u3000伟", "€"])
    def test_rare_characters_come_through(self, tmp_path, name):
        """䶮 has two bytes, 𬭎 and 𠮷 four; the interpunct is A1A4 (domain 1.3)."""
        [row] = contents(write(tmp_path, "x.csv", HEADER + b"1," + name.encode("gb18030") + b"\n"), GB_FEED)
        assert row["subject"]["name"] == name

    def test_a_user_defined_character_is_not_guessed(self, tmp_path):
        """An agency's own glyph (AAA1 and up) means nothing elsewhere: it stays, and the name rules speak."""
        [row] = contents(write(tmp_path, "x.csv", HEADER + b"1,\xaa\xa1\n"), GB_FEED)
        assert row["subject"]["name"] == "\ue000"

    def test_a_line_of_half_a_character_is_refused_and_no_other(self, tmp_path):
        text = HEADER + b"1," + "李".encode("gb18030")[:1] + b"\n2," + "李".encode("gb18030") + b"\n3,\x80\xff\n4,x\n"
        assert codes(write(tmp_path, "x.csv", text), GB_FEED) == [
            (2, [Code.UNREADABLE]),
            (3, []),
            (4, [Code.UNREADABLE]),
            (5, []),
        ]

    def test_utf_8_in_disguise_is_not_read_as_other_characters(self, tmp_path):
        file = write(tmp_path, "x.csv", "source_record_id,subject.name\n1,李䶮\n", "utf-8-sig")
        assert codes(file, GB_FEED) == [(1, [Code.UNREADABLE]), (2, [Code.UNREADABLE])]

    def test_json_lines_may_be_gb18030_too(self):
        feed = connector(encoding="gb18030")
        given = ['{"name": "李'.encode("gb18030") + bytes.fromhex("FE59") + b'"}\n']
        assert contents(given, feed) == [{"name": "李\u9fb4"}]

    def test_a_title_file_of_the_registry_is_accepted_whole(self, tmp_path):
        """The flat file of hmd_title in its own words, through reading and validation."""
        title = CONNECTORS.named("hmd_title")
        assert title is not None
        sample = json.loads((title.folder / "samples" / "ownership_changed.json").read_text("utf-8"))["given"]
        text = ",".join(sample) + "\n" + ",".join(sample.values()) + "\n"
        [row] = read_source(write(tmp_path, "x.csv", text, "gb18030"), title, SHAPES)
        validator = Validator(load_catalogue(ROOT / "schemas"), load_regions(fictional=True))
        event = validator.check(row.content)
        assert not isinstance(event, tuple), event
        assert event.subject is not None
        assert (event.sub_source, event.subject.name, event.payload["share_denominator"]) == ("RER", "李䶮", 2)
