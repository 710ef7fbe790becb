"""What every exported loss must do, on the running backend; the table is in contracts.py."""

import functools
import inspect

import keras
import numpy as np
import pytest
from keras import ops

from semihard import losses
from tests.losses.contracts import BATCH, CASES, COSINES, EMBEDDINGS, KINDS, SIMILARITIES, Case
from tests.programs import BACKEND, MODES, all_optimizations, to_numpy, value_and_gradient

RNG = np.random.default_rng(12)
WEIGHTS = RNG.random(BATCH).astype(np.float32)
EVERY = pytest.mark.parametrize("case", CASES, ids=lambda case: case.loss.__name__)


def made(case: Case, **options) -> losses.EmbeddingLoss:
    return case.loss(**{**case.options, **options})


def per_anchor(case: Case, y, x):
    return made(case, reduction=None)(y, x)


@functools.cache
def weighed(index: int, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Eager values of each anchor, times WEIGHTS, and the gradient of their sum."""
    y, x = CASES[index].inputs.of(kind)
    weights = ops.convert_to_tensor(WEIGHTS[: len(y)])
    return value_and_gradient(lambda x: weights * per_anchor(CASES[index], y, x), x)


def expected(case: Case, kind: str) -> np.ndarray:
    return case.oracle(*case.inputs.of(kind), **case.options)


def close(a, b, precision: float = 1e-5) -> None:
    np.testing.assert_allclose(a, b, rtol=precision, atol=precision * max(1.0, np.abs(b).max(initial=0)))


def test_every_exported_loss_has_a_case():
    others = {losses.EmbeddingLoss, losses.Memory, losses.MatryoshkaLoss}
    exported = {getattr(losses, name) for name in losses.__all__} - others
    assert exported == {case.loss for case in CASES} | {case.function for case in CASES}


@EVERY
def test_options_of_a_case_are_not_the_defaults(case):
    defaults = inspect.signature(case.loss).parameters
    assert all(value != defaults[option].default for option, value in case.options.items())


@pytest.mark.parametrize("kind", KINDS)
@EVERY
def test_values_are_those_of_the_naive_loop(case, kind):
    """Of degenerate batches too, which are finite and have a finite gradient."""
    values, gradient = weighed(CASES.index(case), kind)
    close(values, expected(case, kind) * WEIGHTS[: len(values)], 1e-4 if kind == "duplicates" else 1e-5)
    assert np.isfinite(values).all()
    assert np.isfinite(gradient).all()


@EVERY
def test_the_mean_over_anchors_is_the_published_value(case):
    """Of the class and the function alike; weights weigh anchors."""
    (y, x), values = case.inputs.of("usual"), expected(case, "usual")
    close(float(made(case)(y, x)), values.mean())
    close(float(made(case)(y, x, sample_weight=WEIGHTS)), (WEIGHTS * values).mean())
    close(to_numpy(made(case).call(y, ops.convert_to_tensor(x))), values)
    if "reduction" in inspect.signature(case.function).parameters:
        close(float(case.function(y, x, **case.options)), values.mean())
        close(to_numpy(case.function(y, x, reduction=None, **case.options)), values)
    else:
        close(to_numpy(case.function(y, x, **case.options)), values)


@EVERY
def test_gradient_is_that_of_finite_differences(case):
    """Central differences of the naive loop, in float64, with anchors of unequal weight."""
    y, x = case.inputs.of("usual")
    x = x.astype(np.float64)
    options = case.options if case.fixed is None else {**case.options, "weigh": x}
    loop, step, slopes = case.fixed or case.oracle, 1e-5, np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        high, low = x.copy(), x.copy()
        high[place] += step
        low[place] -= step
        slopes[place] = WEIGHTS @ (loop(y, high, **options) - loop(y, low, **options)) / (2 * step)
    assert np.abs(slopes).max() > 1e-3
    close(weighed(CASES.index(case), "usual")[1], slopes, 2e-4)


@functools.cache
def compiled(mode: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Values and gradients of all losses from one program, since a compile takes seconds.

    Their inputs lie side by side, [batch, all columns], so that the batch may be of unknown size.
    """
    batches = [case.inputs.of("usual") for case in CASES]
    labels = [ops.convert_to_tensor(y) for y, _ in batches]
    columns = [x.reshape(BATCH, -1) for _, x in batches]
    ends = np.cumsum([block.shape[1] for block in columns]).tolist()
    weights = ops.convert_to_tensor(WEIGHTS)
    asked = [made(case, reduction=None) for case in CASES]

    def program(x):
        rows, start = [], 0
        for loss, y, end, (_, original) in zip(asked, labels, ends, batches, strict=True):
            own = x[:, start:end] if original.ndim == 2 else x[:, start]
            rows.append(weights * loss(y, own))
            start = end
        return ops.stack(rows)

    with all_optimizations():
        values, gradient = value_and_gradient(program, np.concatenate(columns, axis=1), mode)
    gradients = np.split(gradient, ends[:-1], axis=1)
    return {
        case.loss.__name__: (value, own.reshape(x.shape))
        for case, value, own, (_, x) in zip(CASES, values, gradients, batches, strict=True)
    }


@pytest.mark.parametrize("mode", MODES[1:])
@EVERY
def test_compiled_is_as_eager(case, mode):
    for found, eager in zip(compiled(mode)[case.loss.__name__], weighed(CASES.index(case), "usual"), strict=True):
        close(found, eager)


if BACKEND == "torch":
    import torch

    @EVERY
    def test_autocast_changes_nothing(case):
        """Of PyTorch: a product in bfloat16 would be worth two digits."""
        y, x = case.inputs.of("usual")
        x = torch.from_numpy(x).requires_grad_()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            values = torch.from_numpy(WEIGHTS) * per_anchor(case, y, x)
        values.sum().backward()
        for found, eager in zip((values, x.grad), weighed(CASES.index(case), "usual"), strict=True):
            close(to_numpy(found), eager)

    @pytest.mark.parametrize("loss", ["TripletSemiHardLoss", "TripletHardLoss"])
    def test_mining_again_in_a_backward_pass_within_autocast(loss):
        case = next(case for case in CASES if case.loss.__name__ == loss)
        y, x = case.inputs.of("usual")
        x = torch.from_numpy(x).requires_grad_()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            (torch.from_numpy(WEIGHTS) * per_anchor(case, y, x)).sum().backward()
        close(to_numpy(x.grad), weighed(CASES.index(case), "usual")[1])


@EVERY
def test_order_and_names_do_not_matter(case):
    y, x = case.inputs.of("usual")
    values = weighed(CASES.index(case), "usual")[0] / WEIGHTS
    for seed in (1, 2):
        order = np.random.default_rng(seed).permutation(BATCH)
        close(to_numpy(per_anchor(case, *case.inputs.permuted(y, x, order))), values[order], 2e-5)
    if case.inputs.named:
        for names in (2**24 + np.arange(4), np.array([7, -(2**31), 2**31 - 1, 0])):
            close(to_numpy(per_anchor(case, names.astype(np.int32)[y], x)), values, 2e-5)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@EVERY
def test_half_precision_is_computed_in_float32(case, dtype):
    y, x = case.inputs.of("usual")
    half = ops.cast(ops.convert_to_tensor(x), dtype)
    value = made(case, dtype=dtype)(y, half)
    assert keras.backend.standardize_dtype(value.dtype) == dtype
    reduction = {"reduction": None} if "reduction" in inspect.signature(case.function).parameters else {}
    values = case.function(y, half, **case.options, **reduction)
    assert keras.backend.standardize_dtype(values.dtype) == dtype
    wide = ops.cast(case.function(y, ops.cast(half, "float32"), **case.options, **reduction), dtype)
    np.testing.assert_array_equal(to_numpy(values), to_numpy(wide))
    close(to_numpy(value), expected(case, "usual").mean(), 0.03)


@pytest.mark.skipif(BACKEND == "jax", reason="JAX has float64 only if the user asks for it")
@EVERY
def test_float64_is_computed_in_float64(case):
    y, x = case.inputs.of("usual")
    x = x.astype(np.float64)
    values = made(case).call(y, ops.convert_to_tensor(x))  # Keras's own mean is in float32 on PyTorch
    assert keras.backend.standardize_dtype(values.dtype) == "float64"
    close(to_numpy(values), case.oracle(y, x, **case.options), 1e-10)


@pytest.mark.parametrize("kind", ["usual", "one class", "all alone"])
@EVERY
def test_nan_in_gives_nan_out(case, kind):
    y, x = case.inputs.of(kind)
    x = x.copy()
    x[(3, *(1,) * (x.ndim - 1))] = np.nan
    assert np.isnan(float(made(case)(y, x)))


@pytest.mark.parametrize("case", [c for c in CASES if c.inputs is EMBEDDINGS], ids=lambda case: case.loss.__name__)
def test_values_that_overflow_are_nan(case):
    """Squares of 1e19 are infinite in float32: a hinge or a mask must not make 0 of that. At 1e17 nothing overflows."""
    y, x = case.inputs.of("usual")
    assert np.isnan(float(made(case)(y, x * np.float32(1e19))))
    assert np.isfinite(float(made(case)(y, x * np.float32(1e17))))


@pytest.mark.parametrize(
    "kind", [lambda y: y, lambda y: y[:, None], ops.convert_to_tensor], ids=["host", "column", "tensor"]
)
@EVERY
def test_whole_floats_are_labels(case, kind):
    y, x = case.inputs.of("usual")
    if y.ndim == 2 and kind(y).ndim == 3:
        kind = np.asarray
    np.testing.assert_array_equal(
        to_numpy(per_anchor(case, kind(y.astype("float32")), x)), to_numpy(per_anchor(case, y, x))
    )


NAMED = [case for case in CASES if case.inputs in (EMBEDDINGS, SIMILARITIES, COSINES)]


@pytest.mark.parametrize("offset", [0.5, 2.0**24, np.nan])
@pytest.mark.parametrize("case", NAMED, ids=lambda case: case.loss.__name__)
def test_other_floats_raise(case, offset):
    """0.5 is no name, and 2^24 may have been 2^24 + 1."""
    y, x = case.inputs.of("usual")
    with pytest.raises(ValueError, match=r"whole numbers below.*16777216.*encode_labels"):
        per_anchor(case, ops.convert_to_tensor((y + offset).astype("float32")), x)


# One program is compiled as the next on PyTorch, and takes half a minute.
@pytest.mark.parametrize("case", NAMED[:1] if BACKEND == "torch" else NAMED, ids=lambda case: case.loss.__name__)
def test_other_floats_give_nan_where_a_program_is_compiled(case):
    y, x = case.inputs.of("usual")
    y = ops.convert_to_tensor(y.astype("float32") + np.float32(2.0**24))
    value, gradient = value_and_gradient(lambda x: made(case)(y, x), x, MODES[1])
    assert np.isnan(value)
    assert np.isnan(gradient).any()


@EVERY
def test_config_round_trip(case):
    loss = made(case, name="mine", reduction="sum", dtype="float16")
    saved = keras.losses.serialize(loss)
    assert saved["registered_name"] == f"semihard>{case.loss.__name__}"
    again = keras.losses.deserialize(saved)
    for other in (again, case.loss.from_config(loss.get_config())):
        assert type(other) is case.loss
        assert other.get_config() == loss.get_config()
        assert {option: other.get_config()[option] for option in case.options} == case.options


@EVERY
def test_misspelt_options_raise(case):
    y, x = case.inputs.of("usual")
    for option, value in case.wrong.items():
        for build in (case.loss, functools.partial(case.function, y, x)):
            with pytest.raises((TypeError, ValueError), match=f"Expected `{option}`.*Received"):
                build(**{**case.options, option: value})
    if "reduction" in inspect.signature(case.function).parameters:
        with pytest.raises(ValueError, match=r"'mean', 'none', None.*'avg'"):
            case.function(y, x, reduction="avg")
    with pytest.raises(TypeError, match="margni"):
        case.loss(margni=1.0)


@functools.cache
def trained(folder) -> tuple[dict, dict, dict, dict]:
    """One model with an output a loss: its figures after a step, saved and loaded, with functions, and by the loops."""
    keras.utils.set_random_seed(1)
    given = keras.Input((5,))
    outputs, labels = {}, {}
    for case in CASES:
        name, (y, x) = case.loss.__name__, case.inputs.of("usual")
        outputs[name] = keras.layers.Dense(x[:1].size, case.inputs.activation, name=name)(given)
        labels[name] = y
    model = keras.Model(given, outputs)
    asked = {case.loss.__name__: made(case) for case in CASES}
    model.compile(keras.optimizers.SGD(0.01), loss=asked, jit_compile=BACKEND == "jax")
    batch, before = RNG.normal(size=(BATCH, 5)).astype(np.float32), [w.copy() for w in model.get_weights()]
    with all_optimizations():
        model.fit(batch, labels, batch_size=BATCH, verbose=0)
    assert all((old != new).any() for old, new in zip(before, model.get_weights(), strict=True))
    model.save(folder / "model.keras")
    again = keras.models.load_model(folder / "model.keras")
    assert {name: loss.get_config() for name, loss in again.loss.items()} == {
        name: loss.get_config() for name, loss in asked.items()
    }
    figures = [one.evaluate(batch, labels, batch_size=BATCH, verbose=0, return_dict=True) for one in (model, again)]
    # As functions, whose labels Keras casts to float32.
    again.compile(loss={case.loss.__name__: functools.partial(_applied, case) for case in CASES})
    figures.append(again.evaluate(batch, labels, batch_size=BATCH, verbose=0, return_dict=True))
    predicted = again.predict(batch, batch_size=BATCH, verbose=0)
    loops = {}
    for case in CASES:
        name, (y, x) = case.loss.__name__, case.inputs.of("usual")
        loops[name] = case.oracle(y, np.reshape(predicted[name], x.shape), **case.options).mean()
    return *figures, loops


def _applied(case: Case, y, x):
    shape = (-1, *case.inputs.of("usual")[1].shape[1:])
    return case.function(y, ops.reshape(x, shape), **case.options)


@EVERY
def test_train_save_and_load(case, tmp_path_factory):
    *figures, loops = trained(tmp_path_factory.getbasetemp())
    name = case.loss.__name__
    for found in figures:
        close(found[f"{name}_loss"], loops[name], 1e-4)
