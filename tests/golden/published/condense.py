"""Makes the small tables of this folder from published data that is too large or not ours to ship.

    python tests/golden/published/condense.py FOLDER

FOLDER holds the data of the packages named in README.md. Least squares and its clustered errors
depend on a cluster's rows only through their sums of squares and products. The triangular factor of
a cluster has the same sums in as many rows as there are columns, so the published statistics come
out of it, up to the factor of small samples (rows are fewer). Where the other regressors are many,
they are partialled out first (Frisch and Waugh): coefficient and clustered t stay what they were,
and one row a cluster is enough.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
TEXTBOOK_MARKETS = ["S.P500", "Dow", "London", "Tokyo"]


def factors(columns: pd.DataFrame, clusters: pd.Series) -> pd.DataFrame:
    """Triangular factors (clusters · k, k) of the columns, cluster by cluster."""
    parts = [pd.DataFrame(np.linalg.qr(own.to_numpy(float), mode="r"),
                          columns=columns.columns).assign(cluster=key)
             for key, own in columns.groupby(clusters.to_numpy())]
    return pd.concat(parts, ignore_index=True)


def partialled(columns: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """What ``others`` do not explain of each column."""
    m = others.to_numpy(float)
    values = columns.to_numpy(float)
    return pd.DataFrame(values - m @ np.linalg.lstsq(m, values, rcond=None)[0],
                        columns=columns.columns)


def single_rows(regressor: pd.Series, outcome: pd.Series, clusters: pd.Series) -> pd.DataFrame:
    """One row a cluster with its sum of squares of the regressor and of products with the outcome,
    which is all that a slope without a constant and its clustered error depend on."""
    key = clusters.to_numpy()
    length = np.sqrt((regressor**2).groupby(key).sum())
    return pd.DataFrame({"x": length, "y": (regressor * outcome).groupby(key).sum() / length})


def petersen(folder: Path) -> pd.DataFrame:
    data = pd.read_csv(folder / "petersen" / "PetersenCL.csv").assign(const=1.0)
    return factors(data[["const", "x", "y"]], data["year"])


def petersen_firms(folder: Path) -> pd.DataFrame:
    data = pd.read_csv(folder / "petersen" / "PetersenCL.csv")
    own = data[["x", "y"]] - data[["x", "y"]].mean()
    return single_rows(own["x"], own["y"], data["firm"])


def five_clusters(folder: Path) -> pd.DataFrame:
    data = pd.read_csv(folder / "wildboottest" / "full_enum_G5.csv")
    return factors(data[["intercept", "X1", "X2", "Y"]], data["cluster"])


def voters(folder: Path) -> pd.DataFrame:
    data = pd.read_csv(folder / "fwildclusterboot" / "voters.csv")
    others = pd.concat([data[["ideology1", "log_income"]],
                        pd.get_dummies(data["Q1_immigration"], drop_first=True, dtype=float)],
                       axis=1).assign(const=1.0)
    own = partialled(data[["treatment", "proposition_vote"]], others)
    return single_rows(own["treatment"], own["proposition_vote"], data["group_id1"])


def darfur(folder: Path) -> pd.DataFrame:
    """The 1,276 answers in four rows: constant, treatment, the benchmark and outcome, with
    villages and the other covariates partialled out."""
    data = pd.read_csv(folder / "sensemakr" / "darfur.csv").assign(const=1.0)
    others = pd.concat([data[["age", "farmer_dar", "herder_dar", "pastvoted", "hhsize_darfur"]],
                        pd.get_dummies(data["village"], drop_first=True, dtype=float)], axis=1)
    own = partialled(data[["const", "directlyharmed", "female", "peacefactor"]], others)
    return factors(own, pd.Series(np.ones(len(own)))).drop(columns="cluster")


def chen_siems(folder: Path) -> pd.DataFrame:
    """Returns in percent, four decimals, of the sessions −30 to 10 round the attack."""
    data = pd.read_csv(folder / "eventstudies_xkdr" / "TerrorIndiceReturns.csv", index_col=0)
    when = pd.read_csv(folder / "eventstudies_xkdr" / "TerrorAttack.csv").set_index("name")["when"]
    made = {}
    for market in TEXTBOOK_MARKETS:
        own = data[market].dropna()
        at = own.index.get_loc(when[market])
        made[market] = own.iloc[at - 30:at + 11].round(4).to_numpy()
    return pd.DataFrame(made, index=pd.RangeIndex(-30, 11, name="session")).reset_index()


def virus(folder: Path) -> pd.DataFrame:
    """Daily log returns in millionths, index first; the day counts sessions from 16 March 2020."""
    stocks = pd.read_csv(folder / "estudy2" / "rates.csv", index_col=0)
    index = pd.read_csv(folder / "estudy2" / "rates_indx.csv", index_col=0)
    whole = pd.concat([index.set_axis(["index"], axis=1), stocks], axis=1)
    day = np.arange(len(whole)) - whole.index.get_loc("2020-03-16")
    return (whole * 1e6).round().astype("Int64").set_axis(pd.Index(day, name="session")
                                                          ).reset_index()


TABLES = {"petersen_years": petersen, "petersen_firms": petersen_firms,
          "five_clusters": five_clusters, "voters": voters, "darfur": darfur,
          "chen_siems": chen_siems, "virus": virus}
DIGITS = 10


def main() -> None:
    folder = Path(sys.argv[1])
    for name, make in TABLES.items():
        made = make(folder)
        digits = {c: DIGITS for c in made if made[c].dtype == float}
        made.round(digits).to_csv(HERE / f"{name}.csv", index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
