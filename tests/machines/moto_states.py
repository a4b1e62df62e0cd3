"""moto's server, with the one integration of Step Functions that it has not, `sagemaker:createProcessingJob.sync`, and pauses cut short.

moto hands calls of SageMaker on but waits for no job, and calls every error of them `States.Runtime`. Here a job is described until
it has ended, as Step Functions hears of its end by an event, and errors have the names that Step Functions gives them. Pauses (Wait, and
between tries) take a ten-thousandth of their time, so that machines run as they are written; time limits are what they are.

Arguments are those of `moto.server`; MOTO_PORT is the port that the machines' own calls go to.
"""

import json
import sys
import time
from functools import lru_cache
from types import SimpleNamespace

from moto.stepfunctions.parser.asl.utils import boto_client

make_client = lru_cache(maxsize=None)(boto_client.boto_client_for)
# Before anybody imports it: moto makes a client for each call, which for SageMaker takes longer than all else.
boto_client.boto_client_for = lambda region, service, state_credentials=None: make_client(region, service)

from botocore.exceptions import ClientError
from moto.server import main
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.custom_error_name import CustomErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import FailureEvent, FailureEventException
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import StatesErrorName
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.common.retry import retrier_decl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_callback as callback
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_factory as factory
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_unsupported as unsupported
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import ResourceCondition
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction

# What the SageMaker API says by name; all else is AmazonSageMakerException.
NAMED = {"ResourceLimitExceeded", "ResourceInUse", "ResourceNotFound", "ConflictException"}


class StateTaskServiceSageMaker(unsupported.StateTaskServiceUnsupported):
    def __init__(self):
        # Without tokens moto has nothing to tidy up when the waiting has ended, and fails at it.
        patterns = {ResourceCondition.Sync, ResourceCondition.WaitForTaskToken}
        callback.StateTaskServiceCallback.__init__(self, supported_integration_patterns=patterns)

    def _failure(self, env, name, cause):
        details = TaskFailedEventDetails(
            error=name.error_name,
            cause=cause,
            resource=self._get_sfn_resource(),
            resourceType=self._get_sfn_resource_type(),
        )
        event_details = {"taskFailedEventDetails": details}
        return FailureEvent(
            env=env, error_name=name, event_type=HistoryEventType.TaskFailed, event_details=event_details
        )

    def _from_error(self, env, ex):
        if not isinstance(ex, ClientError):
            return super()._from_error(env=env, ex=ex)
        code, message = ex.response["Error"]["Code"], ex.response["Error"]["Message"]
        known = code.removesuffix("Exception") + "Exception" if code in NAMED else "AmazonSageMakerException"
        cause = f"{message} (Service: AmazonSageMaker; Error Code: {code})"
        return self._failure(env, CustomErrorName(f"SageMaker.{known}"), cause)

    def _eval_sync(self, env, sync_resolver, timeout_seconds, callback_endpoint, heartbeat_endpoint):
        # Nor does it wait a second time for a token, when the state is tried again: that would be a time-out at once.
        return super()._eval_sync(env, sync_resolver, timeout_seconds, None, heartbeat_endpoint)

    def _build_sync_resolver(self, env, resource_runtime_part, normalised_parameters, state_credentials):
        env.stack.pop()
        name = normalised_parameters["ProcessingJobName"]
        client = make_client(resource_runtime_part.region, "sagemaker")

        def resolve():
            job = client.describe_processing_job(ProcessingJobName=name)
            job.pop("ResponseMetadata", None)
            if job["ProcessingJobStatus"] == "Completed":
                return job
            if job["ProcessingJobStatus"] in ("Failed", "Stopped"):
                failed = StatesErrorName(typ=StatesErrorNameType.StatesTaskFailed)
                cause = json.dumps(job, default=str)
                raise FailureEventException(self._failure(env, failed, cause))
            return None

        return resolve


PAUSE = 1 / 10_000
retrier_decl.time = SimpleNamespace(sleep=lambda seconds: time.sleep(seconds * PAUSE))
WaitFunction._wait_interval = lambda self, env, wait_seconds: env.program_state_event.wait(wait_seconds * PAUSE)
callback._DELAY_SECONDS_SYNC_CONDITION_CHECK = 0.05
factory.StateTaskServiceUnsupported = StateTaskServiceSageMaker
main(sys.argv[1:])
