"""What MLflow's own client finds at a server: answers each line of stdin with one of stdout.

In: {"uri", "experiment"?, "artifacts"?: true, "models"?: [name]}; out: {"runs": [...], "models": {name: {...}}}.
Runs are those of the experiment that nobody deleted, oldest first: every point of every metric as [step, value], artifacts with
their SHA-256 where asked for.
"""

import hashlib
import json
import os
import pathlib
import sys
import tempfile

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] = "false"

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402


def describe_run(client, run, artifacts):
    history = {
        key: sorted([point.step, point.value] for point in client.get_metric_history(run.info.run_id, key))
        for key in run.data.metrics
    }
    described = {
        "run_id": run.info.run_id,
        "name": run.info.run_name,
        "status": run.info.status,
        "ended": run.info.end_time is not None,
        "params": run.data.params,
        "tags": run.data.tags,
        "metrics": history,
    }
    return {**described, "artifacts": hash_artifacts(run)} if artifacts else described


def hash_artifacts(run):
    with tempfile.TemporaryDirectory() as folder:
        path = mlflow.artifacts.download_artifacts(artifact_uri=run.info.artifact_uri, dst_path=folder)
        root = pathlib.Path(path)
        files = sorted(file for file in root.rglob("*") if file.is_file())
        return {file.relative_to(root).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def describe_model(client, name):
    model = client.get_registered_model(name)
    versions = sorted(client.search_model_versions(f"name = '{name}'"), key=lambda one: int(one.version))
    return {
        "aliases": {alias: int(version) for alias, version in model.aliases.items()},
        "tags": model.tags,
        "versions": [
            {
                "version": int(one.version),
                "run_id": one.run_id,
                "source": one.source,
                "tags": one.tags,
                "description": one.description,
            }
            for one in versions
        ],
    }


def answer(asked):
    mlflow.set_tracking_uri(asked["uri"])
    client = MlflowClient(asked["uri"])
    found = client.get_experiment_by_name(asked["experiment"]) if "experiment" in asked else None
    runs = client.search_runs([found.experiment_id], order_by=["attributes.start_time ASC"]) if found else []
    return {
        "runs": [describe_run(client, run, asked.get("artifacts", False)) for run in runs],
        "models": {name: describe_model(client, name) for name in asked.get("models", [])},
    }


for line in sys.stdin:
    print(json.dumps(answer(json.loads(line))), flush=True)
