"""Classification data sets that torchvision supports and that can be downloaded from a plain address with
``synthbench fetch``.

Left out: data sets on Google Drive or behind a form (Caltech, PCAM, CelebA, FER2013, Stanford Cars), those without
classes of their own, and those of hundreds of gigabytes (iNaturalist, Places365).
"""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from synthbench.errors import DataError
from synthbench.evaluate.files import Images, T
from synthbench.evaluate.on_disk import OnDisk, Parts
from synthbench.evaluate.task import About, Absent
from synthbench.storage.download import Progress, download
from synthbench.storage.files import whole

TEST_PART, SEED = 0.2, 1337
"""Share of a data set without splits that is held out for the test, at random with this seed."""
INNER = ("cifar-10-batches-py", "cifar-100-python", "stl10_binary")
Words = tuple[tuple[str, Any], ...]
"""Keyword arguments of torchvision's class for one split."""


@dataclass(frozen=True)
class Archive:
    """A file to fetch.

    Attributes:
        url: its address.
        path: its destination, relative to the data set's folder.
        md5: from torchvision; empty if torchvision does not have one.
        into: the subfolder the archive is unpacked into; None for a file that is not an archive.
    """

    url: str
    path: str
    md5: str
    into: str | None = None


@dataclass
class Wrapped(Images):
    """Part of a torchvision data set; ``places`` hold indices instead of offsets."""

    held: Any = None

    def _open(self, i: int, use: Callable[[Image.Image], T]) -> T:
        path, index, _ = self.places[i]
        try:
            return use(self.held[index][0])
        except (OSError, SyntaxError, ValueError) as error:
            raise DataError(f"image {index} of {path} cannot be decoded: {error}. Get this data set again.") from error


@dataclass(frozen=True)
class Vision(OnDisk):
    """One data set: its class in torchvision, that class's keywords for each split (training, validation if it has one,
    test; only one if it has no splits), and the files that ``fetch`` downloads."""

    kind: str = ""
    words: tuple[Words, ...] = ()
    archives: tuple[Archive, ...] = ()

    def open(self, path: Path | str) -> Parts:
        """See ``OnDisk``."""
        from torchvision import datasets

        assert isinstance(path, Path)
        made = getattr(datasets, self.kind)
        try:
            parts = [_wrapped(path, made(str(path), **dict(words))) for words in self.words]
        except (RuntimeError, OSError, KeyError, ValueError, EOFError) as error:
            other, said = _other_format(path), (str(error) or type(error).__name__).splitlines()[0]
            why = other or f"{self.kind} of torchvision says: {said}"
            absent = isinstance(error, RuntimeError | FileNotFoundError) and not other and not self.begun()
            raise (Absent if absent else DataError)(
                f"{self.about.title} is not complete below {path} ({why}). Get it {self.how()}."
            ) from error
        if len(parts) == 1:
            order = np.random.default_rng(SEED).permutation(len(parts[0]))
            n_test = round(TEST_PART * len(order))
            return parts[0].some(np.sort(order[n_test:])), None, parts[0].some(np.sort(order[:n_test]))
        return parts[0], parts[1] if len(parts) == 3 else None, parts[-1]

    def place(self) -> Path:
        """See ``OnDisk``; if the folder of the batches itself is given, its parent."""
        path = Path(super().place())
        return path.parent if path.name in INNER else path

    def begun(self) -> bool:
        """Whether any part of it exists."""
        path = self.place()
        places = [*(path / archive.path for archive in self.archives), *(path / name for name in self._folders())]
        return any(place.exists() or place.with_name(place.name + ".part").exists() for place in places)

    def _folders(self) -> list[str]:
        from torchvision import datasets

        base = getattr(getattr(datasets, self.kind), "base_folder", "")
        return [name for name in (base, *(archive.path.partition("/")[0] for archive in self.archives)) if name]

    def how(self) -> str:
        """See ``OnDisk``."""
        return f"by `synthbench fetch {self.about.name}` ({self.about.source})"

    def fetch(
        self, progress: Progress = lambda what, done, total: None, say: Callable[[str], None] = lambda text: None
    ) -> bool:
        """Fetch it, resuming an interrupted fetch; complete files are kept.

        Args:
            progress: called with (phase, bytes done, bytes in all).
            say: called with the failure and the wait before each retry.

        Returns:
            whether anything was fetched or unpacked.

        Raises:
            DataError: no network, a wrong checksum, a full or read-only disk, or the data set is still incomplete.
        """
        path = self.place()
        if self._whole():
            return False
        try:
            path.mkdir(parents=True, exist_ok=True)
            (path / ".writable").touch()
            (path / ".writable").unlink()
        except OSError as error:
            raise DataError(
                f"cannot write into {path}: {error.strerror}. Set SYNTHBENCH_DATA (or --data "
                f"{self.about.name}=FOLDER, where it is read) to a folder that you can write to."
            ) from error
        for archive in self.archives:
            download(archive.url, path / archive.path, md5=archive.md5, progress=progress, say=say)
        for archive in self.archives:
            if archive.into is not None:
                progress("unpack", 0, 0)
                _unpack(path / archive.path, path / archive.into)
        self.splits(0)
        return True

    def _whole(self) -> bool:
        try:
            self.splits(0)
        except DataError:
            return False
        return True


def _unpack(archive: Path, into: Path) -> None:
    """Unpack over the remains of an interrupted run."""
    try:
        into.mkdir(parents=True, exist_ok=True)
        if archive.suffix == ".gz" and not archive.name.endswith(".tar.gz"):
            with whole(into / archive.stem) as draft, gzip.open(archive) as read, draft.open("wb") as write:
                shutil.copyfileobj(read, write)
        else:
            # nothing outside the folder, no devices, no owners
            extra = {} if archive.suffix == ".zip" else {"filter": "data"}
            shutil.unpack_archive(archive, into, **extra)  # type: ignore[arg-type]
    except (OSError, EOFError, ValueError, shutil.ReadError, DataError) as error:
        cause = error.__cause__ or error  # of ``whole``: it may be the archive that cannot be read
        raise DataError(
            f"cannot unpack {archive} into {into}: {getattr(cause, 'strerror', None) or cause}. The archive is kept; "
            "free some space or repair the folder, then run the same command again."
        ) from error


def _other_format(path: Path) -> str:
    """The message about a CIFAR in a format that torchvision does not support, or ""."""
    try:
        names = {entry.name for entry in os.scandir(path)}
    except OSError:
        return ""
    binary, matlab = (
        ("-bin", "-binary", "-binary.tar.gz", "_batch_1.bin"),
        ("-mat", "-matlab", "-matlab.tar.gz", "_batch_1.mat"),
    )
    for words, parts in (("binary", binary), ("MATLAB", matlab)):
        if any(name.startswith(("cifar-10", "data_batch")) and name.endswith(parts) for name in names | {path.name}):
            return f"this is its {words} version; only the Python version is read"
    return ""


def _wrapped(path: Path, held: Any) -> Images:
    labels = next((getattr(held, key) for key in ("targets", "labels", "_labels") if hasattr(held, key)), None)
    if labels is None:
        labels = [label for _, label in held._samples]
    return Wrapped([(path, i, 0) for i in range(len(held))], np.asarray(labels, np.int64), (), held)


def _vision(
    name: str,
    title: str,
    kind: str,
    classes: int,
    counts: tuple[int, int, int],
    gigabytes: float,
    licence: str,
    words: tuple[dict[str, Any], ...],
    *archives: Archive,
    scored: str = "test",
) -> Vision:
    source = f"https://docs.pytorch.org/vision/stable/generated/torchvision.datasets.{kind}.html"
    about = About(name, title, source, licence, classes, counts, gigabytes=gigabytes, scored=scored)
    return Vision(about, "torchvision", kind, tuple(tuple(w.items()) for w in words), archives)


def _idx(base: str, folder: str, *sums: str) -> tuple[Archive, ...]:
    """The four files of MNIST and of data sets in its format."""
    names = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")
    return tuple(
        Archive(f"{base}{name}.gz", f"{folder}/raw/{name}.gz", md5, f"{folder}/raw")
        for name, md5 in zip(names, sums, strict=True)
    )


_UNCLEAR = "see its authors"
_TRAIN = ({"train": True}, {"train": False})
_TWO, _THREE = ({"split": "train"}, {"split": "test"}), ({"split": "train"}, {"split": "val"}, {"split": "test"})
_VGG = "https://www.robots.ox.ac.uk/~vgg/data"
_SIGNS = "https://sid.erda.dk/public/archives/daaeac0d7ce1152aea9b61d9f1e19370"
_USPS = "https://www.csie.ntu.edu.tw/~cjlin/libsvmtools/datasets/multiclass"
_CLIP = "https://openaipublic.azureedge.net/clip/data"
TASKS = (
    _vision("cifar10", "CIFAR-10", "CIFAR10", 10, (45000, 5000, 10000), 0.35, _UNCLEAR, _TRAIN, Archive(
        "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz", "cifar-10-python.tar.gz",
        "c58f30108f718f92721af3b95e74349a", ".")), _vision("cifar100", "CIFAR-100", "CIFAR100", 100, (45000, 5000,
            10000), 0.35, _UNCLEAR, _TRAIN, Archive(
        "https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz", "cifar-100-python.tar.gz",
        "eb9058c3a382ffc7106e4002c42a8d85", ".")), _vision("stl10", "STL-10", "STL10", 10, (4500, 500, 8000), 5.6,
            _UNCLEAR, _TWO, Archive(
        "http://ai.stanford.edu/~acoates/stl10/stl10_binary.tar.gz", "stl10_binary.tar.gz",
        "91f7769df0f17e558f3565bffb0c7dfb", ".")), _vision("flowers102", "Flowers102", "Flowers102", 102, (1020, 1020,
            6149), 0.7, _UNCLEAR, _THREE,
            Archive(f"{_VGG}/flowers/102/102flowers.tgz", "flowers-102/102flowers.tgz",
                "52808999861908f626f3c1f4e79d11fa", "flowers-102"),
            Archive(f"{_VGG}/flowers/102/imagelabels.mat", "flowers-102/imagelabels.mat",
                "e0620be6f572b9609742df49c70aed4d"),
            Archive(f"{_VGG}/flowers/102/setid.mat", "flowers-102/setid.mat", "a5357ecc9cb78c4bef273ce3793fc85c")),
    _vision("dtd", "DTD", "DTD", 47, (1880, 1880, 1880), 1.2, "research", _THREE, Archive(
        f"{_VGG}/dtd/download/dtd-r1.0.1.tar.gz", "dtd/dtd-r1.0.1.tar.gz", "fff73e5086ae6bdbea199a49dfb8a4c1", "dtd")),
    _vision("eurosat", "EuroSAT", "EuroSAT", 10, (19440, 2160, 5400), 0.2, "MIT", ({},), Archive(
        "https://huggingface.co/datasets/torchgeo/eurosat/resolve/c877bcd43f099cd0196738f714544e355477f3fd/EuroSAT.zip",
        "eurosat/EuroSAT.zip", "c8fa014336c82ac7804f0398fcb19387", "eurosat")),
    _vision("mnist", "MNIST", "MNIST", 10, (54000, 6000, 10000), 0.07, _UNCLEAR, _TRAIN, *_idx(
        "https://ossci-datasets.s3.amazonaws.com/mnist/", "MNIST", "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "d53e105ee54ea40749a09fcbcd1e9432", "9fb629c4189551a2d022fa330f9573f3", "ec29112dd5afa0611ce80d1b7f02629c")),
    _vision("fashion-mnist", "Fashion-MNIST", "FashionMNIST", 10, (54000, 6000, 10000), 0.09, "MIT", _TRAIN, *_idx(
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/", "FashionMNIST",
        "8d4fb7e6c68d591d4c3dfef9ec88bf0d", "25c81989df183df01b3e8a0aad5dffbe", "bef4ecab320f06d8554ea6380940ec79",
        "bb300cfdad3c16e7a12a480ee83cd310")), _vision("kmnist", "Kuzushiji-MNIST", "KMNIST", 10, (54000, 6000, 10000),
            0.08, "CC BY-SA 4.0", _TRAIN, *_idx(
        "http://codh.rois.ac.jp/kmnist/dataset/kmnist/", "KMNIST", "bdb82020997e1d708af4cf47b453dcf7",
        "e144d726b3acfaa3e44228e80efcd344", "5c965bf0a639b31b8f53240b1b52f4d7", "7320c461ea6c1c855c0b718fb2a4b134")),
    _vision("svhn", "SVHN", "SVHN", 10, (65931, 7326, 26032), 0.25, "non-commercial", _TWO,
            Archive("http://ufldl.stanford.edu/housenumbers/train_32x32.mat", "train_32x32.mat",
                "e26dedcc434d2e4c54c9b2d4a06d8373"),
            Archive("http://ufldl.stanford.edu/housenumbers/test_32x32.mat", "test_32x32.mat",
                "eb5a983be6a315427106f1b164d9cef3")),
    _vision("gtsrb", "German traffic signs", "GTSRB", 43, (23976, 2664, 12630), 0.6, _UNCLEAR, _TWO,
            Archive(f"{_SIGNS}/GTSRB-Training_fixed.zip", "gtsrb/GTSRB-Training_fixed.zip",
                "513f3c79a4c5141765e10e952eaa2478", "gtsrb"),
            Archive(f"{_SIGNS}/GTSRB_Final_Test_Images.zip", "gtsrb/GTSRB_Final_Test_Images.zip",
                "c7e4e6327067d32654124b0fe9e82185", "gtsrb"),
            Archive(f"{_SIGNS}/GTSRB_Final_Test_GT.zip", "gtsrb/GTSRB_Final_Test_GT.zip",
                "fe31e9c9270bbcd7b84b7f21a9d9d9e5", "gtsrb")),
    _vision("food101", "Food-101", "Food101", 101, (68175, 7575, 25250), 10, _UNCLEAR, _TWO, Archive(
        "http://data.vision.ee.ethz.ch/cvl/food-101.tar.gz", "food-101.tar.gz", "85eeb15f3717b99a5da872d97d918f87",
        ".")), _vision("aircraft", "FGVC-Aircraft", "FGVCAircraft", 100, (3334, 3333, 3333), 5.5,
            "non-commercial research", _THREE, Archive(
        f"{_VGG}/fgvc-aircraft/archives/fgvc-aircraft-2013b.tar.gz", "fgvc-aircraft-2013b.tar.gz", "", ".")),
    _vision("pets", "Oxford-IIIT Pets", "OxfordIIITPet", 37, (2944, 736, 3669), 1.6, "CC BY-SA 4.0",
        ({"split": "trainval"}, {"split": "test"}),
            Archive(f"{_VGG}/pets/data/images.tar.gz", "oxford-iiit-pet/images.tar.gz",
                "5c4f3ee8e5d25df40f4fd59a7f44e54c", "oxford-iiit-pet"),
            Archive(f"{_VGG}/pets/data/annotations.tar.gz", "oxford-iiit-pet/annotations.tar.gz",
                "95a8c909bbe2e81eed6a22bccdf3f68f",
                    "oxford-iiit-pet")),
    _vision("country211", "Country211", "Country211", 211, (31650, 10550, 21100), 22, _UNCLEAR,
            ({"split": "train"}, {"split": "valid"}, {"split": "test"}), Archive(
        f"{_CLIP}/country211.tgz", "country211.tgz", "84988d7644798601126c29e9877aab6a", ".")),
    _vision("rendered-sst2", "Rendered SST2", "RenderedSST2", 2, (6920, 872, 1821), 0.4, _UNCLEAR, _THREE, Archive(
        f"{_CLIP}/rendered-sst2.tgz", "rendered-sst2.tgz", "2384d08e9dcfa4bd55b324e610496ee5", ".")),
    _vision("sun397", "SUN397", "SUN397", 397, (78303, 8700, 21751), 75, _UNCLEAR, ({},), Archive(
        "http://vision.princeton.edu/projects/2010/SUN/SUN397.tar.gz", "SUN397.tar.gz",
        "8ca2778205c41d23104230ba66911c7a", ".")), _vision("imagenette", "Imagenette, 160 px", "Imagenette", 10, (8522,
            947, 3925), 0.2, "non-commercial research",
            ({"split": "train", "size": "160px"}, {"split": "val", "size": "160px"}), Archive(
        "https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-160.tgz", "imagenette2-160.tgz",
        "e793b78cc4c9e9a4ccc0c1155377a412", "."), scored="val"),
    _vision("usps", "USPS", "USPS", 10, (6562, 729, 2007), 0.01, _UNCLEAR, _TRAIN,
            Archive(f"{_USPS}/usps.bz2", "usps.bz2", "ec16c51db3855ca6c91edd34d0e9b197"),
            Archive(f"{_USPS}/usps.t.bz2", "usps.t.bz2", "8ea070ee2aca1ac39742fdd1ef5ed118")),
    _vision("semeion", "Semeion", "SEMEION", 10, (1147, 127, 319), 0.003, "CC BY 4.0", ({},), Archive(
        "http://archive.ics.uci.edu/ml/machine-learning-databases/semeion/semeion.data", "semeion.data",
        "cb545d371d2ce14ec121470795a77432")),
)  # fmt: skip
"""Counts with a validation split hold out a tenth of the training images if the data set has no validation split
(pets: as VTAB's). Sizes include archives and unpacked images and are guides."""
