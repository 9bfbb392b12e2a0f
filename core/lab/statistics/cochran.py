"""Whether yes and no are as frequent under several conditions, asked of the same items."""

from scipy import stats

from core.lab.statistics.intervals import Floats


def cochran(table: Floats) -> tuple[float, float]:
    """Return Cochran's Q and its p (Cochran 1950); `table` is 0 or 1, shape (items, conditions).

    Items that answer alike everywhere say nothing; (0, 1) where no other is left.
    """
    many = int(table.shape[1])
    columns: Floats = table.sum(axis=0)
    rows: Floats = table.sum(axis=1)
    apart: Floats = (columns - columns.mean()) ** 2
    alike: Floats = rows * (many - rows)
    if not alike.any():
        return 0.0, 1.0
    q = many * (many - 1) * float(apart.sum()) / float(alike.sum())
    return q, float(stats.chi2.sf(q, many - 1))
