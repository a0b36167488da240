"""Scores raw rows with a model that Penstock trained, of any flavour. MLflow calls `_load_pyfunc`.

penstock.json in the model's folder says which inputs the model has, in which order, and which code a category has. A row is
encoded as Penstock encodes it for the tables of a pipeline, then the flavour predicts. Needs numpy, pandas and the library
of the flavour.
"""

import hashlib
import json
import os

import numpy
import pandas


def _load_pyfunc(path):
    with open(os.path.join(path, "penstock.json"), encoding="utf-8") as file:
        return Model(path, json.load(file))


class Model:
    def __init__(self, path, descriptor):
        flavour = descriptor.get("flavour") or "xgboost"
        if flavour not in FLAVOURS:
            raise ValueError(f"PEN-ML-065 Cannot load the model: its flavour is {flavour}, must be one of {[*FLAVOURS]}")
        file, load = FLAVOURS[flavour]
        self.features = descriptor["features"]
        self._codes = {
            feature: {category: float(code) for code, category in enumerate(categories)}
            for feature, categories in descriptor["dictionaries"].items()
        }
        self._predict = load(_checked(path, file, descriptor["sha256"]), self.features)

    def predict(self, rows, params=None):
        """One float32 score per row of a DataFrame. NaN where Penstock gives no score: a value is beyond 32 bits."""
        encoded = self.encode(rows)
        held = numpy.isinf(encoded).any(axis=1)
        scores = numpy.full(len(encoded), numpy.nan, dtype=numpy.float32)
        if not held.all():
            scores[~held] = self._predict(encoded[~held])
        return scores

    def encode(self, rows):
        """What the flavour is given: a float32 matrix, one column per input in the model's order, NaN = missing."""
        lacking = [feature for feature in self.features if feature not in rows.columns]
        if lacking:
            raise ValueError(f"PEN-ML-070 Cannot score: the rows lack the input {', '.join(lacking)}")
        columns = [self._encoded(feature, rows[feature]) for feature in self.features]
        # Where a double is beyond 32 bits it becomes infinite, which is what holds the row
        with numpy.errstate(over="ignore"):
            return numpy.column_stack(columns).astype(numpy.float32)

    def _encoded(self, feature, values):
        if feature not in self._codes:
            return _numbers(feature, values)
        codes = self._codes[feature]
        return numpy.array([_code(feature, codes, value) for value in values], dtype=numpy.float64)


def _checked(path, name, sha256):
    with open(os.path.join(path, name), "rb") as file:
        content = file.read()
    # A damaged model may end the whole process in native code
    if hashlib.sha256(content).hexdigest() != sha256:
        raise ValueError(f"PEN-ML-010 Cannot load the model: {name} does not have the sha256 that penstock.json says")
    return content


def _code(feature, codes, value):
    """Text that training did not see is missing, as it is in Penstock."""
    if isinstance(value, str):
        return codes.get(value, numpy.nan)
    if pandas.isna(value):
        return numpy.nan
    raise ValueError(
        f"PEN-ML-071 Cannot score: the input {feature} is a category and must be text, found {value!r}. "
        "Give the category itself, not its code"
    )


def _numbers(feature, values):
    if pandas.api.types.is_object_dtype(values):
        # numpy would read numbers from text
        texts = [value for value in values if isinstance(value, str)]
        if texts:
            raise _no_number(feature, repr(texts[0]))
    elif not pandas.api.types.is_numeric_dtype(values):
        raise _no_number(feature, values.dtype)
    try:
        return values.to_numpy(dtype=numpy.float64, na_value=numpy.nan)
    except (TypeError, ValueError) as e:
        raise _no_number(feature, e) from e


def _no_number(feature, found):
    return ValueError(f"PEN-ML-071 Cannot score: the input {feature} must be a number, found {found}")


def _require_features(trained, features):
    if trained != features:
        raise ValueError(f"PEN-ML-009 Cannot load the model: it was trained on {trained}, penstock.json says {features}")


def _xgboost(content, features):
    import xgboost

    booster = xgboost.Booster(model_file=bytearray(content))
    _require_features(booster.feature_names, features)
    return lambda rows: booster.predict(xgboost.DMatrix(rows, missing=numpy.nan, feature_names=features))


def _logistic(content, features):
    model = json.loads(content.decode("utf-8"))
    if model.get("format") != "penstock-logistic-1":
        raise ValueError(f"PEN-ML-011 Cannot load the model: its format is {model.get('format')}")
    terms = model["terms"]
    _require_features([term["feature"] for term in terms], features)

    def predict(rows):
        margin = numpy.full(len(rows), float(model["intercept"]))
        for values, term in zip(rows.astype(numpy.float64).T, terms):
            margin += _contribution(values, term)
        with numpy.errstate(over="ignore"):
            return (1 / (1 + numpy.exp(-margin))).astype(numpy.float32)

    return predict


def _contribution(values, term):
    missing = numpy.isnan(values)
    if "levels" not in term:
        return numpy.where(missing, 0.0, term["coefficient"] * (values - term["mean"]) / term["scale"])
    levels = len(term["levels"])
    table = numpy.array([*term["levels"], term["missing"]], dtype=numpy.float64)
    known = ~missing & (values >= 0) & (values < levels)
    return table[numpy.where(known, values, levels).astype(int)]


FLAVOURS = {"xgboost": ("model.ubj", _xgboost), "logistic": ("model.json", _logistic)}
