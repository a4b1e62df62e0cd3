"""Makes captured resources in moto, a stand-in for AWS, by boto3 alone: which are accepted, and what the others were refused for.

stdin: {"region", "account", "resources": [{"type", "name", "inputs"}]}; stdout: {"accepted": {type: count}, "refused": [text]}.
"""

import json
import os
import sys

import boto3
from moto import mock_aws


def pascal(value):
    """Pulumi's names as the AWS API writes them."""
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: pascal(inner) for key, inner in value.items()}
    return [pascal(inner) for inner in value] if isinstance(value, list) else value


def make_key(client, given):
    key = client.create_key(Description=given["description"], Policy=given["policy"])["KeyMetadata"]["KeyId"]
    client.enable_key_rotation(KeyId=key)


def make_bucket(client, given):
    client.create_bucket(Bucket=given["bucket"], CreateBucketConfiguration={"LocationConstraint": client.meta.region_name})


def encrypt_bucket(client, given):
    rules = []
    for rule in given["rules"]:
        default = rule["applyServerSideEncryptionByDefault"]
        made = {"SSEAlgorithm": default["sseAlgorithm"]}
        if "kmsMasterKeyId" in default:
            made["KMSMasterKeyID"] = default["kmsMasterKeyId"]
        rules.append(
            {"ApplyServerSideEncryptionByDefault": made, "BucketKeyEnabled": rule.get("bucketKeyEnabled", False)}
        )
    client.put_bucket_encryption(Bucket=given["bucket"], ServerSideEncryptionConfiguration={"Rules": rules})


def keep_bucket(client, given):
    rules = []
    for rule in given["rules"]:
        made = {"ID": rule["id"], "Status": rule["status"], "Filter": {}}
        prefix = (rule.get("filter") or {}).get("prefix")
        made["Filter"] = {"Prefix": prefix or ""}
        for name in ("expiration", "noncurrentVersionExpiration", "abortIncompleteMultipartUpload"):
            if name in rule:
                made[name[0].upper() + name[1:]] = pascal(rule[name])
        if "transitions" in rule:
            made["Transitions"] = [pascal(one) for one in rule["transitions"]]
        rules.append(made)
    client.put_bucket_lifecycle_configuration(Bucket=given["bucket"], LifecycleConfiguration={"Rules": rules})


def block_bucket(client, given):
    names = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    block = {name[0].upper() + name[1:]: given[name] for name in names}
    client.put_public_access_block(Bucket=given["bucket"], PublicAccessBlockConfiguration=block)


def make_table(client, given):
    client.create_table(
        TableName=given["name"],
        AttributeDefinitions=[{"AttributeName": one["name"], "AttributeType": one["type"]} for one in given["attributes"]],
        KeySchema=[{"AttributeName": given["hashKey"], "KeyType": "HASH"}],
        BillingMode=given["billingMode"],
        DeletionProtectionEnabled=given.get("deletionProtectionEnabled", False),
        SSESpecification={
            "Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": given["serverSideEncryption"]["kmsKeyArn"],
        },
    )
    client.update_continuous_backups(
        TableName=given["name"], PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )


def make_alarm(client, given):
    names = {
        "name": "AlarmName", "alarmDescription": "AlarmDescription", "alarmActions": "AlarmActions",
        "okActions": "OKActions", "insufficientDataActions": "InsufficientDataActions", "metricName": "MetricName",
        "namespace": "Namespace", "statistic": "Statistic", "period": "Period", "threshold": "Threshold",
        "evaluationPeriods": "EvaluationPeriods", "datapointsToAlarm": "DatapointsToAlarm",
        "comparisonOperator": "ComparisonOperator", "treatMissingData": "TreatMissingData",
    }
    made = {names[key]: value for key, value in given.items() if key in names}
    if "dimensions" in given:
        made["Dimensions"] = [{"Name": key, "Value": value} for key, value in given["dimensions"].items()]
    if "metricQueries" in given:
        made["Metrics"] = [query_of(one) for one in given["metricQueries"]]
    client.put_metric_alarm(**made)


def query_of(given):
    made = {"Id": given["id"], "ReturnData": given.get("returnData", False)}
    for key, name in (("expression", "Expression"), ("label", "Label")):
        if key in given:
            made[name] = given[key]
    if "metric" in given:
        metric = given["metric"]
        dimensions = [{"Name": key, "Value": value} for key, value in (metric.get("dimensions") or {}).items()]
        made["MetricStat"] = {
            "Metric": {"Namespace": metric["namespace"], "MetricName": metric["metricName"], "Dimensions": dimensions},
            "Period": metric["period"], "Stat": metric["stat"],
        }
    return made


def make_repository(client, given):
    client.create_repository(
        repositoryName=given["name"],
        imageTagMutability=given["imageTagMutability"],
        imageScanningConfiguration=given["imageScanningConfiguration"],
        encryptionConfiguration=given["encryptionConfigurations"][0],
    )


MAKERS = [
    ("aws:kms/key:Key", "kms", make_key),
    ("aws:s3/bucket:Bucket", "s3", make_bucket),
    ("aws:s3/bucketVersioning:BucketVersioning", "s3", lambda c, g: c.put_bucket_versioning(
        Bucket=g["bucket"], VersioningConfiguration={"Status": g["versioningConfiguration"]["status"]})),
    ("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration", "s3", encrypt_bucket),
    ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "s3", keep_bucket),
    ("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "s3", block_bucket),
    ("aws:s3/bucketPolicy:BucketPolicy", "s3", lambda c, g: c.put_bucket_policy(Bucket=g["bucket"], Policy=g["policy"])),
    ("aws:dynamodb/table:Table", "dynamodb", make_table),
    ("aws:sns/topic:Topic", "sns", lambda c, g: c.create_topic(
        Name=g["name"], Attributes={"KmsMasterKeyId": g["kmsMasterKeyId"], "DisplayName": g["displayName"]})),
    ("aws:sns/topicPolicy:TopicPolicy", "sns", lambda c, g: c.set_topic_attributes(
        TopicArn=g["arn"], AttributeName="Policy", AttributeValue=g["policy"])),
    ("aws:sqs/queue:Queue", "sqs", lambda c, g: c.create_queue(
        QueueName=g["name"], Attributes={"KmsMasterKeyId": g["kmsMasterKeyId"],
                                         "MessageRetentionPeriod": str(g["messageRetentionSeconds"])})),
    ("aws:cloudwatch/metricAlarm:MetricAlarm", "cloudwatch", make_alarm),
    ("aws:cloudwatch/dashboard:Dashboard", "cloudwatch", lambda c, g: c.put_dashboard(
        DashboardName=g["dashboardName"], DashboardBody=g["dashboardBody"])),
    ("aws:ecr/repository:Repository", "ecr", make_repository),
    ("aws:ecr/lifecyclePolicy:LifecyclePolicy", "ecr", lambda c, g: c.put_lifecycle_policy(
        repositoryName=g["repository"], lifecyclePolicyText=g["policy"])),
    ("aws:ecr/repositoryPolicy:RepositoryPolicy", "ecr", lambda c, g: c.set_repository_policy(
        repositoryName=g["repository"], policyText=g["policy"])),
    ("aws:iam/policy:Policy", "iam", lambda c, g: c.create_policy(PolicyName=g["name"], PolicyDocument=g["policy"])),
    ("aws:iam/role:Role", "iam", lambda c, g: c.create_role(
        RoleName=g["name"], AssumeRolePolicyDocument=g["assumeRolePolicy"],
        MaxSessionDuration=g.get("maxSessionDuration", 3600))),
    ("aws:iam/rolePolicy:RolePolicy", "iam", lambda c, g: c.put_role_policy(
        RoleName=g["role"], PolicyName=g["name"], PolicyDocument=g["policy"])),
    ("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "iam", lambda c, g: c.attach_role_policy(
        RoleName=g["role"], PolicyArn=g["policyArn"])),
]


def main():
    given = json.load(sys.stdin)
    # Of moto itself: the account in which everything is made. The keys of the client are no keys.
    os.environ.update(
        MOTO_ACCOUNT_ID=given["account"], AWS_ACCESS_KEY_ID="testing", AWS_SECRET_ACCESS_KEY="testing",
        AWS_DEFAULT_REGION=given["region"],
    )
    accepted, refused = {}, []
    with mock_aws():
        for kind, service, make in MAKERS:
            client = boto3.client(service, region_name=given["region"])
            for resource in (one for one in given["resources"] if one["type"] == kind):
                try:
                    make(client, resource["inputs"])
                    accepted[kind] = accepted.get(kind, 0) + 1
                except Exception as error:  # noqa: BLE001 - every refusal is told, whatever its kind
                    refused.append(f"{kind} {resource['name']}: {type(error).__name__}: {error}")
    json.dump({"accepted": accepted, "refused": refused}, sys.stdout)


main()
