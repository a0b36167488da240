"""Reads what a run left behind as any Python user would: MLflow's client, pyfunc, deltalake. Knows nothing of Penstock.

Arguments: MLflow's address, the registered model, the pipeline's folder in the warehouse, the file for the answer (JSON).
"""

import json
import math
import sys

import mlflow
from deltalake import DeltaTable
from mlflow.tracking import MlflowClient

server, name, tables, answer = sys.argv[1:]
mlflow.set_tracking_uri(server)
client = MlflowClient(server)
pipeline = name.split(".")[0]

champion = client.get_model_version_by_alias(name, "champion")
model = mlflow.pyfunc.load_model(f"models:/{name}@champion")
columns = model.metadata.get_input_schema().input_names()

key = ["flight_id", "unit"]
given = DeltaTable(f"{tables}/scoring/late").to_pandas()
scores = DeltaTable(f"{tables}/scores/late").to_pandas()
both = scores.merge(given, on=key, how="outer", suffixes=("", "_given"), indicator=True)
files = mlflow.artifacts.download_artifacts(f"models:/{name}@champion", dst_path=f"{answer}.model")
with open(f"{files}/penstock.json", encoding="utf-8") as file:
    dictionaries = json.load(file)["dictionaries"]
# The table holds codes, the model takes raw values
inputs = both[columns].astype("float64")
for column, values in dictionaries.items():
    inputs[column] = [None if math.isnan(code) else values[int(code)] for code in inputs[column]]
predicted = model.predict(inputs)
scored = both["score"].notna().to_numpy()
difference = abs(predicted - both["score"].to_numpy())[scored]


def experiment(title):
    found = client.get_experiment_by_name(title)
    if found is None:
        return []
    return [
        {
            "name": run.info.run_name,
            "status": run.info.status,
            "params": run.data.params,
            "tags": run.data.tags,
            "metrics": {
                metric: [[point.step, point.value] for point in client.get_metric_history(run.info.run_id, metric)]
                for metric in run.data.metrics
            },
            "datasets": [used.dataset.name for used in run.inputs.dataset_inputs],
            "models": [made.model_id for made in run.outputs.model_outputs],
        }
        for run in client.search_runs([found.experiment_id])
    ]


with open(answer, "w", encoding="utf-8") as file:
    json.dump(
        {
            "version": champion.version,
            "version_tags": champion.tags,
            "columns": columns,
            "categories": len(dictionaries),
            "rows": len(both),
            "unmatched": int((both["_merge"] != "both").sum()),
            "scored": int(scored.sum()),
            "held": int((~scored).sum()),
            "missing_values": int(inputs.isna().sum().sum()),
            "distinct_scores": int(both["score"].nunique()),
            "largest_difference": float(difference.max()),
            "differing": int((difference != 0).sum()),
            "operations": experiment(f"{pipeline}/operations"),
            "trainings": experiment(f"{pipeline}/late"),
        },
        file,
    )
