"""What schemathesis has to know of the server: real ids for paths, and which failures the contract names."""

import os

import requests
import schemathesis

BASE = os.environ["CONFAB_BASE"]
ACCOUNT = os.environ["CONFAB_ACCOUNT"]
INBOX = os.environ["CONFAB_INBOX"]


def made(path, body):
    answer = requests.post(BASE + path, json=body, timeout=20)
    answer.raise_for_status()
    return answer.json()


CLIENT = f"/public/api/v1/inboxes/{INBOX}/contacts"
SESSION = made(CLIENT, {"name": "Path"})
CONVERSATION = made(f"{CLIENT}/{SESSION['source_id']}/conversations", {})
MESSAGE = made(f"{CLIENT}/{SESSION['source_id']}/conversations/{CONVERSATION['id']}/messages", {"content": "hello"})
REAL = {
    "account_id": int(ACCOUNT),
    "inbox_identifier": INBOX,
    "source_id": SESSION["source_id"],
    "conversation": CONVERSATION["id"],
    "message": MESSAGE["id"],
    "uuid": CONVERSATION["uuid"],
    "number": CONVERSATION["inbox_id"],
}
NUMBERS = {"contacts": SESSION["id"], "conversations": CONVERSATION["id"]}
NOTHING = 2_000_000_000


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Where paths are well formed they lead to what is there, except for what they would delete."""
    shared = raw_schema["components"]["parameters"]
    for path, operations in raw_schema["paths"].items():
        kind = next((kind for kind in NUMBERS if f"/{kind}/" in path), None)
        real = {**REAL, "number": NUMBERS.get(kind, REAL["number"])}
        for method, operation in operations.items():
            if method == "parameters":
                continue
            own = operation.setdefault("parameters", [])
            for name in (word[1:-1] for word in path.split("/") if word.startswith("{")):
                last = path.endswith(f"{{{name}}}")
                value = NOTHING if method == "delete" and last else real[name]
                schema = {**shared[name]["schema"], "enum": [value]}
                own.append({**shared[name], "schema": schema, "example": value})


@schemathesis.check
def only_named_failures(ctx, response, case):
    """A 5xx is one that the description names, for this operation or for all."""
    if response.status_code < 500:
        return
    causes = response.headers.get("x-confab-cause", ["none"])
    named = [*case.operation.schema.raw_schema["x-stumbles"], *case.operation.definition.raw.get("x-stumbles", [])]
    unnamed = [cause for cause in causes if cause not in named]
    assert response.status_code == 500 and not unnamed, f"{response.status_code} for an unnamed cause: {unnamed}"
