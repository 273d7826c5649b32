"""What a hostile export may hold, line by line. Whoever wrote it has also made its hashes right."""

import base64
from typing import Any, Final

import pytest

from data_access_lib.codec import decode
from data_access_lib.tenant import TenantId
from lambdas.lifecycle.incoming import BadExport, ItemLine, PieceLine, Translation

Line = dict[str, Any]
AT: Final = "2026-01-02T03:04:05.678Z"
TRANSLATION: Final = Translation(TenantId("acme"), TenantId("hooli"), AT)


def line(table: str = "control", kind: str = "INSTANCE", **item: Any) -> Line:
    return {"table": table, "item": {"pk": s(f"TENANT#acme#{kind}"), "sk": s("x"), **item}}


def piece(**changes: Any) -> Line:
    found = {
        "object": "files/x",
        "bytes": 1,
        "type": "text/plain",
        "offset": 0,
        "data": base64.b64encode(b"x").decode(),
    }
    return {**found, **changes}


def s(text: str) -> Line:
    return {"S": text}


HOSTILE: Final[dict[str, Line]] = {
    "an item of another tenant": line(pk=s("TENANT#globex#INSTANCE")),
    "an item of a tenant whose name begins alike": line(pk=s("TENANT#acme-2#INSTANCE")),
    "an item of the platform": line(pk=s("TENANT#platform#TENANT")),
    "an item of the target": line(pk=s("TENANT#hooli#INSTANCE")),
    "a place in another tenant's list": line(gsi1pk=s("TENANT#globex#RUNS#0")),
    "an unknown kind": line(kind="NOBODY"),
    "a partition without a kind": line(kind=""),
    "a kind in another table": line("ops"),
    "an item without a key": {"table": "control", "item": {"sk": s("x")}},
    "a key that is a number": line(pk={"N": "1"}),
    "an item that is no item": {"table": "control", "item": [1]},
    "a value of an unknown type": line(x={"Q": "1"}),
    "a number that is none": line(x={"N": "one"}),
    "a number that is not one": line(x={"N": "NaN"}),
    "a number without end": line(x={"N": "1e999999999"}),
    "a number of many digits": line(x={"N": "9" * 5000}),
    "bytes that are not base64": line(x={"B": "%%%"}),
    "a record that leads to another tenant's object": line(key=s("tenants/globex/files/x")),
    "a record that leads nowhere": line(outputKey=s("../x")),
    "a line of another shape": {"hello": 1},
    "a line with more than its shape": line() | {"more": 1},
    "an object outside its folders": piece(object="exports/opn_1/x"),
    "an object at the root": piece(object="/files/x"),
    "an object of another tenant": piece(object="tenants/globex/files/x"),
    "an object without a name": piece(object=None),
    "an object of no type": piece(type=1),
    "an object larger than it says": piece(bytes=0),
    "an object of impossible size": piece(bytes=10**15),
    "an object of negative size": piece(bytes=-1),
    "an object with a size in words": piece(bytes="1"),
    "an object that is true bytes long": piece(bytes=True),
    "an object that begins after its end": piece(offset=2),
    "an object that is not base64": piece(data="%%%"),
    "an object of nothing": piece(bytes=5, data=""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_line_is_refused_by_name(name: str) -> None:
    with pytest.raises(BadExport):
        list(TRANSLATION.lines([HOSTILE[name]]))


def test_what_is_good_comes_out_in_the_new_tenants_name() -> None:
    found = line(gsi1pk=s("TENANT#acme#INSTANCES"), gsi2pk=s("x"), tenantId=s("acme"), key=s("tenants/acme/files/x"))
    assert list(TRANSLATION.lines([found, piece()])) == [
        ItemLine(
            "control",
            {
                "pk": "TENANT#hooli#INSTANCE",
                "sk": "x",
                "gsi1pk": "TENANT#hooli#INSTANCES",
                "tenantId": "hooli",
                "key": "tenants/hooli/files/x",
            },
        ),
        PieceLine("files/x", 1, "text/plain", 0, b"x"),
    ]


@pytest.mark.parametrize(("status", "after"), [("running", "cancelled"), ("succeeded", "succeeded")])
def test_an_open_run_arrives_cancelled(status: str, after: str) -> None:
    [made] = TRANSLATION.lines([line("runs", "RUN", status=s(status))])
    assert isinstance(made, ItemLine)
    assert made.item["status"] == after


@pytest.mark.parametrize("number", ["1e999999999", "-1e126", "NaN", "Infinity", "9" * 5000])
def test_a_number_that_cannot_be_stored_is_not_computed(number: str) -> None:
    with pytest.raises(ValueError, match="outside the range"):
        decode({"N": number})
