"""The segmentation pipeline once more, by the SageMaker Python SDK (`sagemaker<3`), from its description alone.

Reads {"options": ...} as JSON from stdin and prints the pipeline's definition as JSON. Nothing is called: no AWS account, no network.
"""

import json
import logging
import os
import sys
import warnings

os.environ["SAGEMAKER_SUPPRESS_V2_WARNING"] = "1"
warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

import boto3
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.network import NetworkConfig
from sagemaker.processing import ProcessingInput, ProcessingOutput, Processor
from sagemaker.workflow.condition_step import ConditionStep
from sagemaker.workflow.conditions import ConditionEquals
from sagemaker.workflow.execution_variables import ExecutionVariables
from sagemaker.workflow.fail_step import FailStep
from sagemaker.workflow.functions import Join, JsonGet
from sagemaker.workflow.parameters import ParameterFloat, ParameterInteger, ParameterString
from sagemaker.workflow.pipeline import Pipeline
from sagemaker.workflow.pipeline_context import PipelineSession
from sagemaker.workflow.properties import PropertyFile
from sagemaker.workflow.retry import (
    SageMakerJobExceptionTypeEnum,
    SageMakerJobStepRetryPolicy,
    StepExceptionTypeEnum,
    StepRetryPolicy,
)
from sagemaker.workflow.steps import CacheConfig, ProcessingStep, TrainingStep

RUN_ID = ExecutionVariables.PIPELINE_EXECUTION_ID
HOUR_S = 3600


def parameters(image):
    text = ParameterString
    return [
        text("ClieInputUri"),
        text("PolaInputUri"),
        text("HfacInputUri"),
        text("OutputUri"),
        text("ArtifactUri"),
        text("ExecutionDate"),
        text("ProcessingInstanceType", "ml.m5.large"),
        ParameterInteger("ProcessingInstanceCount", 1),
        text("TrainingInstanceType", "ml.m5.large"),
        ParameterInteger("TrainingInstanceCount", 1),
        text("ImageUri", image),
        text("ConfigUri", "none"),
        text("MlflowTrackingUri", "none"),
        text("ModelPackageGroups", "segmentation-domestic,segmentation-industrial"),
        text("BenchmarkMode", "standalone", enum_values=["standalone", "compare"]),
        text("PreviousBenchmarkUri", "none"),
        text("BaselineFeaturesUri", "none"),
        text("BaselineModelsUri", "none"),
        ParameterFloat("DriftThreshold", 0.25),
        text("FailOnDrift", "false", enum_values=["true", "false"]),
    ]


class Builder:
    def __init__(self, options):
        self.options = options
        self.parameters = parameters(options["image"])
        self.named = {one.name: one for one in self.parameters}
        quiet = {"SageMaker": {"PythonSDK": {"Modules": {"TelemetryOptOut": True}}}, "SchemaVersion": "1.0"}
        account = boto3.Session(region_name="eu-west-1", aws_access_key_id="none", aws_secret_access_key="none")
        self.session = PipelineSession(boto_session=account, default_bucket="none", sagemaker_config=quiet)

    def environment(self):
        run = {} if self.options.get("cache") else {"PILOTLIGHT_RUN_ID": RUN_ID}
        return {
            **run,
            "PILOTLIGHT_EXECUTION_DATE": self.named["ExecutionDate"],
            "PILOTLIGHT_BUCKET_URI": self.options["bucketUri"],
            "PILOTLIGHT_CODE_VERSION": self.options["codeVersion"],
            "PILOTLIGHT_STACK": self.options["stack"],
            "MLFLOW_TRACKING_URI": self.named["MlflowTrackingUri"],
        }

    def tags(self):
        return [{"Key": key, "Value": value} for key, value in self.options["tags"].items()]

    def uri(self, root, layer, *rest):
        return Join(on="/", values=[self.named[root], layer, RUN_ID, *rest])

    def from_parameter(self, key, name):
        return ["--input", Join(on="", values=[f"{key}=", self.named[name]])]

    def handed(self, *names):
        pairs = (["--param", Join(on="", values=[f"{name}=", self.named[name]])] for name in names)
        return [argument for pair in pairs for argument in pair]

    def step_options(self):
        tries = dict(backoff_rate=2, interval_seconds=60, max_attempts=3)
        service = [StepExceptionTypeEnum.SERVICE_FAULT, StepExceptionTypeEnum.THROTTLING]
        job = SageMakerJobExceptionTypeEnum
        machine = [job.INTERNAL_ERROR, job.CAPACITY_ERROR, job.RESOURCE_LIMIT]
        cache = self.options.get("cache")
        return dict(
            retry_policies=[
                StepRetryPolicy(exception_types=service, **tries),
                SageMakerJobStepRetryPolicy(exception_types=machine, **tries),
            ],
            cache_config=CacheConfig(enable_caching=True, expire_after=cache) if cache else None,
        )

    def processing(self, name, description, inputs, outputs, arguments, property_files=None):
        """A step with `inputs` {key: URI}, `outputs` {key: URI}, `arguments` between the two and after them."""
        options = self.options
        processor = Processor(
            role=options["roleArn"],
            image_uri=self.named["ImageUri"],
            entrypoint=["pilotlight", "step", "segmentation", name],
            instance_type=self.named["ProcessingInstanceType"],
            instance_count=self.named["ProcessingInstanceCount"],
            volume_size_in_gb=200,
            volume_kms_key=options["kmsKeyId"],
            output_kms_key=options["kmsKeyId"],
            max_runtime_in_seconds=6 * HOUR_S,
            sagemaker_session=self.session,
            env=self.environment(),
            tags=self.tags(),
            network_config=NetworkConfig(
                enable_network_isolation=False,
                security_group_ids=options["securityGroupIds"],
                subnets=options["subnetIds"],
                encrypt_inter_container_traffic=True,
            ),
        )
        optional, handed = arguments
        given = [word for key in inputs for word in ("--input", f"{key}=/opt/ml/processing/input/{key}")]
        made = [word for key in outputs for word in ("--output", f"{key}=/opt/ml/processing/output/{key}")]
        run = processor.run(
            inputs=[
                ProcessingInput(input_name=key, source=uri, destination=f"/opt/ml/processing/input/{key}")
                for key, uri in inputs.items()
            ],
            outputs=[
                ProcessingOutput(output_name=key, source=f"/opt/ml/processing/output/{key}", destination=uri)
                for key, uri in outputs.items()
            ],
            arguments=[*given, *optional, *made, *handed],
        )
        more = self.step_options()
        return ProcessingStep(name, step_args=run, description=description, property_files=property_files, **more)

    def training(self, kind, splits):
        options = self.options
        estimator = Estimator(
            role=options["roleArn"],
            image_uri=self.named["ImageUri"],
            container_entry_point=["pilotlight", "step", "segmentation", f"Train{kind}"],
            container_arguments=[
                *["--input", "splits=/opt/ml/input/data/splits"],
                *self.from_parameter("config", "ConfigUri"),
                *["--output", "model=/opt/ml/model"],
                *self.handed("ExecutionDate"),
                *["--param", f"ModelType={kind}"],
            ],
            instance_type=self.named["TrainingInstanceType"],
            instance_count=self.named["TrainingInstanceCount"],
            volume_size=200,
            volume_kms_key=options["kmsKeyId"],
            output_kms_key=options["kmsKeyId"],
            max_run=6 * HOUR_S,
            output_path=self.uri("ArtifactUri", "models", kind),
            disable_output_compression=True,
            sagemaker_session=self.session,
            environment=self.environment(),
            tags=self.tags(),
            subnets=options["subnetIds"],
            security_group_ids=options["securityGroupIds"],
            encrypt_inter_container_traffic=True,
            enable_network_isolation=False,
            disable_profiler=True,
            debugger_hook_config=False,
        )
        description = f"Boosted trees for {kind} contracts: model, predictions, curves, importance"
        run = estimator.fit(inputs={"splits": TrainingInput(s3_data=splits)})
        return TrainingStep(f"Train{kind}", step_args=run, description=description, **self.step_options())


def output_of(step, key):
    return step.properties.ProcessingOutputConfig.Outputs[key].S3Output.S3Uri


def segmentation(builder):
    named = builder.named
    preprocess = builder.processing(
        "PreprocessSplit",
        "Check, join, invoices to columns, split by tarifa and into train / test / inference",
        {"clie": named["ClieInputUri"], "pola": named["PolaInputUri"], "hfac": named["HfacInputUri"]},
        {"splits": builder.uri("ArtifactUri", "splits"), "cohorts": builder.uri("ArtifactUri", "cohorts")},
        (builder.from_parameter("config", "ConfigUri"), [*builder.handed("ExecutionDate"), "--param", "Mode=train"]),
    )
    summary = PropertyFile(name="DriftSummary", output_name="report", path="drift_summary.json")
    check = builder.processing(
        "DriftCheck",
        "Drift of every feature, and of the predictions, against the baseline",
        {"current": output_of(preprocess, "splits"), "cohorts": output_of(preprocess, "cohorts")},
        {"report": builder.uri("ArtifactUri", "drift")},
        (
            [
                *builder.from_parameter("reference", "BaselineFeaturesUri"),
                *builder.from_parameter("models", "BaselineModelsUri"),
                *builder.from_parameter("config", "ConfigUri"),
            ],
            builder.handed("ExecutionDate", "DriftThreshold"),
        ),
        [summary],
    )
    train = {kind: builder.training(kind, output_of(preprocess, "splits")) for kind in ("Domestic", "Industrial")}
    report = builder.processing(
        "InferenceReporting",
        "Score every contract, cluster, BENCHMARK, summary",
        {
            "splits": output_of(preprocess, "splits"),
            "domestic": train["Domestic"].properties.ModelArtifacts.S3ModelArtifacts,
            "industrial": train["Industrial"].properties.ModelArtifacts.S3ModelArtifacts,
            "drift": output_of(check, "report"),
        },
        {
            "clusters": builder.uri("OutputUri", "clusters"),
            "benchmark": builder.uri("OutputUri", "benchmark"),
            "report": builder.uri("ArtifactUri", "report"),
        },
        (
            [
                *builder.from_parameter("previous", "PreviousBenchmarkUri"),
                *builder.from_parameter("config", "ConfigUri"),
            ],
            builder.handed("ExecutionDate", "BenchmarkMode"),
        ),
    )
    found = FailStep(
        "DriftFound",
        'drift found and FailOnDrift is "true": read the drift report, then retrain or correct the data',
    )
    drifted = JsonGet(step_name="DriftCheck", property_file=summary, json_path="overall_drift")
    gate = ConditionStep(
        "DriftGate",
        conditions=[ConditionEquals(named["FailOnDrift"], "true"), ConditionEquals(drifted, True)],
        if_steps=[found],
        else_steps=[train["Domestic"], train["Industrial"], report],
    )
    return Pipeline(
        "segmentation",
        parameters=builder.parameters,
        steps=[preprocess, check, gate],
        sagemaker_session=builder.session,
        pipeline_experiment_config=None,
    )


def main():
    builder = Builder(json.load(sys.stdin)["options"])
    definition = segmentation(builder).definition()
    print(json.dumps(json.loads(definition)))


if __name__ == "__main__":
    main()
