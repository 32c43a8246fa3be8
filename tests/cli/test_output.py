import pytest

from kfinstall.cli import output


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.04, "0.0s"), (4.26, "4.3s"), (9.96, "10s"), (61.2, "61s"), (119.6, "2m00s"), (725, "12m05s")],
)
def test_a_time_is_as_exact_as_a_person_needs(value: float, shown: str) -> None:
    assert output.seconds(value) == shown


def test_a_table_in_a_log_fits_80_columns_and_wraps_the_last_one() -> None:
    lines = output.table(["NAME", "RUNS"], [("argo", "server " * 20), ("minio", "minio")])
    assert lines[0].split() == ["NAME", "RUNS"]
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("argo   server server")
    assert lines[2].startswith("       server")
    assert lines[-1] == "minio  minio"


def test_a_table_without_rows_is_its_header() -> None:
    assert output.table(["A", "B"], []) == ["A  B"]


def test_there_is_no_colour_in_a_log() -> None:
    assert output.styled("bad", "bad") == "bad"


def test_json_and_yaml_are_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    output.show({"b": 1}, "json", lambda: ["text"])
    assert capsys.readouterr().out == '{\n  "b": 1\n}\n'
    output.show({"b": 1}, "yaml", lambda: ["text"])
    assert capsys.readouterr().out == "b: 1\n"
    output.show({"b": 1}, "text", lambda: ["text"])
    assert capsys.readouterr().out == "text\n"
