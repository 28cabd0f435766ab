#!/usr/bin/env python3
"""Send the records of an enterprise's system to Seine.

Every CSV, XLSX or JSON file of a folder is one message of the feed, in the order
of names. Standard library only. Run it again after any interruption: it goes on
where it stopped, and what arrived already is not counted twice.

    seine_feed.py --url URL --client ID --secret-file FILE --book NUMBER --system NAME DIR

Ends with 0 when all was applied, 3 when something waits at customs, 1 when a
file was refused or could not be sent.
"""
import argparse
import datetime
import hashlib
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

ATTEMPTS = 5
TOKEN = "/api/v1/token"
TABLES = {".csv": "text/csv", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class Refused(Exception):
    def __init__(self, status, answer):
        super().__init__(f"{status}: {answer.decode('utf-8', 'replace')}")
        self.answer = answer


class Client:
    def __init__(self, url, book, system):
        self.url, self.book, self.system, self.token = url.rstrip("/"), book, system, ""
        self.enterprise, self.form = "", b""

    def do(self, method, path, kind=None, body=None):
        last = None
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(attempt)
            request = urllib.request.Request(self.url + path, data=body, method=method)
            if kind:
                request.add_header("Content-Type", kind)
            if self.token:
                request.add_header("Authorization", "Bearer " + self.token)
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    return answer.read()
            except urllib.error.HTTPError as refusal:
                content = refusal.read()
                if refusal.code == 401 and path != TOKEN and attempt < ATTEMPTS - 1:
                    self.sign_in()  # a token lives a quarter of an hour, a folder may take longer
                    last = Refused(refusal.code, content)
                    continue
                if refusal.code < 500 and refusal.code != 429:
                    raise Refused(refusal.code, content) from None
                last = Refused(refusal.code, content)
            except OSError as broken:
                last = broken
        raise last

    def sign_in(self):
        self.token = ""
        answer = self.do("POST", TOKEN, "application/x-www-form-urlencoded", self.form)
        self.token = json.loads(answer)["access_token"]

    def path(self):
        return "/api/v1/feeds/" + urllib.parse.quote(self.book, safe="")

    def send(self, name, content, sent):
        path = self.path() + "/messages"
        kind = TABLES.get(pathlib.Path(name).suffix)
        if kind:
            query = {"system": self.system, "sequence": sent["sequence"], "key": sent["key"], "sentAt": sent["sentAt"]}
            return self.do("POST", path + "?" + urllib.parse.urlencode(query), kind, content)
        message = {
            "enterprise": self.enterprise, "system": self.system, "book": self.book, "sequence": sent["sequence"],
            "key": sent["key"], "sentAt": sent["sentAt"], "records": json.loads(content),
        }
        return self.do("POST", path, "application/json", json.dumps(message).encode())


def remember(path, memory):
    fresh = path.with_suffix(".new")
    fresh.write_text(json.dumps(memory, indent=2))
    os.replace(fresh, path)


def folder(client, directory):
    feed = json.loads(client.do("GET", client.path()))
    client.enterprise = feed["enterprise"]
    book = directory / ".seine-feed.json"
    memory = json.loads(book.read_text()) if book.exists() else {"files": {}}
    last = max([feed["applied"], feed.get("stopped", 0), *feed.get("waiting", []), *(s["sequence"] for s in memory["files"].values())])
    receipts = directory / "receipts"
    receipts.mkdir(exist_ok=True)
    waits = False
    for path in sorted(directory.iterdir()):
        name = path.name
        if path.suffix not in (*TABLES, ".json") or name.startswith("."):
            continue
        sent = memory["files"].get(name)
        if sent and sent["done"]:
            continue
        content = path.read_bytes()
        if not sent:
            last += 1
            key = hashlib.sha256(f"{client.book}\n{name}\n".encode() + content).hexdigest()[:32]
            now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            sent = memory["files"][name] = {"sequence": last, "key": key, "sentAt": now, "done": False}
            remember(book, memory)  # before it is sent: whatever happens now, it keeps its number
        try:
            answer = client.send(name, content, sent)
        except Refused as refusal:
            (receipts / (name + ".json")).write_bytes(refusal.answer + b"\n")
            raise
        (receipts / (name + ".json")).write_bytes(answer + b"\n")
        state = json.loads(answer)["state"]
        waits = waits or state != "applied"
        print(f"{name}: message {sent['sequence']} is {state}")
        sent["done"] = True
        remember(book, memory)
    return waits


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--url", default="http://127.0.0.1:8080")
    for name in ("client", "secret-file", "book", "system"):
        parser.add_argument("--" + name, required=True)
    parser.add_argument("dir", type=pathlib.Path)
    asked = parser.parse_args()
    client = Client(asked.url, asked.book, asked.system)
    try:
        secret = pathlib.Path(asked.secret_file).read_text().strip()
        client.form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": asked.client, "client_secret": secret}).encode()
        client.sign_in()
        return 3 if folder(client, asked.dir) else 0
    except (OSError, ValueError, KeyError, Refused) as broken:
        print(broken, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
