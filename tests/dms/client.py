"""client.py FOLDERS: botocore's DMS client with `control` in the place of the network.

Takes a long time to start, so there is one for many tests, which forks for each: FOLDERS is a FIFO from which it reads
the tests' folders, a line each. The child writes its pid into the FIFO FOLDER/.outcomes, then what came of each request
in the FIFO FOLDER/.requests, a line for each line of JSON; it ends when there is no writer of requests left.

  control     the path of control
  operation   such as ImportCertificate
  parameters  for the client, which makes the document of them
  document    a text that goes out instead of what the client made
  pages       true: by the client's paginator; `answer` then has all Certificates, and the `sizes` of the pages
  whole       true: the outcome comes as a line of JSON; else as its fields, for a shell, between \\x1f

An outcome, in the order of its fields: `code` and `class` (the exception's) and `message` of the fault, all empty for none; `errno` of the write;
the answer's `reason`; `answer` as the client's parser gives it, dates as YYYY-MM-DDTHH:MM:SS.ffffffZ; `raw`, the answer's
own JSON.
An answer that has not exactly the members and types of the service model gets the code "misfit".

The model is Debian's, which knows neither KmsKeyId nor certfs's own members of ImportCertificate: model/ has those.
"""

import base64
import datetime
import errno
import io
import json
import os
import signal
import sys

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from botocore.validate import ParamValidator

MODEL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "model")


def exchange(path, document):
    """One write(2), then the answer from the same descriptor, also when the write failed."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        refusal = ""
        try:
            os.write(descriptor, document)
        except OSError as error:
            refusal = errno.errorcode[error.errno]
        answer = b""
        while piece := os.read(descriptor, 65536):
            answer += piece
        return refusal, answer
    finally:
        os.close(descriptor)


class Body(io.BytesIO):
    """The object from which botocore reads an answer."""

    def stream(self):
        yield self.read()


class Transport:
    """Stands where botocore would send a request over the network."""

    def __init__(self, request):
        self.path = request["control"]
        self.document = request.get("document")
        self.errno = ""
        self.answer = b""

    def send(self, request, event_name, **_):
        operation = event_name.rpartition(".")[2]
        document = self.document.encode() if self.document is not None else with_action(operation, request.body)
        self.errno, self.answer = exchange(self.path, document)
        return AWSResponse(request.url, 400 if self.errno else 200, {}, Body(self.answer))


def with_action(operation, body):
    """On the wire the operation stands in a header. ImportCertificate is known by its members."""
    if operation == "ImportCertificate":
        return body
    return json.dumps({"Action": operation, **json.loads(body)}).encode()


def make_client():
    session = botocore.session.Session()
    session.get_component("data_loader").search_paths.insert(0, MODEL)
    return session.create_client("dms", region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none",
                                 config=Config(retries={"max_attempts": 0}))


def method_of(client, operation):
    return next(name for name, called in client.meta.method_to_api_mapping.items() if called == operation)


def call(client, request):
    method = method_of(client, request["operation"])
    parameters = request.get("parameters", {})
    if "CertificateWallet" in parameters:  # bytes cannot be written in JSON; botocore takes them alone
        parameters["CertificateWallet"] = base64.b64decode(parameters["CertificateWallet"])
    if not request.get("pages"):
        answer = getattr(client, method)(**parameters)
        del answer["ResponseMetadata"]
        return answer
    pages = [page["Certificates"] for page in client.get_paginator(method).paginate(**parameters)]
    return {"Certificates": sum(pages, []), "sizes": [len(page) for page in pages]}


def json_of(answer):
    try:
        return json.loads(answer)
    except ValueError:
        return None


def misfit(client, operation, outcome):
    """The differences between the answer's own JSON and the model; empty for none."""
    body = outcome["raw"]
    if not isinstance(body, dict):
        return "the answer is no JSON object"
    model = client.meta.service_model
    shape = model.operation_model(operation).output_shape
    if outcome["code"]:
        # The model knows no common faults as InvalidParameterValueException. All have this shape.
        shape = model.shape_for_error_code(outcome["code"]) or model.shape_for("InvalidCertificateFault")
        body = {name: value for name, value in body.items() if name not in ("__type", "reason")}
    elif operation == "ImportCertificate":
        body = {name: value for name, value in body.items() if name not in ("repairs", "warnings", "waived")}
    return ParamValidator().validate(body, shape).generate_report()


def carry_out(client, request):
    transport = Transport(request)
    outcome = {"code": "", "class": "", "message": "", "answer": {}, "broken": False}
    client.meta.events.register_first("before-send.database-migration-service", transport.send, "transport")
    try:
        outcome["answer"] = call(client, request)
    except ClientError as error:
        fault = error.response.pop("Error")
        del error.response["ResponseMetadata"]
        outcome.update({"code": fault["Code"], "class": type(error).__name__, "message": fault["Message"],
                        "answer": error.response})
    except (BotoCoreError, ResponseParserError, OSError) as error:
        outcome.update({"code": type(error).__name__, "message": f"{error}; the answer: {transport.answer}", "broken": True})
    finally:
        client.meta.events.unregister("before-send.database-migration-service", transport.send, "transport")
    outcome["errno"] = transport.errno
    outcome["raw"] = json_of(transport.answer)
    outcome["reason"] = outcome["raw"].get("reason", "") if isinstance(outcome["raw"], dict) else ""
    report = misfit(client, request["operation"], outcome)
    if report and not outcome["broken"]:
        outcome.update({"code": "misfit", "message": report})
    return outcome


def as_text(value):
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    raise TypeError(f"{type(value)} in an answer")


def as_json(value):
    return json.dumps(value, default=as_text, ensure_ascii=False, separators=(",", ":"))


def line_of(outcome, whole):
    if whole:
        return as_json(outcome)
    texts = [outcome[name].replace("\n", " ") for name in ("code", "class", "message", "errno", "reason")]
    return "\x1f".join(texts + [as_json(outcome[name]) for name in ("answer", "raw")])


def serve(client, folder):
    with open(f"{folder}/.outcomes", "w", buffering=1) as outcomes, open(f"{folder}/.requests") as requests:
        print(os.getpid(), file=outcomes)
        for line in requests:
            request = json.loads(line)
            print(line_of(carry_out(client, request), request.get("whole")), file=outcomes)


dms = make_client()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
# Opened for both directions, it never ends.
for path in open(os.open(sys.argv[1], os.O_RDWR)):
    if os.fork() == 0:
        serve(dms, path.rstrip("\n"))
        os._exit(0)
