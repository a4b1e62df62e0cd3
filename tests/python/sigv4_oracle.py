"""Signs requests the way botocore does, for AWS Signature Version 4.

stdin: [{"service", "region", "method", "url", "headers", "body" (UTF-8 text), "date" (YYYYMMDDTHHMMSSZ), "key", "secret", "token"}];
stdout: [{"signature", "authorization"}].
"""

import datetime
import hashlib
import json
import sys
from unittest import mock

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials


def sign(case):
    body = case.get("body", "").encode()
    # AWS's own MLflow plugin sends the hash of the body, so it is signed.
    headers = {**case["headers"], "x-amz-content-sha256": hashlib.sha256(body).hexdigest()}
    request = AWSRequest(method=case["method"], url=case["url"], headers=headers, data=body)
    date = datetime.datetime.strptime(case["date"], "%Y%m%dT%H%M%SZ")
    credentials = Credentials(case["key"], case["secret"], case.get("token"))
    with mock.patch("botocore.auth.get_current_datetime", lambda: date):
        SigV4Auth(credentials, case["service"], case["region"]).add_auth(request)
    authorization = request.headers["Authorization"]
    return {"authorization": authorization, "signature": authorization.rsplit("Signature=", 1)[1]}


print(json.dumps([sign(case) for case in json.load(sys.stdin)]))
