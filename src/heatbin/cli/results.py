"""What a run makes of a histogram: pictures and other files, checked before there is anything to draw."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from heatbin.cli.options import PICTURE
from heatbin.errors import UsageError, suggestion

if TYPE_CHECKING:
    from heatbin.histogram import Histogram

__all__ = ["Picture", "Results", "check_not_within"]

BY = "{by}"
"""In the name of a picture, what a category's name goes in the place of."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to draw.

    Parameters
    ----------
    output : Path
        Where to.
    title : str or None
        Written above it.
    shown : str or None
        The statistic; the first, if None.
    style : mapping
        The options in `PICTURE`.
    """

    output: Path
    title: str | None
    shown: str | None
    style: Mapping[str, Any]

    @classmethod
    def taken_from(cls, options: dict[str, Any]) -> Picture:
        """Return the picture that `options` describe, and take what describes it out of them."""
        style = {name: options.pop(name) for name in PICTURE}
        return cls(options.pop("output"), options.pop("title"), options.pop("draw"), style)

    def check(self) -> None:
        """Find what is wrong with it."""
        from heatbin.render import check

        check(output=self.output, **self.style)

    def check_against(self, request: Mapping[str, Any]) -> None:
        """Find what it wants to show and `request` does not ask for."""
        from heatbin.statistics import statistics_of

        known = statistics_of(request.get("agg") or "count")
        if self.shown is not None and self.shown not in known:
            hint = suggestion(self.shown, list(known), kind="statistics")
            raise UsageError(f"{self.output}: no statistic {self.shown!r} to draw{hint}")
        if BY in self.output.name and request.get("by") is None:
            raise UsageError(f"{self.output}: there is no --by to name pictures after")

    def draw(self, histogram: Histogram) -> Iterator[Path]:
        """Draw it and write it, one for each category where its name has a place for that; yield the files."""
        from heatbin.render import save

        shown = histogram if self.shown is None else histogram[self.shown]
        for only, path in self._parts(shown):
            save(shown.plot(**self.style, title=self.title, only=only), path)
            yield path

    def files(self, histogram: Histogram) -> list[Path]:
        """Return the files that it is written to."""
        return [path for _, path in self._parts(histogram)]

    def _parts(self, histogram: Histogram) -> list[tuple[str | None, Path]]:
        if BY not in self.output.name:
            return [(None, self.output)]
        from heatbin.histogram.drawing import panel_names

        names = panel_names(histogram)
        if not names:
            raise UsageError(f"{self.output}: there is no --by to name pictures after")
        files = [self.output.with_name(self.output.name.replace(BY, part)) for part in _in_file_names(names)]
        return list(zip(names, files, strict=True))


@dataclass(frozen=True, slots=True)
class Results:
    """The files that a run writes.

    Parameters
    ----------
    pictures : tuple of Picture
        Any number of pictures.
    export, save : Path or None
        Where the cells go as a table, and where the histogram goes that `heatbin.load` reads.
    """

    pictures: tuple[Picture, ...]
    export: Path | None
    save: Path | None

    @classmethod
    def taken_from(cls, options: dict[str, Any], pictures: tuple[Picture, ...] | None = None) -> Results:
        """Return what `options` ask for, and take it out of them; they describe one picture if none are given."""
        drawn = (Picture.taken_from(options),) if pictures is None else pictures
        return cls(drawn, options.pop("export"), options.pop("save"))

    @property
    def paths(self) -> list[Path]:
        """The files as they are named."""
        files = [*(picture.output for picture in self.pictures), self.export, self.save]
        return [path for path in files if path is not None]

    def check(self) -> None:
        """Find what is wrong before anything is read.

        Raises
        ------
        UsageError
            When an option cannot work, or two outputs are one file.
        OutputError
            When one cannot be written.
        """
        _check_apart(self.paths)
        for picture in self.pictures:
            picture.check()
        for path in filter(None, (self.export, self.save)):
            if BY in path.name:
                raise UsageError(
                    f"{path}: only pictures are named after categories, {BY} cannot be in this name"
                )
        if self.export is not None:
            from heatbin.interchange import check_export

            check_export(self.export)
        if self.save is not None:
            from heatbin.outputs import check_output

            check_output(self.save)

    def check_against(self, request: Mapping[str, Any]) -> None:
        """Find what pictures want to show and a request for a histogram does not ask for, before anything is read.

        Raises
        ------
        UsageError
            When one does, or a file that is to be written is one that is to be read.
        """
        for picture in self.pictures:
            picture.check_against(request)
        self.check_apart_from(request)

    def check_apart_from(self, request: Mapping[str, Any]) -> None:
        """Hold that no file that is to be written is one that a request reads.

        Raises
        ------
        UsageError
            When one is.
        """
        written = {os.path.realpath(path): path for path in self.paths if path.is_file()}
        if not written:
            return
        from heatbin.sources import local_files

        source, options = request["source"], dict(request.get("options") or ())
        for read in local_files(source, format=request.get("format"), options=options):
            path = written.get(os.path.realpath(read))
            if path is not None:
                raise UsageError(f"{path} is an output, and {read} is read: name another output")

    def write(self, histogram: Histogram) -> list[str]:
        """Write all of them, each whole or not at all, and return the files.

        The histogram is saved first, so that what keeps a picture from being drawn does not cost the run.

        Raises
        ------
        UsageError
            When a picture that is named after a category would take the place of another output.
        """
        if self.save is not None:
            histogram.save(self.save)
        if self.export is not None:
            histogram.export(self.export)
        pictures = [path for picture in self.pictures for path in picture.files(histogram)]
        _check_apart([*pictures, *filter(None, (self.save, self.export))])
        drawn = [path for picture in self.pictures for path in picture.draw(histogram)]
        return [str(path) for path in (*drawn, self.export, self.save) if path is not None]


def check_not_within(read: Iterable[Path], written: Iterable[Path]) -> None:
    """Hold that no file that is to be written lies in a folder that is read, where it could take the place of another.

    Raises
    ------
    UsageError
        When one does.
    """
    folders = {os.path.realpath(path): path for path in read if path.is_dir()}
    for path in written:
        within = next((folders[place] for place in _folders_of(path) if place in folders), None)
        if within is not None:
            raise UsageError(f"{path} lies in {within}, which is read: name an output elsewhere")


def _folders_of(path: Path) -> list[str]:
    return [str(folder) for folder in Path(os.path.realpath(path)).parents]


def _in_file_names(names: Sequence[str]) -> list[str]:
    """Return names as parts of files', whatever they hold: no two alike, where upper and lower case are one either.

    Examples
    --------
    >>> _in_file_names(["N/A: 1", "Köln", "a/b", "a_b", "A_B"])
    ['N_A_ 1', 'Köln', 'a_b-3', 'a_b', 'A_B-2']
    """
    plain = {name: re.sub(r'[\x00-\x1f/\\:*?"<>|]', "_", name) or "_" for name in names}
    parts: dict[str, str] = {}
    # A name that can stay as it is does.
    for name in sorted(names, key=lambda name: plain[name] != name):
        numbered = (f"{plain[name]}-{number}" for number in count(2))
        taken = {part.casefold() for part in parts.values()}
        parts[name] = next(part for part in chain([plain[name]], numbered) if part.casefold() not in taken)
    return [parts[name] for name in names]


def _check_apart(paths: Iterable[Path]) -> None:
    seen: set[str] = set()
    for path in paths:
        place = os.path.realpath(path)
        if place in seen:
            raise UsageError(f"{path} is named twice; each output needs a file of its own")
        seen.add(place)
