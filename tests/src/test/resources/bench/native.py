"""From a Delta table at a version to a saved model by XGBoost alone; says what it took, imports left out."""

import json
import resource
import sys
import time

import numpy
import pyarrow.compute
import xgboost
from deltalake import DeltaTable

with open(sys.argv[1]) as asked:
    request = json.load(asked)


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def matrix(table):
    columns = [table[name].to_numpy().astype(numpy.float32) for name in request["features"]]
    return xgboost.DMatrix(
        numpy.column_stack(columns),
        label=table["label"].to_numpy(),
        weight=table["weight"].to_numpy(),
        feature_names=request["features"],
        missing=numpy.nan,
        nthread=1,
    )


used, began = cpu(), time.perf_counter()
pyarrow.set_cpu_count(1)
table = DeltaTable(request["table"], version=request["version"]).to_pyarrow_table(
    columns=[*request["features"], "label", "weight", "split"]
)
train = matrix(table.filter(pyarrow.compute.equal(table["split"], "train")))
validation = matrix(table.filter(pyarrow.compute.equal(table["split"], "validation")))
parameters = dict(request["params"], nthread=1)
curves = {}
xgboost.train(
    parameters,
    train,
    num_boost_round=request["rounds"],
    evals=[(train, "train"), (validation, "validation")],
    evals_result=curves,
    verbose_eval=False,
)
best = int(numpy.argmin(curves["validation"]["logloss"]))
both = matrix(table)
xgboost.train(parameters, both, num_boost_round=best + 1).save_model(request["model"])
print(json.dumps({"cpu": cpu() - used, "wall": time.perf_counter() - began}))
