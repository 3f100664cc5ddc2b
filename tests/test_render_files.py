import pickle
import re
import subprocess
import sys
import time

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from heatbin.errors import OutputError, UsageError
from heatbin.render import (
    AxisView,
    check,
    plot,
    save,
)
from pictures import axis, coloured, lone_point, pixels_in


class TestSaving:
    @pytest.fixture
    def artist(self):
        return plot(np.arange(100).reshape(10, 10), axis(10), axis(10), norm="log", title="t")

    @pytest.mark.parametrize("suffix", ["png", "svg", "pdf", "jpg", "webp", "tiff"])
    def test_the_same_picture_gives_the_same_bytes(self, artist, tmp_path, suffix, monkeypatch):
        save(artist, tmp_path / f"a.{suffix}")
        monkeypatch.setattr(time, "time", lambda: 4e9)
        again = plot(np.arange(100).reshape(10, 10), axis(10), axis(10), norm="log", title="t")
        save(again.figure, tmp_path / f"b.{suffix}")
        assert (tmp_path / f"a.{suffix}").read_bytes() == (tmp_path / f"b.{suffix}").read_bytes()
        assert b"20" + time.strftime("%y-").encode() not in (tmp_path / f"a.{suffix}").read_bytes()

    def test_a_failing_write_leaves_the_old_file_and_nothing_else(self, artist, tmp_path, monkeypatch):
        place = tmp_path / "map.png"
        place.write_bytes(b"old")
        monkeypatch.setattr(
            Figure, "savefig", lambda *_, **__: (_ for _ in ()).throw(OSError(28, "disk full"))
        )
        with pytest.raises(OutputError, match="disk full"):
            save(artist, place)
        assert place.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [place]

    def test_settings_of_matplotlib_stay_as_they_are(self, tmp_path):
        before = dict(mpl.rcParams)
        artist = plot(np.ones((5, 5), int), axis(5), axis(5))
        save(artist, tmp_path / "map.svg")
        assert dict(mpl.rcParams) == before

    def test_a_users_settings_do_not_cut_the_picture(self, artist, tmp_path):
        with mpl.rc_context({"savefig.bbox": "tight", "savefig.dpi": 37}):
            save(artist, tmp_path / "map.png")
        assert pixels_in(tmp_path / "map.png").shape[1] == int(artist.figure.bbox.width)

    def test_colours_survive_formats_that_would_change_them(self, tmp_path):
        artist = plot(lone_point(1024, 1024, (5, 5)), axis(1024), axis(1024), colorbar=False)
        for suffix in ("webp", "tiff"):
            save(artist, tmp_path / f"map.{suffix}")
            assert len(coloured(pixels_in(tmp_path / f"map.{suffix}"))) == 1

    def test_an_explicit_resolution_is_written(self, artist, tmp_path):
        save(artist, tmp_path / "map.png", dpi=50)
        assert pixels_in(tmp_path / "map.png").shape[1] == int(artist.figure.get_figwidth() * 50)


class TestChecks:
    def test_what_works_passes(self, tmp_path):
        check(cmap="magma_r", norm="power:2", vmin=1, vmax=2, size=(8, 6), dpi=100, output=tmp_path / "a.PNG")

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ({"cmap": "virdis"}, "no colour map 'virdis'; did you mean 'viridis'"),
            ({"norm": "logg"}, "no norm 'logg'; did you mean 'log'"),
            ({"norm": "power:-1"}, "needs an exponent above 0, such as power:0.5"),
            ({"vmin": 3, "vmax": 2}, "vmin must not be above vmax, got 3 and 2"),
            ({"vmax": float("nan")}, "vmax must be a finite number, got nan"),
            ({"vmin": 0, "norm": "log"}, "vmin must be above 0 where norm is log, got 0"),
            ({"size": (0, 6)}, "size must be a width and a height in inches"),
            ({"aspect": 0}, "aspect must be 'auto', 'equal' or a number above 0, got 0"),
            ({"dpi": -1}, "dpi must be 10 or more, got -1"),
            ({"dpi": 3}, "dpi must be 10 or more, got 3"),
            ({"size": (800, 600), "dpi": 100}, "a picture of 80000 x 60000 pixels is more than can be drawn"),
            ({"size": (400, 400)}, "a picture of 40000 x 40000 pixels is more than can be drawn"),
            ({"dpi": 1e9}, "a picture of 8e+09 x 6e+09 pixels is more than can be drawn"),
            ({"output": "map.xyz"}, "output 'map.xyz': no picture format 'xyz'"),
            ({"output": "map"}, "output 'map': no suffix that names a picture format"),
        ],
    )
    def test_what_cannot_work_is_a_usage_error_before_anything_is_read(self, arguments, message):
        with pytest.raises(UsageError, match=re.escape(message)):
            check(**arguments)

    def test_an_output_that_cannot_be_written_is_found(self, tmp_path):
        with pytest.raises(OutputError, match="there is no folder"):
            check(output=tmp_path / "nowhere" / "map.png")


def test_nothing_here_imports_pyplot(tmp_path):
    program = (
        "import sys, numpy as np, heatbin.render as render\n"
        "view = render.AxisView(np.arange(5), 'x')\n"
        f"render.save(render.plot(np.ones((4, 4), int), view, view), {str(tmp_path / 'a.png')!r})\n"
        "print(*(name in sys.modules for name in ('matplotlib.pyplot', 'scipy', 'pandas')))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False", "False"]


def test_a_figure_survives_pickling(tmp_path):
    names = AxisView(np.arange(5), "carrier", categories=("AA", "B6", "UA", "WN"))
    figure = plot(np.arange(16).reshape(4, 4), names, axis(4), norm="eq_hist").figure
    save(figure, tmp_path / "a.png")
    save(pickle.loads(pickle.dumps(figure)), tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
