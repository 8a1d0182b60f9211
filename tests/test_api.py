"""The public interface: its names and signatures stay unless a change is meant, and the house's own snippets run."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mp2flame as m2f
from mp2flame.base.errors import InputError, MissingFileError, ShapeError
from mp2flame.base.values import FlameParams

ROOT = Path(__file__).resolve().parents[1]
SNAPSHOT = Path(__file__).with_name("api_snapshot.txt")


def described() -> str:
    lines = []
    for name in m2f.__all__:
        thing = getattr(m2f, name)
        if inspect.isclass(thing):
            lines.append(f"class {name}")
            for member, value in sorted(vars(thing).items()):
                if member.startswith("_") and member != "__init__":
                    continue
                inner = getattr(value, "__func__", value)
                if inspect.isfunction(inner):
                    lines.append(f"    {member}{inspect.signature(inner)}")
                elif isinstance(value, property):
                    lines.append(f"    {member}: {inspect.signature(value.fget).return_annotation}")
        elif callable(thing):
            lines.append(f"{name}{inspect.signature(thing)}")
        else:
            lines.append(f"{name}: {type(thing).__name__}")
    return "\n".join(lines) + "\n"


def test_the_interface_is_the_snapshot() -> None:
    if not SNAPSHOT.exists():
        SNAPSHOT.write_text(described(), encoding="utf-8")
        pytest.fail(f"{SNAPSHOT.name} was missing and has been written; look at what changed.")
    assert described() == SNAPSHOT.read_text(encoding="utf-8"), (
        "the interface changed: was it meant? python tests/test_api.py writes the file; look at what changed"
    )
    assert len(m2f.__all__) <= 27


def test_the_reference_is_written_from_the_docstrings() -> None:
    done = subprocess.run([sys.executable, ROOT / "tools/make_api_page.py", "--check"], check=False)
    assert done.returncode == 0, "run python tools/make_api_page.py"


@pytest.fixture(scope="module")
def take() -> m2f.Take:
    return m2f.demo_take()


def test_a_take_has_manners(take: m2f.Take) -> None:
    assert len(take) == take.num_frames == sum(1 for _ in take)
    one = take[3]
    assert one.index == 3 and one.timestamp_ms == take.timestamp_ms[3] and one == take.frame(3) != take[4]
    part = take[10:20]
    assert len(part) == 10 and part[0].timestamp_ms == take.timestamp_ms[10]
    assert len(repr(take)) < 120 and "builtin" in repr(take)
    assert part == take[10:20] != take[11:21]
    again = m2f.Take.from_frames(take, take.meta)
    assert again == take


def test_a_take_as_a_table(take: m2f.Take) -> None:
    pytest.importorskip("pandas")
    frame = take.to_dataframe()
    assert len(frame) == len(take)
    np.testing.assert_array_equal(frame["jawOpen"], take.arkit_weights[:, 25])
    np.testing.assert_array_equal(frame["jaw_pose_x"], take.jaw_pose[:, 0])
    np.testing.assert_array_equal(frame["right_eye_y"], take.eye_pose[:, 4])


def test_the_snippets_of_a_newcomer(take: m2f.Take, tmp_path: Path) -> None:
    pytest.importorskip("PIL")
    short = take[:6]
    short.save(tmp_path / "short.npz")
    driver = m2f.Driver()
    again = driver.record(tmp_path / "short.npz", tmp_path / "take.npz", filter="light")
    assert len(again) == 6 and again.meta["neutral"]["frames"] > 0
    again.render(tmp_path / "head.png", size=96, backend="software", count=4)
    again.export(tmp_path / "head.glb")
    lost = again.write(tmp_path / "motion.csv", "livelink-csv") if "livelink-csv" in formats() else []
    assert isinstance(lost, list)
    assert (tmp_path / "head.png").stat().st_size > 1000 and (tmp_path / "head.glb").stat().st_size > 10000
    with pytest.raises(InputError, match="exists"):
        again.render(tmp_path / "head.png")
    with pytest.raises(InputError, match="ends in"):
        again.render(tmp_path / "head.txt")


def formats() -> list[str]:
    from mp2flame.io.formats import FORMATS

    return list(FORMATS)


def test_what_cannot_be_run_is_refused_at_the_call(tmp_path: Path) -> None:
    driver = m2f.Driver()
    with pytest.raises(MissingFileError):
        driver.run(tmp_path / "nope.mp4")
    m2f.demo_take()[:2].save(tmp_path / "two.npz")
    with pytest.raises(InputError, match="did you mean 'filter'"):
        driver.run(tmp_path / "two.npz", fliter="light")
    with pytest.raises(InputError, match="presets"):
        driver.run(tmp_path / "two.npz", filter="sturdy")


def test_a_mapping_from_arrays() -> None:
    """A linear truth comes back, whoever is left out; the usual method is NumPy's pseudo-inverse."""
    rng = np.random.default_rng(0)
    x = rng.uniform(0, 1, (400, 52)).astype(np.float32)
    truth = rng.normal(size=(52, 59)) * (rng.random((52, 59)) < 0.2)
    y = x @ truth + 0.01 * rng.normal(size=(400, 59))
    mapping = m2f.fit_mapping(x, y, groups=np.arange(400) % 7)
    np.testing.assert_allclose(mapping.apply(x).expression, y[:, :50], atol=0.2)
    params = FlameParams.zeros(50, (400,)).replace(expression=y[:, :50])
    assert m2f.Driver(mapping=m2f.fit_mapping(x, params)).convert(x[0]).expression.shape == (50,)
    plain = m2f.fit_mapping(x, y, method="pinv")
    np.testing.assert_allclose(plain.weights, np.linalg.pinv(x.astype(np.float64)) @ y, atol=1e-4)
    with pytest.raises(ShapeError, match="one row a frame"):
        m2f.fit_mapping(x[:399], y)
    with pytest.raises(InputError, match="too few"):
        m2f.fit_mapping(x[:20], y[:20])


if __name__ == "__main__":
    SNAPSHOT.write_text(described(), encoding="utf-8")


def test_what_is_misspelt_is_refused_at_the_call_also_live() -> None:
    driver = m2f.Driver()
    for refused, message in (
        (lambda: m2f.live(0, to="vmcx://127.0.0.1:1", flame=driver), "'vmcx://127.0.0.1:1' is no output"),
        (lambda: m2f.live(0, too="vmc://127.0.0.1:1", flame=driver), "there is no option 'too'"),
        (lambda: m2f.live(0, widht=640, flame=driver), "did you mean 'width'"),
        (lambda: driver.run(0, unheard_of=1), "there is no option 'unheard_of'"),
    ):
        with pytest.raises(InputError, match=message):
            refused()


def test_values_compare_without_raising() -> None:
    one, same, other = (m2f.Profile.from_neutral(np.full(52, v)) for v in (0.1, 0.1, 0.2))
    assert one == same and one != other and one != 3
