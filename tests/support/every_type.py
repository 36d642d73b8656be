"""One value of every type of DuckDB that is hard to show, as SQL, and what DuckDB and JSON make of it, on paper."""

from __future__ import annotations

from typing import Any

MAX = 2**128 - 1
VALUES: list[tuple[str, str, Any]] = [
    # SQL, DuckDB's own text, the value in JSON
    ("170141183460469231731687303715884105728::uhugeint", "170141183460469231731687303715884105728", 2**127),
    ("340282366920938463463374607431768211455::uhugeint", "340282366920938463463374607431768211455", MAX),
    ("[340282366920938463463374607431768211455::uhugeint]", "[340282366920938463463374607431768211455]", [MAX]),
    ("170141183460469231731687303715884105727::hugeint", "170141183460469231731687303715884105727", 2**127 - 1),
    ("'-170141183460469231731687303715884105728'::hugeint", "-170141183460469231731687303715884105728", -(2**127)),
    ("{'a': [99999999999999999999999999999999999999::hugeint]}", f"{{'a': [{10**38 - 1}]}}", {"a": [10**38 - 1]}),
    ("[100000000000000000000000000000000000000::hugeint]", f"[{10**38}]", [10**38]),
    ("123456789012345678901234567890123456789012::bignum", *["123456789012345678901234567890123456789012"] * 2),
    ("'-5'::bignum", "-5", "-5"),
    ("date 'infinity'", "infinity", "infinity"),
    ("date '-infinity'", "-infinity", "-infinity"),
    ("date '0044-03-15 (BC)'", "0044-03-15 (BC)", "0044-03-15 (BC)"),
    ("date '0005-01-02'", "0005-01-02", "0005-01-02"),
    ("date '290000-01-02'", "290000-01-02", "290000-01-02"),
    ("[date 'infinity', null, date '2026-01-02']", "[infinity, NULL, 2026-01-02]", ["infinity", None, "2026-01-02"]),
    ("timestamp 'infinity'", "infinity", "infinity"),
    ("timestamp_s '-infinity'", "-infinity", "-infinity"),
    ("timestamp_ms 'infinity'", "infinity", "infinity"),
    ("timestamp_ns 'infinity'", "infinity", "infinity"),
    ("timestamptz '-infinity'", "-infinity", "-infinity"),
    ("{'a': [timestamp 'infinity']}", "{'a': [infinity]}", {"a": ["infinity"]}),
    ("timestamp '0044-03-15 (BC) 01:02:03'", *["0044-03-15 (BC) 01:02:03"] * 2),
    ("timestamp '2026-01-02 03:04:05.5'", "2026-01-02 03:04:05.5", "2026-01-02T03:04:05.500000"),
    ("timestamp_ns '2026-01-02 03:04:05.123456789'", "2026-01-02 03:04:05.123456789", "2026-01-02T03:04:05.123456789"),
    ("timestamptz '2026-01-02 03:04:05+02'", "2026-01-02 01:04:05+00", "2026-01-02T01:04:05+00:00"),
    ("[timestamptz '2026-01-02 03:04:05+02']", "['2026-01-02 01:04:05+00']", ["2026-01-02T01:04:05+00:00"]),
    ("time '24:00:00'", "24:00:00", "24:00:00"),
    ("timetz '12:00:00+05:30'", "12:00:00+05:30", "12:00:00+05:30"),
    ("time_ns '12:00:00.123456789'", "12:00:00.123456789", "12:00:00.123456789"),
    ("map{[1]: 2}", "{[1]=2}", {"[1]": 2}),
    ("map{{'a': 1}: 2}", "{{'a': 1}=2}", {"{'a': 1}": 2}),
    ("map{date 'infinity': time '01:02:03'}", "{infinity='01:02:03'}", {"infinity": "01:02:03"}),
    ("'\\xAA\\x00'::blob", "\\xAA\\x00", "aa00"),
    ("'101'::bit", "101", "101"),
    ("'00000000-0000-0000-0000-000000000001'::uuid", *["00000000-0000-0000-0000-000000000001"] * 2),
    ("interval '14 months 2 days 3.5 seconds'", "1 year 2 months 2 days 00:00:03.5", "P14M2DT3.5S"),
    ("'b'::enum('a', 'b')", "b", "b"),
    ("union_value(a := 1)", "1", 1),
    ("union_value(a := date 'infinity')", "infinity", "infinity"),
    ("union_value(a := 2::uhugeint)", "2", "2"),
    ("row(1, 'x')", "(1, x)", "(1, x)"),
    ("{}", "{}", {}),
    ("'{\"a\":1}'::json", '{"a":1}', '{"a":1}'),
    ("{'a': 1}::variant", "{'a': 1}", "{'a': 1}"),
    ("'POINT(1 2)'::geometry", "POINT (1 2)", "POINT (1 2)"),
    ("0.1::float", "0.1", 0.1),
    ("[0.1::float]", "[0.1]", [0.1]),
    ("'nan'::double", "nan", None),
    ("'-infinity'::float", "-inf", None),
    ("12345678901234567.10::decimal(20, 2)", "12345678901234567.10", 12345678901234567.10),
    ("'a' || chr(13) || 'b'", "a\rb", "a\rb"),
    ("''", "", ""),
    ("true", "true", True),
]
SELECT = "select " + ", ".join(f"{sql} as c{at}" for at, (sql, _, _) in enumerate(VALUES))
TEXTS = tuple(text for _, text, _ in VALUES)
JSON = {f"c{at}": value for at, (_, _, value) in enumerate(VALUES)}
