"""Files behind URLs, from real servers on this machine: S3's protocol by moto, the web by Python's own."""

from __future__ import annotations

import http.server
import pickle
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.fs
import pyarrow.parquet as pq
import pytest

import heatbin as hb
from heatbin.sources import Task, open_source
from rows import rows_of, survey_of

TABLE = pa.table({"x": np.arange(1000.0), "y": np.arange(1000)})


@pytest.fixture(scope="module")
def server() -> Iterator[dict[str, Any]]:
    """The options that lead to an S3 server."""
    moto = pytest.importorskip("moto.server", reason="moto and flask are not installed")
    running = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield {
        "endpoint_override": f"http://{host}:{port}",
        "access_key": "key",
        "secret_key": "secret",
        "region": "eu-west-1",
    }
    running.stop()


@pytest.fixture(scope="module")
def bucket(server) -> pa.fs.FileSystem:
    """A bucket with a partitioned data set, and files beside it."""
    s3 = pa.fs.S3FileSystem(**server, allow_bucket_creation=True)
    s3.create_dir("bucket")
    for name, table in (
        ("trips/year=2023/a b.parquet", TABLE.slice(0, 600)),
        ("trips/year=2024/b.parquet", TABLE.slice(600)),
        ("trips/_SUCCESS/no.parquet", TABLE),
        ("single.parquet", TABLE),
        ("lake/data/a.parquet", TABLE),
    ):
        with s3.open_output_stream(f"bucket/{name}") as sink:
            pq.write_table(table, sink, row_group_size=250)
    with s3.open_output_stream("bucket/points.arrow") as sink, pa.ipc.new_file(sink, TABLE.schema) as writer:
        writer.write_table(TABLE, max_chunksize=300)
    for name, text in (("text.csv", b"x,y\n1,2.5\n"), ("lake/metadata/v1.metadata.json", b"{}")):
        with s3.open_output_stream(f"bucket/{name}") as sink:
            sink.write(text)
    return s3


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    "url",
    [
        "s3://bucket/single.parquet",
        "s3://bucket/points.arrow",
        "s3://bucket/trips",
        "s3://bucket/trips/",
        "s3://bucket/trips/*/*.parquet",
        "s3://bucket/tri*/**/[ab]*.parquet",
        ["s3://bucket/trips/year=2023", "s3://bucket/trips/year=202[4-9]/b.parquet"],
    ],
)
def test_files_folders_and_patterns_of_a_bucket_are_sources(server, url) -> None:
    read = rows_of(url, ["x", "y"], options=server)
    assert sorted(read["x"].to_pylist()) == TABLE["x"].to_pylist()


@pytest.mark.usefixtures("bucket")
def test_text_of_a_bucket_and_the_partitions_of_its_folders_are_read(server) -> None:
    assert rows_of("s3://bucket/text.csv", ["x", "y"], options=server).to_pydict() == {"x": [1], "y": [2.5]}
    years = rows_of("s3://bucket/trips", ["year"], options=server)["year"].to_pylist()
    assert (years.count(2023), years.count(2024)) == (600, 400)


@pytest.mark.usefixtures("bucket")
def test_row_groups_are_fetched_by_themselves_and_in_other_processes(server) -> None:
    from dataclasses import replace

    opened, survey = survey_of("s3://bucket/single.parquet", ["x"], options=server)
    opened, part = pickle.loads(pickle.dumps((opened, survey.parts[0])))
    task = Task(replace(part, row_groups=part.row_groups[1:3]))
    assert (
        pa.Table.from_batches(opened.batches(task, ["x"]))["x"].to_pylist()
        == TABLE["x"].slice(250, 500).to_pylist()
    )


def test_an_object_that_is_replaced_while_it_is_read_is_an_error(server, bucket) -> None:
    def put(table: pa.Table) -> None:
        with bucket.open_output_stream("bucket/changing.parquet") as sink:
            pq.write_table(table, sink)

    put(TABLE)
    opened, survey = survey_of("s3://bucket/changing.parquet", ["x"], options=server)
    batches = opened.batches(Task(survey.parts[0]), ["x"])
    next(batches)
    put(TABLE.set_column(0, "x", pa.array(np.arange(1000.0)[::-1])))
    with pytest.raises(
        hb.BadInputError, match=r"s3://bucket/changing\.parquet was changed while it was read"
    ):
        list(batches)
    bucket.delete_file("bucket/changing.parquet")
    with pytest.raises(hb.BadInputError, match="deleted while it was read"):
        next(opened.batches(Task(survey.parts[0]), ["x"]))


def test_a_state_takes_in_each_object_of_a_bucket_once(server, bucket, tmp_path) -> None:
    def put(name: str, rows: int) -> None:
        with bucket.open_output_stream(f"bucket/days/{name}.parquet") as sink:
            pq.write_table(TABLE.slice(0, rows), sink)

    def update(**options: Any) -> hb.Update:
        grid: dict[str, Any] = {"bins": 4, "range": ((0, 1), (0, 1))}
        return hb.update(
            tmp_path / "state", "s3://bucket/days", x="x", y="y", options=server, **grid, **options
        )

    put("a", 100)
    put("copy of a", 100)
    assert len(update().added) == 2, "a copy is not another name"
    assert (update().added, update().known) == ((), 2)
    put("b", 50)
    assert update(min_age="1h").added == ("s3://bucket/days/b.parquet",)
    assert hb.load(tmp_path / "state").tally.read == 250
    put("a", 60)
    with pytest.raises(hb.BadInputError, match=r"days/a\.parquet changed"):
        update()
    assert update(on_changed="replace").replaced == ("s3://bucket/days/a.parquet",)
    state = hb.load(tmp_path / "state")
    assert (state.tally.read, len(state.inputs)) == (210, 3)


@pytest.mark.usefixtures("bucket")
@pytest.mark.parametrize(
    ("url", "error", "words"),
    [
        ("s3://bucket/singel.parquet", hb.NoInputError, "no such file.*did you mean 'single.parquet'"),
        ("s3://bucket/trips/*.csv", hb.NoInputError, "no data files match"),
        ("s3://nowhere/x.parquet", hb.NoInputError, "no such file"),
        ("s3://bucket/lake", hb.BadInputError, "s3://bucket/lake is a Iceberg table"),
        ("s3://bucket/lake/data", hb.BadInputError, "s3://bucket/lake is a Iceberg table"),
        (["s3://bucket/single.parquet", "http://x/y.parquet"], hb.UsageError, "URLs of one scheme"),
        (["s3://bucket/single.parquet", "y.parquet"], hb.UsageError, "either URLs or paths"),
        ("nosuch://bucket/x.parquet", hb.UsageError, "no reader for nosuch://"),
    ],
)
def test_what_cannot_be_read_says_why(server, url, error, words) -> None:
    with pytest.raises(error, match=words):
        open_source(url, options=server)


def test_options_are_checked_and_may_be_written_as_text(server) -> None:
    with pytest.raises(hb.UsageError, match=r"no option 'regoin'.*did you mean 'region'"):
        open_source("s3://bucket/x.parquet", options={"regoin": "eu"})
    with pytest.raises(hb.UsageError, match="retries must be a number, not 'many'"):
        open_source("s3://bucket/x.parquet", options={"retries": "many"})
    options = {**server, "request_timeout": "5", "anonymous": "false"}
    assert rows_of("s3://bucket/text.csv", ["x"], options=options).num_rows == 1


def test_a_server_that_is_not_there_is_an_error_soon() -> None:
    options = {
        "endpoint_override": "http://127.0.0.1:9",
        "connect_timeout": 1,
        "retries": 1,
        "anonymous": True,
    }
    with pytest.raises(hb.ReadError, match=r"s3://bucket/x\.parquet cannot be read"):
        open_source("s3://bucket/x.parquet", options=options)


class Web(http.server.BaseHTTPRequestHandler):
    """A web server of one folder, with ranges; the first request of each path may fail."""

    folder: Path
    failing: set[str]

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        path = self.folder / self.path.lstrip("/")
        if body and self.path in self.failing:
            self.failing.discard(self.path)
            self.send_error(503)
        elif not path.is_file():
            self.send_error(404)
        else:
            self._send(path.read_bytes(), self.headers.get("Range"), body=body)

    def _send(self, content: bytes, wanted: str | None, *, body: bool) -> None:
        piece, total = content, len(content)
        self.send_response(206 if wanted else 200)
        if wanted:
            first, last = wanted.removeprefix("bytes=").split("-")
            piece = content[int(first) : int(last or total - 1) + 1]
            self.send_header("Content-Range", f"bytes {first}-{int(first) + len(piece) - 1}/{total}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("ETag", f'"{hash(content)}"')
        self.send_header("Content-Length", str(len(piece)))
        self.end_headers()
        if body:
            self.wfile.write(piece)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[str, Path, set[str]]]:
    """The address of a web server, its folder, and the paths whose next request fails."""
    pytest.importorskip("fsspec", reason="fsspec is not installed")
    pytest.importorskip("aiohttp", reason="aiohttp is not installed")
    failing: set[str] = set()
    handler = type("Handler", (Web,), {"folder": tmp_path, "failing": failing})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}", tmp_path, failing
        running.shutdown()
        thread.join()


def test_files_on_the_web_are_sources(web) -> None:
    address, folder, _ = web
    pq.write_table(TABLE, folder / "a.parquet", row_group_size=300)
    (folder / "b.csv").write_text("x,y\n1,2\n")
    assert rows_of(f"{address}/a.parquet", ["x", "y"]).equals(TABLE)
    assert rows_of(f"{address}/b.csv", ["x"])["x"].to_pylist() == [1]


def test_a_request_that_fails_once_is_tried_again(web) -> None:
    address, folder, failing = web
    pq.write_table(TABLE, folder / "a.parquet")
    opened, survey = survey_of(f"{address}/a.parquet", ["x"])
    failing.add("/a.parquet")
    assert sum(batch.num_rows for batch in opened.batches(Task(survey.parts[0]), ["x"])) == 1000


def test_a_file_on_the_web_that_is_gone_or_replaced_is_an_error(web) -> None:
    address, folder, _ = web
    pq.write_table(TABLE, folder / "a.parquet")
    with pytest.raises(hb.NoInputError, match=r"no such file: http://.*/none\.parquet"):
        survey_of(f"{address}/none.parquet", ["x"])
    opened, survey = survey_of(f"{address}/a.parquet", ["x"])
    pq.write_table(TABLE.slice(1), folder / "a.parquet")
    with pytest.raises(hb.BadInputError, match=r"/a\.parquet was changed while it was read"):
        next(opened.batches(Task(survey.parts[0]), ["x"]))
