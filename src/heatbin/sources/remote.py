"""Files behind URLs: S3 and Google Cloud by Arrow's own clients, the web by fsspec.

Every request has a time-out, and is tried a bounded number of times.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.fs

from heatbin.errors import UsageError
from heatbin.sources.stores import URL

__all__ = ["OPTIONS", "RemoteStore"]

WEB = ("http", "https")

COMMON = {"connect_timeout": 10.0, "request_timeout": 60.0, "retries": 3}
S3 = ("access_key", "secret_key", "session_token", "role_arn", "region", "scheme")
OPTIONS = ("anonymous", "endpoint_override", *S3, "project_id", *COMMON)
"""The names of the options that stores have."""


@dataclass(frozen=True)
class RemoteStore:
    """The server or service that the URLs of one scheme lead to.

    Parameters
    ----------
    scheme : str
        "s3", "gs", "http", "https", or another that pyarrow has a file system for.
    options : mapping of str to object, optional
        Out of `OPTIONS`: credentials, endpoint, region, ``anonymous``; times in seconds.
    """

    scheme: str
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def local(self) -> bool:
        """False."""
        return False

    def fingerprint(self, path: str) -> tuple[Any, ...]:
        """Return the size, and the ETag, or where there is none the time of the last change."""
        if self.scheme in WEB:
            return self._web.fingerprint(path)  # type: ignore[no-any-return]
        with self.open(path) as opened:
            told, size = opened.metadata() or {}, opened.size()
        tag = told.get("ETag") or told.get("etag")
        return size, tag or self.filesystem.get_file_info(self.inner(path)).mtime_ns

    def open(self, path: str) -> pa.NativeFile:
        """Open a file for reads at any place."""
        return self.filesystem.open_input_file(self.inner(path))

    def stream(self, path: str) -> pa.NativeFile:
        """Open a file for reading it from its beginning to its end."""
        return self.filesystem.open_input_stream(self.inner(path), compression=None)

    def inner(self, path: str) -> str:
        """Return a URL as the file system names it."""
        return path if self.scheme in WEB else URL.sub("", path, count=1)

    @cached_property
    def filesystem(self) -> pa.fs.FileSystem:
        """What makes the requests."""
        makers = {"s3": _s3, "gs": _google, "gcs": _google}
        if self.scheme in WEB:
            return pyarrow.fs.PyFileSystem(self._web)
        if self.scheme in makers:
            return makers[self.scheme](self._settings)
        try:
            return pyarrow.fs.FileSystem.from_uri(f"{self.scheme}://")[0]
        except (pa.ArrowException, ValueError, OSError) as error:
            raise UsageError(f"source: there is no reader for {self.scheme}:// URLs ({error})") from error

    @cached_property
    def _web(self) -> Any:
        from heatbin.sources.web import connect

        return connect(self._settings)

    @property
    def _settings(self) -> dict[str, Any]:
        return {**COMMON, **{name: _value(name, value) for name, value in self.options.items()}}

    def __getstate__(self) -> dict[str, Any]:
        return {"scheme": self.scheme, "options": dict(self.options)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]


def _value(name: str, value: Any) -> Any:
    """Return an option that may have been written as text."""
    if name == "anonymous" and isinstance(value, str):
        return value.lower() in ("1", "true", "yes", "on")
    if name in COMMON:
        try:
            return type(COMMON[name])(value)
        except (TypeError, ValueError):
            raise UsageError(f"options: {name} must be a number, not {value!r}") from None
    return value


def _s3(settings: dict[str, Any]) -> pa.fs.FileSystem:
    endpoint = str(settings.get("endpoint_override") or "")
    chosen = {name: settings[name] for name in S3 if settings.get(name) is not None}
    if "://" in endpoint:
        chosen["scheme"], endpoint = endpoint.split("://", 1)
    if settings.get("region") is None and endpoint:
        # A server of one's own has no regions, and pyarrow would ask around for one.
        chosen["region"] = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
    return pyarrow.fs.S3FileSystem(
        anonymous=bool(settings.get("anonymous")),
        endpoint_override=endpoint or None,
        connect_timeout=settings["connect_timeout"],
        request_timeout=settings["request_timeout"],
        retry_strategy=pyarrow.fs.AwsStandardS3RetryStrategy(max_attempts=max(1, settings["retries"])),
        **chosen,
    )


def _google(settings: dict[str, Any]) -> pa.fs.FileSystem:
    endpoint = str(settings.get("endpoint_override") or "")
    scheme, _, host = endpoint.rpartition("://")
    return pyarrow.fs.GcsFileSystem(
        anonymous=bool(settings.get("anonymous")),
        endpoint_override=host or None,
        scheme=scheme or settings.get("scheme"),
        project_id=settings.get("project_id"),
        retry_time_limit=timedelta(seconds=settings["request_timeout"]),
    )
