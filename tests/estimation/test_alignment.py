"""Rows are paired by their labels or refused, in every estimator that takes more than one input."""

import importlib
import inspect
import pkgutil

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import breachstudy.estimation as room
from breachstudy.errors import BreachstudyError
from breachstudy.estimation.alignment import check_rows, paired
from breachstudy.estimation.arrays import codes
from breachstudy.estimation.bootstrap import wild_cluster_bootstrap
from breachstudy.estimation.covariances import cluster_codes
from breachstudy.estimation.errors import AlignmentError, EstimationError, MissingError
from breachstudy.estimation.linear import fit_linear
from breachstudy.estimation.multiplicity import romano_wolf
from breachstudy.estimation.spec_curve import fit_curve, specification_grid

N = 48
RNG = np.random.default_rng(4)
LABELS = [f"r{i}" for i in range(N)]
X = pd.DataFrame({"const": 1.0, "z": RNG.normal(size=N)}, LABELS)
Y = pd.Series(X["z"] * 2 + RNG.normal(size=N), name="y")
FIRM = pd.Series(np.repeat(np.arange(12), 4), LABELS, name="firm")
TREATED = pd.Series(([0, 1] * N)[:N], LABELS)
FRAME = pd.DataFrame({"y": Y, "z": X["z"], "w": RNG.normal(size=N)})
LO = pd.Series(RNG.integers(1, 40, N).astype(float), LABELS)

# What each argument that holds rows is given in the test.
ROWS = {
    "y": Y, "x": X, "ys": Y.to_frame(), "clusters": FIRM, "groups": FIRM, "strata": FIRM,
    "treated": TREATED, "event": TREATED, "cause": TREATED, "exact": TREATED, "folds": TREATED,
    "weights": LO, "base": LO, "dose": LO, "lo": LO, "hi": LO + 2, "time": LO, "durations": LO,
    "score": LO / 50, "first": LO, "second": LO, "truth": TREATED, "coded": TREATED,
    "endogenous": LO, "instruments": FRAME[["w"]], "controls": X, "effects": FRAME,
    "ordered": TREATED.astype(bool), "frame": FRAME, "samples": {"odd": TREATED.astype(bool)},
    "estimates": FRAME[["w"]], "variances": FRAME[["w"]] ** 2,
}


# Arguments that are called as rows elsewhere and are a word or a number here.
NO_ROWS = {"bootstrap.wild_cluster_bootstrap": {"weights"}, "bounds.manski_bounds": {"lo", "hi"},
           "bunching.bunching": {"lo", "hi"}, "decay.decay": {"first"},
           "sensitivity.oster": {"base"}}


def public():
    """Every public function of the room, by module and name."""
    for module in pkgutil.iter_modules(room.__path__):
        loaded = importlib.import_module(f"{room.__name__}.{module.name}")
        for name in getattr(loaded, "__all__", ()):
            function = getattr(loaded, name)
            if inspect.isfunction(function) and function.__module__ == loaded.__name__:
                yield f"{module.name}.{name}", function


PAIRED = {name: f for name, f in public() if hasattr(f, "paired")}


def test_every_function_of_several_inputs_is_checked():
    several = {}
    for name, function in public():
        held = [p for p in inspect.signature(function).parameters if p in ROWS]
        if len(held) > 1:
            several[name] = held
    plain = {  # numbers, and matrices and vectors without labels inside the estimators
        "bounds.imbens_manski", "covariances.hc_covariance", "covariances.cluster_covariance",
        "covariances.two_way_cluster_covariance", "iv.anderson_rubin"}
    assert len(PAIRED) >= 30
    assert {n: h for n, h in several.items() if n not in PAIRED and n not in plain} == {}
    wrong = {n: set(several[n]) ^ set(f.paired) for n, f in PAIRED.items()
             if set(several[n]) - NO_ROWS.get(n, set()) != set(f.paired)}
    assert wrong == {}


@pytest.mark.parametrize(("name", "moved"), [
    (n, a) for n, f in PAIRED.items() for a in f.paired[1:]])
def test_rows_in_another_order_are_refused(name, moved):
    function = PAIRED[name]
    given_rows = {a: ROWS[a] for a in function.paired if a == moved or a == function.paired[0]}
    turned = (given_rows[moved].iloc[::-1] if not isinstance(given_rows[moved], dict)
              else {k: v.iloc[::-1] for k, v in given_rows[moved].items()})
    required = {p.name: ROWS.get(p.name, "z") for p in inspect.signature(function
                ).parameters.values() if p.default is p.empty}
    with pytest.raises(AlignmentError, match="labelled differently"):
        function(**required | given_rows | {moved: turned})


def test_the_message_says_where_and_what_to_do():
    with pytest.raises(AlignmentError, match=r"row 1 is 'r0' in y and 'r47' in x \(48 rows differ\)"
                       r".*x\.reindex\(y\.index\)"):
        fit_linear(Y, X[::-1])
    with pytest.raises(AlignmentError, match="y has 48 rows and x 47"):
        fit_linear(Y, X[1:])
    with pytest.raises(TypeError, match="no argument"):
        paired("nothing")(fit_linear)
    check_rows(y=Y, x=X, clusters=FIRM.to_numpy(), strata=None)
    assert issubclass(AlignmentError, BreachstudyError) and issubclass(AlignmentError, ValueError)


def test_arrays_are_paired_by_position():
    whole = fit_linear(Y, X, covariance="cluster", clusters=FIRM)
    bare = fit_linear(pd.Series(Y.to_numpy()), X.reset_index(drop=True), covariance="cluster",
                      clusters=pd.Series(FIRM.to_numpy()))
    np.testing.assert_array_equal(whole.std_error, bare.std_error)


@settings(max_examples=30)
@given(st.permutations(LABELS), st.permutations(LABELS))
def test_a_permuted_input_is_refused_or_gives_the_same(rows, others):
    right = fit_linear(Y, X, covariance="cluster", clusters=FIRM)
    # All rows in another order: the same answer.
    found = fit_linear(Y[rows], X.loc[rows], covariance="cluster", clusters=FIRM[rows])
    np.testing.assert_allclose(found.estimate, right.estimate, rtol=1e-9)
    np.testing.assert_allclose(found.std_error, right.std_error, rtol=1e-9)
    # One of them alone: refused, unless nothing moved.
    if list(rows) != list(others):
        for arguments in ({"y": Y[others]}, {"clusters": FIRM[others]}):
            with pytest.raises(AlignmentError):
                fit_linear(**{"y": Y[rows], "x": X.loc[rows], "covariance": "cluster",
                              "clusters": FIRM[rows]} | arguments)


@pytest.mark.parametrize("blank", [None, float("nan"), "", "  "])
def test_rows_without_a_cluster_are_refused(blank):
    firms = FIRM.map(lambda v: f"f{v}").astype(object)
    firms.iloc[5] = blank
    for call in (lambda: fit_linear(Y, X, covariance="cluster", clusters=firms),
                 lambda: wild_cluster_bootstrap(Y, X, "z", firms),
                 lambda: codes(firms, N), lambda: cluster_codes(firms)):
        with pytest.raises(MissingError, match=r"1 (rows have no cluster|missing values)"):
            call()


def test_samples_of_a_curve_belong_to_its_rows():
    specs = specification_grid(["y"], ["z"], samples=["odd"])
    odd = TREATED.astype(bool)
    assert fit_curve(FRAME, specs, samples={"odd": odd}).n[0] == N // 2
    with pytest.raises(AlignmentError, match=r"samples\['odd'\]"):
        fit_curve(FRAME, specs, samples={"odd": odd[::-1]})


def test_statistics_and_their_null_share_names():
    t = pd.Series([2.0, 1.0], index=["a", "b"])
    null = pd.DataFrame(RNG.normal(size=(99, 2)), columns=["b", "a"])
    with pytest.raises(AlignmentError, match="labelled differently"):
        romano_wolf(t, null)
    assert romano_wolf(t, null[["a", "b"]]).shape == (2,)


@pytest.mark.parametrize("constant", [0.1, 0.0, 1e9, 3.3])
def test_a_constant_has_no_r_squared(constant):
    fit = fit_linear(pd.Series(constant, LABELS), X)
    assert np.isnan(fit.r_squared)
    assert 0 < fit_linear(Y, X).r_squared < 1
    tiny = fit_linear(Y * 1e-9 + 1, X)  # small, but it varies
    assert tiny.r_squared == pytest.approx(fit_linear(Y, X).r_squared, rel=1e-5)


def test_errors_of_the_room_have_names():
    with pytest.raises(EstimationError):
        fit_linear(Y, X, covariance="HC9")
