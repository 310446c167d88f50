"""Checkpoints of StyleGAN2-ADA: the tensors are read, no code in the file is run.

The pickles are created here, in NVIDIA's layout.
"""

from __future__ import annotations

import pickle
import sys
import types
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from stylegan_formulas import naive
from synthbench.generators.stylegan.trained import network

from synthbench import load_generator
from synthbench.errors import DataError, UsageError
from synthbench.generator import stream
from synthbench.run.inert_pickle import convert, read

CHANNELS, TOP = 16, 16


def shapes() -> dict[str, tuple[int, ...]]:
    """Names and shapes of a small generator's tensors, with NVIDIA's names."""
    c, found = CHANNELS, {"synthesis.b4.const": (CHANNELS, 4, 4), "mapping.w_avg": (512,)}
    for i in range(2):
        found |= {f"mapping.fc{i}.weight": (512, 512), f"mapping.fc{i}.bias": (512,)}
    for r in (4, 8, TOP):
        block = f"synthesis.b{r}"
        found[f"{block}.resample_filter"] = (4, 4)
        for conv in ("conv1",) if r == 4 else ("conv0", "conv1"):
            name = f"{block}.{conv}"
            found |= {
                f"{name}.weight": (c, c, 3, 3),
                f"{name}.bias": (c,),
                f"{name}.affine.weight": (c, 512),
                f"{name}.affine.bias": (c,),
            }
            found |= {f"{name}.noise_const": (r, r), f"{name}.noise_strength": (), f"{name}.resample_filter": (4, 4)}
        found |= {f"{block}.torgb.weight": (3, c, 1, 1), f"{block}.torgb.bias": (3,)}
        found |= {f"{block}.torgb.affine.weight": (c, 512), f"{block}.torgb.affine.bias": (c,)}
    return found


ZEROS = {name: torch.zeros(shape) for name, shape in shapes().items()}


def tensors() -> dict[str, torch.Tensor]:
    made = torch.Generator().manual_seed(0)
    return {name: torch.randn(shape, generator=made) for name, shape in shapes().items()}


class Persistent(torch.nn.Module):
    """Pickles itself like NVIDIA's modules: a function of torch_utils.persistence, its arguments with the source of
    the class."""

    def __reduce__(self):
        meta = sys.modules["dnnlib.util"].EasyDict(
            type="class",
            version=6,
            module_src="raise SystemExit('the source was run')",
            class_name="Generator",
            state=self.__dict__,
        )
        return sys.modules["torch_utils.persistence"]._reconstruct_persistent_obj, (meta,)


@pytest.fixture
def nvidia(monkeypatch):
    """Stand-ins for NVIDIA's modules while a pickle is written; they are removed before it is read."""

    def install(name: str, **members: object) -> None:
        module = types.ModuleType(name)
        for key, value in members.items():
            value.__module__, value.__qualname__ = name, key
            setattr(module, key, value)
        monkeypatch.setitem(sys.modules, name.partition(".")[0], types.ModuleType(name.partition(".")[0]))
        monkeypatch.setitem(sys.modules, name, module)

    def _reconstruct_persistent_obj(meta: object) -> None:
        raise AssertionError("it was called")

    install("torch_utils.persistence", _reconstruct_persistent_obj=_reconstruct_persistent_obj)
    install("dnnlib.util", EasyDict=type("EasyDict", (dict,), {}))
    return monkeypatch


def checkpoint(path: Path, nvidia: pytest.MonkeyPatch, **more: object) -> Path:
    """Write a checkpoint with the tensors above."""
    root = Persistent()
    for name, value in tensors().items():
        *where, last = name.split(".")
        module = root
        for part in where:
            if part not in module._modules:
                module.add_module(part, Persistent())
            module = module._modules[part]
        if last in ("resample_filter", "noise_const", "w_avg"):
            module.register_buffer(last, value)
        else:
            module.register_parameter(last, torch.nn.Parameter(value))
    data = {
        "G": None,
        "training_set_kwargs": sys.modules["dnnlib.util"].EasyDict(path="x.zip"),
        "means": np.arange(3.0),
        "G_ema": root,
        **more,
    }
    path.write_bytes(pickle.dumps(data))
    for name in ("torch_utils.persistence", "dnnlib.util"):
        nvidia.delitem(sys.modules, name)
    return path


def test_the_tensors_come_out_bit_by_bit(tmp_path, nvidia):
    found = read(checkpoint(tmp_path / "x.pkl", nvidia))
    expected = tensors()
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert torch.equal(found[name], value), name


class Bomb:
    """Pickles to a call that creates a file."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self):
        return Path.touch, (self.target,)


class Evil:
    """The same through exec, from inside a tensor's storage, and through os.system."""

    def __init__(self, target: Path, how: str) -> None:
        self.target, self.how = target, how

    def __reduce__(self):
        import os

        if self.how == "exec":
            return exec, (f"open({str(self.target)!r}, 'w')",)
        if self.how == "system":
            return os.system, (f"touch {self.target}",)
        return torch.storage._load_from_bytes, (pickle.dumps(Bomb(self.target)),)


@pytest.mark.parametrize("how", ["exec", "system", "storage", "touch"])
def test_a_malicious_pickle_runs_nothing(tmp_path, nvidia, how):
    target = tmp_path / "owned"
    evil = Bomb(target) if how == "touch" else Evil(target, how)
    path = checkpoint(tmp_path / "x.pkl", nvidia, evil=evil)
    if how == "storage":
        with pytest.raises(DataError, match="not a readable checkpoint"):
            read(path)
    else:
        assert read(path).keys() == tensors().keys()
    assert not target.exists()
    path.write_bytes(pickle.dumps(evil))
    with pytest.raises(DataError, match="not a readable checkpoint|does not hold the network 'G_ema'"):
        read(path)
    assert not target.exists()


def test_truncated_and_other_files_are_refused(tmp_path, nvidia):
    path = checkpoint(tmp_path / "x.pkl", nvidia)
    path.write_bytes(path.read_bytes()[:-2000])
    out = tmp_path / "x.safetensors"
    with pytest.raises(DataError, match="is truncated"):
        convert(path, out)
    path.write_bytes(b"hello")
    with pytest.raises(DataError, match="not a readable checkpoint"):
        convert(path, out)
    path.write_bytes(pickle.dumps({"D": 1}))
    with pytest.raises(DataError, match="does not hold the network 'G_ema'; it holds: D"):
        convert(path, out)
    path.write_bytes(pickle.dumps({"G_ema": 1}))
    with pytest.raises(DataError, match="does not hold tensors"):
        convert(path, out)
    with pytest.raises(UsageError, match=r"must be a \.safetensors file"):
        convert(path, tmp_path / "x.pt")
    with pytest.raises(UsageError, match="there is no file"):
        convert(tmp_path / "absent.pkl", out)
    assert [f.name for f in tmp_path.iterdir()] == ["x.pkl"]


def test_a_tensor_outside_its_storage_is_refused(tmp_path):
    class Outside:
        def __reduce__(self):
            return torch._utils._rebuild_tensor_v2, (torch.zeros(4)._typed_storage(), 0, (1000,), (1,), False, {})

    (tmp_path / "x.pkl").write_bytes(pickle.dumps({"G_ema": Outside()}))
    with pytest.raises(DataError, match="not a readable checkpoint"):
        read(tmp_path / "x.pkl")


class Module:
    """Pickles like a module of NVIDIA's, with the given members."""

    def __init__(self, **members: object) -> None:
        self.__dict__ |= members


@pytest.fixture
def hostile(tmp_path):
    """Write a checkpoint of one module and convert it."""

    def converts(out: str = "x.safetensors", **members: object) -> int:
        module = Module(**members)
        if members.get("_modules") == "itself":
            module._modules = {"a": module, "b": module}
        (tmp_path / "x.pkl").write_bytes(pickle.dumps({"G_ema": module}))
        return convert(tmp_path / "x.pkl", tmp_path / out)

    return converts


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"_parameters": [1, 2]}, "not a readable checkpoint.* 'list' object has no attribute 'items'"),
        ({"_modules": [1]}, "not a readable checkpoint.* 'list' object has no attribute 'items'"),
        ({"_modules": "itself"}, "the module 'a' appears twice"),
        ({"_buffers": {"w": torch.zeros(1).as_strided((2**46,), (0,))}}, "its tensors are larger than the file"),
        (
            {"_buffers": {"w": torch.zeros(2, dtype=torch.complex128)}},
            r"cannot write .*x\.safetensors: torch\.complex128",
        ),
        ({"_buffers": {"\ud800": torch.zeros(2)}}, r"cannot write .*x\.safetensors: .*surrogates not allowed"),
    ],
)
def test_impossible_networks_are_refused(tmp_path, hostile, members, message):
    with pytest.raises(DataError, match=message):
        hostile(**members)
    assert [f.name for f in tmp_path.iterdir()] == ["x.pkl"]


@pytest.mark.parametrize("value", [float("nan"), float("-inf")])
def test_weights_that_are_not_finite_are_refused(tmp_path, hostile, value):
    with pytest.raises(DataError, match=r"1 of 1 tensors contain NaN or infinite values \(w, "):
        hostile(_parameters={"w": torch.tensor([0.0, value])})
    assert [f.name for f in tmp_path.iterdir()] == ["x.pkl"]


def test_a_strided_or_half_tensor_is_written_in_full(tmp_path, hostile):
    assert (
        hostile(
            _parameters={"w": torch.arange(6.0).reshape(2, 3).T, "none": None, "half": torch.ones(2).half()},
            _modules={"none": None},
        )
        == 2
    )
    found = load_file(tmp_path / "x.safetensors")
    assert found["w"].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert found["half"].dtype == torch.float32


def test_the_folder_is_made_or_refused(tmp_path, hostile):
    assert hostile(out="new/folder/x.safetensors", _buffers={"w": torch.zeros(2)}) == 1
    assert [f.name for f in (tmp_path / "new" / "folder").iterdir()] == ["x.safetensors"]
    with pytest.raises(DataError, match=r"cannot write .*x\.pkl/folder: Not a directory"):
        hostile(out="x.pkl/folder/x.safetensors", _buffers={"w": torch.zeros(2)})


@pytest.fixture
def converted(tmp_path, nvidia):
    out = tmp_path / "x.safetensors"
    assert convert(checkpoint(tmp_path / "x.pkl", nvidia), out) == len(shapes())
    return out


def test_the_trained_network_is_that_of_the_formulas(converted):
    """z to w and w to RGB, written out in float64."""
    generator = load_generator("stylegan-trained", path=str(converted))
    t = {name: x.double() for name, x in tensors().items()}
    z = torch.from_numpy(stream(0, 5).standard_normal(512, np.float32)).double()
    w = z / torch.sqrt((z**2).mean() + 1e-8)
    for i in range(2):
        y = (t[f"mapping.fc{i}.weight"] * 0.01 / np.sqrt(512)) @ w + t[f"mapping.fc{i}.bias"] * 0.01
        w = torch.where(y > 0, y, 0.2 * y) * np.sqrt(2)
    torch.testing.assert_close(generator.latent(stream(0, 5)).double(), w, rtol=1e-4, atol=1e-6)
    rgb = naive(generator.network.synthesis, w.expand(generator.network.n_styles, -1))
    exact = ((rgb * 127.5 + 128).clamp(0, 255)).permute(1, 2, 0).numpy()
    made = generator.render(0, stream(0, 5), TOP)
    assert np.abs(made - exact).max() < 0.51 + 1e-2


def test_trained_images_keep_the_contract(converted):
    generator = load_generator("stylegan-trained", path=str(converted))
    made = generator.render_batch([0] * 4, [stream(0, k) for k in range(4)], 24)
    assert made.shape == (4, 24, 24, 3) and made.dtype == np.uint8
    assert len({one.tobytes() for one in made}) == 4
    again = load_generator("stylegan-trained", path=str(converted))
    np.testing.assert_array_equal(again.render(0, stream(0, 2), 24), made[2])


def test_without_a_checkpoint_it_says_what_to_fetch(converted, tmp_path):
    for params in ({}, {"path": str(tmp_path / "absent.safetensors")}):
        with pytest.raises(
            UsageError, match=r"network-snapshot-025000\.pkl of shaders21k-256x256-gamma-5.*synthbench convert"
        ):
            load_generator("stylegan-trained", **params)
    with pytest.raises(UsageError, match=r"is a pickle. Convert it once: synthbench convert .*x\.pkl"):
        load_generator("stylegan-trained", path=str(tmp_path / "x.pkl"))
    converted.write_bytes(b"nothing")
    with pytest.raises(DataError, match="not a StyleGAN2 generator"):
        load_generator("stylegan-trained", path=str(converted))


@pytest.mark.parametrize("name", [name for name in shapes() if "resample" not in name and "w_avg" not in name])
def test_every_tensor_has_one_shape_and_type(name):
    for odd in (
        torch.zeros(3, 5),
        torch.zeros(()) if shapes()[name] else torch.zeros(0),
        torch.zeros(shapes()[name], dtype=torch.float16),
    ):
        with pytest.raises(
            DataError,
            match=(
                rf"{'.'.join(name.split('.')[:2])}\S+ is torch\.float\d\d "
                r"of shape .*; only torch\.float32 of shape .* is"
            ),
        ):
            network({**ZEROS, name: odd})
    with pytest.raises(KeyError, match=name):
        network({key: value for key, value in ZEROS.items() if key != name})


def test_a_layer_of_no_channels_is_refused():
    empty = {name: torch.zeros([0 if n == CHANNELS else n for n in shape]) for name, shape in shapes().items()}
    with pytest.raises(DataError, match=r"synthesis\.b4\.const is torch\.float32 of shape \(0, 4, 4\)"):
        network(empty)


@pytest.mark.parametrize(
    ("tensors", "message"),
    [
        (
            {"mapping.fc0.weight": torch.zeros(3)},
            r"mapping\.fc0\.weight is torch\.float32 of shape \(3,\); only torch\.float32 of shape \(512, 512\)",
        ),
        ({"x": torch.zeros(3)}, r"mapping\.fc0\.weight"),
        ({"mapping.embed.weight": torch.zeros(3)}, "it is class-conditional"),
    ],
)
def test_a_file_of_another_network_is_named(tmp_path, tensors, message):
    save_file(tensors, tmp_path / "x.safetensors")
    with pytest.raises(
        DataError, match=rf"x\.safetensors is not a StyleGAN2 generator as `synthbench convert` writes it: .*{message}"
    ):
        load_generator("stylegan-trained", path=str(tmp_path / "x.safetensors"))
