"""The standard sets in the layouts of their archives, with a handful of images; each function returns its folder."""

from pathlib import Path

import numpy as np
from PIL import Image
from scipy.io import savemat


def image(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 6), (len(path.name), 0, 0)).save(path)


def omniglot(root: Path) -> Path:
    for folder, alphabets in {"images_background": ["Greek", "Latin"], "images_evaluation": ["Ge_ez"]}.items():
        for alphabet in alphabets:
            for character in (1, 2):
                for drawer in (1, 20):
                    image(root / folder / alphabet / f"character{character:02}" / f"0{character}17_{drawer:02}.png")
    return root


def cub(root: Path) -> Path:
    """Two images each of the classes 1, 100, 101 and 200."""
    classes = {
        1: "001.Black_footed_Albatross",
        100: "100.Brown_Pelican",
        101: "101.White_Pelican",
        200: "200.Wren",
    }
    images = [(number, f"{name}/{name[4:]}_{k:04}.jpg") for number, name in classes.items() for k in (1, 2)]
    for _, path in images:
        image(root / "images" / path)
    (root / "images.txt").write_text("".join(f"{i} {path}\n" for i, (_, path) in enumerate(images, 1)))
    (root / "image_class_labels.txt").write_text("".join(f"{i} {number}\n" for i, (number, _) in enumerate(images, 1)))
    (root / "classes.txt").write_text("".join(f"{number} {name}\n" for number, name in classes.items()))
    return root


def sop(root: Path) -> Path:
    products = {"train": [(1, 1, "bicycle"), (2, 12, "toaster")], "test": [(11319, 1, "bicycle")]}
    for part, rows in products.items():
        lines, number = ["image_id class_id super_class_id path\n"], 0
        for product, kind, name in rows:
            for view in (0, 1):
                number += 1
                path = f"{name}_final/{product}_{view}.JPG"
                image(root / path)
                lines.append(f"{number} {product} {kind} {path}\n")
        (root / f"Ebay_{part}.txt").write_text("".join(lines))
    return root


IN_SHOP = [
    ("img/WOMEN/Dresses/id_00000002/02_1_front.jpg", "id_00000002", "train"),
    ("img/WOMEN/Dresses/id_00000002/02_2_side.jpg", "id_00000002", "train"),
    ("img/MEN/Denim/id_00000080/01_1_front.jpg", "id_00000080", "query"),
    ("img/MEN/Denim/id_00000080/01_2_side.jpg", "id_00000080", "gallery"),
]


def in_shop(root: Path, listed: str = "Eval/list_eval_partition.txt", images: str = "Img") -> Path:
    for name, _, _ in IN_SHOP:
        image(root / images / name)
    lines = [f"{len(IN_SHOP)}\n", "image_name item_id evaluation_status\n"]
    lines += [f"{name:72}{item:20}{role:10}\n" for name, item, role in IN_SHOP]
    (root / listed).parent.mkdir(parents=True, exist_ok=True)
    (root / listed).write_text("".join(lines))
    return root


MARKET = {
    "bounding_box_train": ["0002_c1s1_000451_03.jpg", "0002_c2s1_000301_01.jpg", "0007_c3s3_077419_03.jpg"],
    "query": ["0001_c1s1_001051_00.jpg", "0003_c4s6_015641_00.jpg"],
    "bounding_box_test": [
        "-1_c1s1_000401_03.jpg",  # junk
        "0000_c1s1_000151_01.jpg",  # nobody
        "0001_c1s1_001076_01.jpg",  # by the camera of the query
        "0001_c2s1_000976_01.jpg",
        "0003_c1s6_015971_02.jpg",
        "0003_c6s4_001877_00.jpg.jpg",
    ],
}


def market1501(root: Path) -> Path:
    for folder, names in MARKET.items():
        for name in names:
            image(root / folder / name)
        (root / folder / "Thumbs.db").write_text("of Windows")
    return root


CARS = [("AM General Hummer SUV 2000", 1), ("Ford Fiesta Sedan 2012", 98), ("Ford Focus 2007", 99)]


def names_of_cars() -> np.ndarray:
    names = np.empty((1, 196), object)
    names[0] = [f"Car {number}" for number in range(1, 197)]
    for name, number in CARS:
        names[0, number - 1] = name
    return names


def annotations(rows: list[tuple[str, int]], field: str) -> np.ndarray:
    """Rows as MATLAB has them: a struct array [1, n]."""
    structs = np.zeros((1, len(rows)), [(field, object), ("bbox_x1", object), ("class", object), ("test", object)])
    for place, (path, number) in enumerate(rows):
        structs[0, place] = (path, 3, number, place % 2)
    return structs


def cars(root: Path) -> Path:
    """As `car_ims.tgz` and `cars_annos.mat`."""
    rows = [(f"car_ims/{2 * place + view:06}.jpg", number) for place, (_, number) in enumerate(CARS) for view in (0, 1)]
    for path, _ in rows:
        image(root / path)
    content = {"annotations": annotations(rows, "relative_im_path"), "class_names": names_of_cars()}
    savemat(root / "cars_annos.mat", content)
    return root


def cars_in_parts(root: Path) -> Path:
    """As `cars_train.tgz`, `cars_test.tgz` and `car_devkit.tgz`, with the list of the test's classes."""
    (root / "devkit").mkdir()
    for folder, name in {"train": "cars_train_annos", "test": "cars_test_annos_withlabels"}.items():
        rows = [(f"{place + 1:05}.jpg", number) for place, (_, number) in enumerate(CARS)]
        for path, _ in rows:
            image(root / f"cars_{folder}" / path)
        savemat(root / "devkit" / f"{name}.mat", {"annotations": annotations(rows, "fname")})
    savemat(root / "devkit" / "cars_meta.mat", {"class_names": names_of_cars()})
    return root
