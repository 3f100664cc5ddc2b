"""The scripts of the checkout: the environment they make, the points they write, the picture they draw."""

import json
import os
import shutil
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

SCRIPTS = Path(__file__).parents[1] / "scripts"


def load(name):
    loader = SourceFileLoader("script_" + name.replace("-", "_").removesuffix(".py"), str(SCRIPTS / name))
    module = module_from_spec(spec_from_loader(loader.name, loader))
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


make_points = load("make-points")


def points(path, *options):
    make_points.main([str(path), "--rows", "300k", *options])
    return pq.read_table(path)


@pytest.mark.parametrize(
    "name", ["_bootstrap", "bench", "demo", "test", "make-points", "try-faults", "../.ci/run"]
)
def test_a_script_may_be_run(name):
    assert os.access(SCRIPTS / name, os.X_OK)


class TestMakePoints:
    def test_every_column_is_written_in_its_type(self, tmp_path):
        table = points(tmp_path / "a.parquet")
        types = {field.name: field.type for field in table.schema}
        assert types == {
            "lon": pa.float64(),
            "lat": pa.float64(),
            "time": pa.timestamp("us"),
            "fare": pa.float64(),
            "category": pa.dictionary(pa.int8(), pa.string()),
        }
        assert table.num_rows == 300_000

    def test_positions_have_six_digits_and_fares_two(self, tmp_path):
        table = points(tmp_path / "a.parquet")
        assert table["lon"].equals(pc.round(table["lon"], 6))
        assert table["fare"].equals(pc.round(table["fare"], 2))

    def test_times_rise(self, tmp_path):
        times = points(tmp_path / "a.parquet", "--columns", "time")["time"].to_numpy()
        assert (times[1:] > times[:-1]).all()

    def test_the_same_seed_gives_the_same_points_whatever_the_layout(self, tmp_path):
        whole = points(tmp_path / "a.parquet")
        assert points(tmp_path / "b.parquet", "--row-group-size", "7001").equals(whole)
        assert points(tmp_path / "c", "--files", "7").equals(whole)
        assert points(tmp_path / "d.parquet", "--columns", "fare,lon").equals(whole.select(["fare", "lon"]))
        make_points.main([str(tmp_path / "e.parquet"), "--rows", "1k"])
        assert pq.read_table(tmp_path / "e.parquet").equals(whole.slice(0, 1000))

    def test_another_seed_gives_other_points(self, tmp_path):
        whole, other = points(tmp_path / "a.parquet"), points(tmp_path / "b.parquet", "--seed", "1")
        assert not any(whole[name].equals(other[name]) for name in whole.column_names)

    def test_row_groups_have_the_size_asked_for(self, tmp_path):
        points(tmp_path / "a.parquet", "--row-group-size", "140k")
        footer = pq.read_metadata(tmp_path / "a.parquet")
        assert [footer.row_group(i).num_rows for i in range(footer.num_row_groups)] == [
            140_000,
            140_000,
            20_000,
        ]

    def test_files_share_the_rows_evenly(self, tmp_path):
        points(tmp_path / "a", "--files", "7")
        rows = [pq.read_metadata(path).num_rows for path in sorted((tmp_path / "a").iterdir())]
        assert sum(rows) == 300_000
        assert max(rows) - min(rows) <= 1

    def test_nulls_take_their_share_of_every_column(self, tmp_path):
        table = points(tmp_path / "a.parquet", "--nulls", "0.25")
        assert all(0.24 < column.null_count / 300_000 < 0.26 for column in table.columns)

    def test_plain_pages_hold_no_dictionary(self, tmp_path):
        points(tmp_path / "a.parquet", "--plain", "--compression", "snappy", "--columns", "lon")
        chunk = pq.read_metadata(tmp_path / "a.parquet").row_group(0).column(0)
        assert chunk.compression == "SNAPPY"
        assert not chunk.has_dictionary_page

    def test_positions_are_in_dictionary_pages_unless_plain(self, tmp_path):
        points(tmp_path / "a.parquet", "--columns", "lon")
        assert pq.read_metadata(tmp_path / "a.parquet").row_group(0).column(0).has_dictionary_page

    def test_no_rows_are_a_file_too(self, tmp_path):
        make_points.main([str(tmp_path / "a.parquet"), "--rows", "0"])
        assert pq.read_table(tmp_path / "a.parquet").num_rows == 0

    @pytest.mark.parametrize("options", [[], ["--files", "3"]])
    def test_a_run_that_fails_leaves_nothing_behind(self, tmp_path, monkeypatch, options):
        monkeypatch.setattr(make_points.Stream, "take", lambda *_: pytest.fail("the disk is full"))
        with pytest.raises(pytest.fail.Exception):
            make_points.main([str(tmp_path / "a"), *options])
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (["--columns", "lon,lng"], "name some of lon,lat,time,fare,category"),
            (["--columns", "lon,lon"], "each once"),
            (["--nulls", "1.5"], "1.5 is not from 0 to 1"),
            (["--rows", "-1"], "-1 is less than nothing"),
            (["--files", "0"], "0 is less than 1"),
            (["--row-group-size", "1G"], "the most that pyarrow writes"),
        ],
    )
    def test_an_option_that_cannot_work_is_refused(self, tmp_path, capsys, options, message):
        with pytest.raises(SystemExit, match="2"):
            make_points.main([str(tmp_path / "a.parquet"), *options])
        assert message in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("output", "options", "message"),
        [
            ("nowhere/a.parquet", [], "there is no folder"),
            ("folder", [], "is a folder; name a file, or give --files"),
            ("folder", ["--files", "2"], "exists; --files writes a new folder"),
        ],
    )
    def test_an_output_that_cannot_be_is_refused_before_any_work(
        self, tmp_path, capsys, output, options, message
    ):
        (tmp_path / "folder").mkdir()
        with pytest.raises(SystemExit, match="2"):
            make_points.main([str(tmp_path / output), *options])
        assert message in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for POSIX shells")
class TestEnvironment:
    @pytest.fixture
    def environment(self, monkeypatch):
        """The module, with stand-ins for what takes long: `true` is the interpreter, and pip only counts."""
        module = load("_environment.py")
        monkeypatch.setattr(module, "installed", [], raising=False)
        monkeypatch.setattr(module, "install", lambda _, extras: module.installed.append(sorted(extras)))
        monkeypatch.setattr(module.venv, "create", lambda folder, **_: put_interpreter(folder))
        monkeypatch.setattr(module, "fingerprint", lambda: "the project as it is")
        return module

    @pytest.fixture
    def folder(self, tmp_path, monkeypatch):
        folder = tmp_path / "an environment"
        monkeypatch.setenv("HEATBIN_VENV", str(folder))
        return folder

    def test_it_is_made_where_it_is_asked_for_and_named(self, environment, folder, capsys):
        environment.main()
        assert environment.installed == [[]]
        assert capsys.readouterr().out == f"{folder}\n"

    @pytest.mark.usefixtures("folder")
    def test_nothing_is_installed_twice(self, environment):
        environment.main("test,lint")
        environment.main("test,lint")
        environment.main()
        assert environment.installed == [["lint", "test"]]

    @pytest.mark.usefixtures("folder")
    def test_extras_are_added_to_those_that_are_there(self, environment):
        environment.main("lint")
        environment.main("test")
        assert environment.installed == [["lint"], ["lint", "test"]]

    def test_a_changed_project_is_installed_again_into_the_same_environment(
        self, environment, folder, monkeypatch
    ):
        environment.main()
        (folder / "kept").touch()
        monkeypatch.setattr(environment, "fingerprint", lambda: "the project, changed")
        environment.main()
        assert environment.installed == [[], []]
        assert (folder / "kept").exists()

    def test_an_interrupted_installation_is_made_anew(self, environment, folder, monkeypatch):
        with monkeypatch.context() as interrupted:
            interrupted.setattr(environment, "install", lambda *_: sys.exit(130))
            with pytest.raises(SystemExit):
                environment.main()
        (folder / "lib" / "half").mkdir(parents=True)
        environment.main()
        assert environment.installed == [[]]
        assert not (folder / "lib").exists()

    def test_a_half_written_record_is_no_record(self, environment, folder):
        environment.main()
        (folder / environment.RECORD).write_text('{"made_he')
        environment.main()
        assert environment.installed == [[], []]

    @pytest.mark.parametrize("damage", ["moved", "without an interpreter"])
    def test_an_environment_that_cannot_work_is_made_anew(self, environment, folder, monkeypatch, damage):
        environment.main()
        (folder / "old").touch()
        if damage == "moved":
            folder = folder.rename(folder.with_name("moved"))
            monkeypatch.setenv("HEATBIN_VENV", str(folder))
        else:
            (folder / "bin" / "python").unlink()
        environment.main()
        assert environment.installed == [[], []]
        assert not (folder / "old").exists()

    def test_an_environment_of_the_user_is_installed_into_and_kept(self, environment, folder):
        put_interpreter(folder)
        (folder / "pyvenv.cfg").touch()
        environment.main()
        environment.main()
        assert environment.installed == [[]]
        assert (folder / "pyvenv.cfg").exists()

    def test_a_broken_environment_of_the_user_is_refused_and_kept(self, environment, folder):
        folder.mkdir()
        (folder / "pyvenv.cfg").touch()
        for _ in range(2):
            with pytest.raises(SystemExit, match="does not start"):
                environment.main()
        assert environment.installed == []
        assert (folder / "pyvenv.cfg").exists()

    def test_a_folder_of_other_files_is_refused_and_untouched(self, environment, folder):
        folder.mkdir()
        (folder / "thesis.tex").touch()
        with pytest.raises(SystemExit, match="holds files, but is no Python environment"):
            environment.main()
        assert [path.name for path in folder.iterdir()] == ["thesis.tex"]


@pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for POSIX shells")
class TestBootstrap:
    def put(self, folder, name, text):
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)

    def run(self, *folders):
        path = os.pathsep.join(map(str, folders))
        command = ["/bin/sh", SCRIPTS / "_bootstrap", "test"]
        return subprocess.run(command, env={"PATH": path}, capture_output=True, text=True, check=False)

    @pytest.fixture
    def tools(self, tmp_path):
        """A folder with what the script needs beside a Python."""
        folder = tmp_path / "tools"
        folder.mkdir()
        self.put(folder, "dirname", f'echo "{SCRIPTS}"')
        return folder

    def test_names_that_only_fail_are_passed_over(self, tmp_path, tools):
        self.put(tmp_path, "python3.14", "exit 127")
        self.put(tmp_path, "python3.12", '[ "$1" = -c ] || echo "$@"')
        self.put(tmp_path, "python3", "echo too late")
        run = self.run(tmp_path, tools)
        assert run.stdout == f"{SCRIPTS / '_environment.py'} test\n"

    def test_without_a_python_it_says_what_is_needed(self, tools):
        run = self.run(tools)
        assert run.returncode == 1
        assert "needs Python 3.11 or newer" in run.stderr


def put_interpreter(folder):
    python = Path(folder) / "bin" / "python"
    python.parent.mkdir(parents=True, exist_ok=True)
    python.symlink_to(shutil.which("true"))


def made_by_the_scripts():
    """Tell whether these tests run in an environment whose record holds for this checkout."""
    environment = load("_environment.py")
    record = Path(sys.prefix) / environment.RECORD
    wanted = {"root": str(environment.ROOT), "project": environment.fingerprint()}
    return record.exists() and wanted.items() <= json.loads(record.read_text() or "{}").items()


@pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for POSIX shells")
def test_the_demo_draws_its_picture_from_any_folder(tmp_path, monkeypatch):
    if not made_by_the_scripts():
        pytest.skip("only in the environment that scripts/test makes: the demo would install into this one")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEATBIN_VENV", sys.prefix)
    run = subprocess.run([SCRIPTS / "demo", "my pictures/hr.png"], capture_output=True, text=True, check=True)
    assert (tmp_path / "my pictures" / "hr.png").read_bytes().startswith(b"\x89PNG")
    assert run.stdout.endswith("The picture is my pictures/hr.png\n")
