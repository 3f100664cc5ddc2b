"""What the machine and its container grant to this process."""

import os
import sys

import pytest

from heatbin import platform

GIB = 2**30


@pytest.fixture
def container(tmp_path, monkeypatch):
    """Make a Linux container out of files: its line in /proc/self/cgroup, and the files of its groups."""

    def make(groups, files):
        (tmp_path / "cgroup").write_text("".join(f"{line}\n" for line in groups))
        for name, content in files.items():
            file = tmp_path / "fs" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{content}\n")
        monkeypatch.setattr(platform, "_PROCESS", tmp_path)
        monkeypatch.setattr(platform, "_CONTROL_GROUPS", tmp_path / "fs")
        monkeypatch.setattr(platform, "_usable_cpus", lambda: 16)
        monkeypatch.setattr(platform, "_physical_memory", lambda: 64 * GIB)

    return make


def test_without_limits_everything_is_granted(container):
    container(["0::/"], {"cpu.max": "max 100000", "memory.max": "max"})
    assert platform.available_cpus() == 16
    assert platform.available_memory() == 64 * GIB


def test_without_control_groups_everything_is_granted(container):
    container([], {})
    assert platform.available_cpus() == 16
    assert platform.available_memory() == 64 * GIB


@pytest.mark.parametrize(
    ("quota", "cpus"), [(50_000, 1), (100_000, 1), (150_000, 2), (250_000, 3), (9_900_000, 16)]
)
def test_a_part_of_a_processor_counts_as_one_more(container, quota, cpus):
    container(["0::/"], {"cpu.max": f"{quota} 100000"})
    assert platform.available_cpus() == cpus


def test_the_tightest_of_all_enclosing_groups_counts(container):
    container(
        ["0::/kube/pod/app"],
        {
            "kube/cpu.max": "400000 100000",
            "kube/pod/cpu.max": "200000 100000",
            "kube/pod/app/cpu.max": "max 100000",
            "kube/memory.max": 8 * GIB,
            "kube/pod/memory.max": 4 * GIB,
            "kube/pod/app/memory.high": 3 * GIB,
            "kube/pod/app/memory.max": "max",
        },
    )
    assert platform.available_cpus() == 2
    assert platform.available_memory() == 3 * GIB


def test_version_1_groups_count_too(container):
    container(
        ["4:memory:/docker/1f2e", "3:cpu,cpuacct:/docker/1f2e", "1:name=systemd:/docker/1f2e"],
        {
            "cpu/docker/1f2e/cpu.cfs_quota_us": 350_000,
            "cpu/docker/1f2e/cpu.cfs_period_us": 100_000,
            "memory/docker/1f2e/memory.limit_in_bytes": 2 * GIB,
            "memory/memory.limit_in_bytes": 9_223_372_036_854_771_712,
        },
    )
    assert platform.available_cpus() == 4
    assert platform.available_memory() == 2 * GIB


def test_a_version_1_group_without_a_quota_limits_nothing(container):
    container(["3:cpu:/"], {"cpu/cpu.cfs_quota_us": -1, "cpu/cpu.cfs_period_us": 100_000})
    assert platform.available_cpus() == 16


@pytest.mark.parametrize("group", ["/docker/1f2e", "/../../host/1f2e"])
def test_inside_a_container_the_limit_stands_at_the_top_though_the_path_is_the_hosts(container, group):
    container([f"0::{group}"], {"cpu.max": "100000 100000", "memory.max": GIB})
    assert platform.available_cpus() == 1
    assert platform.available_memory() == GIB


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="processors are assigned on Linux")
def test_processors_that_this_process_may_not_run_on_do_not_count():
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert platform.available_cpus() == 1
    finally:
        os.sched_setaffinity(0, allowed)


def test_the_peak_covers_memory_that_was_held_and_given_back():
    before = platform.peak_rss_bytes()
    held = b"1" * (before + 20_000_000)
    del held
    assert platform.peak_rss_bytes() >= before + 20_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="the two ways are Linux's")
def test_both_ways_to_ask_for_the_peak_agree():
    assert platform._high_water_mark() == pytest.approx(platform._largest_resident_set(), rel=0.2)
