#!/usr/bin/env python3
"""Serves S3 with SeaweedFS from a temporary folder on free loopback ports, makes a bucket, and prints one line of JSON.

Usage: s3_server.py [bucket]
The line holds endpoint, bucket, region, access_key_id and secret_access_key. Ends when its standard input is closed.
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time

import boto3
import botocore.exceptions

REGION = "eu-north-1"
KEY = "test"
WAIT_SECONDS = 60


def free_ports(count):
    """Ports that were free a moment ago, all different."""
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def start(folder, log):
    """The server and the address of its S3 API."""
    settings = pathlib.Path(folder, "s3.json")
    credentials = [{"accessKey": KEY, "secretKey": KEY}]
    identity = {"name": KEY, "credentials": credentials, "actions": ["Admin", "Read", "Write", "List"]}
    settings.write_text(json.dumps({"identities": [identity]}))
    names = [f"{part}.port{kind}" for part in ("master", "volume", "filer", "s3") for kind in ("", ".grpc")]
    ports = dict(zip(names, free_ports(len(names))))
    command = [pathlib.Path(sys.executable).with_name("weed"), "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    command += [f"-dir={folder}", "-filer", "-s3", f"-s3.config={settings}", "-s3.iam=false", "-s3.ip.bind=127.0.0.1"]
    command += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.volumeSizeLimitMB=64", "-volume.max=20"]
    command += [f"-{name}={port}" for name, port in ports.items()]
    server = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, env={**os.environ, "HOME": folder})
    return server, f"http://127.0.0.1:{ports['s3.port']}"


def make_bucket(server, endpoint, bucket):
    """Makes the bucket as soon as the server answers."""
    keys = {"aws_access_key_id": KEY, "aws_secret_access_key": KEY}
    client = boto3.client("s3", endpoint_url=endpoint, region_name=REGION, **keys)
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return client.create_bucket(Bucket=bucket)
        except (botocore.exceptions.BotoCoreError, botocore.exceptions.ClientError):
            if server.poll() is not None or time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def main():
    bucket = sys.argv[1] if len(sys.argv) > 1 else "allmenning-test"
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    with tempfile.TemporaryDirectory() as folder, open(pathlib.Path(folder, "log"), "w", encoding="utf-8") as log:
        server, endpoint = start(folder, log)
        try:
            make_bucket(server, endpoint, bucket)
            ready = {"endpoint": endpoint, "bucket": bucket, "region": REGION}
            print(json.dumps({**ready, "access_key_id": KEY, "secret_access_key": KEY}), flush=True)
            sys.stdin.read()
        finally:
            # Its orderly end takes ten seconds, and nothing of it is kept.
            server.kill()
            server.wait()


if __name__ == "__main__":
    main()
