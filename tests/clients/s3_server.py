#!/usr/bin/env python3
"""Serves an S3 API from memory on a free loopback port, makes a bucket, and prints one line of JSON when ready.

Usage: s3_server.py [bucket]
The line holds endpoint, bucket, region, access_key_id and secret_access_key. Ends when its standard input is closed.
Concurrent conditional writes of this server are not atomic: it serves sequential tests only.
"""

import json
import logging
import os
import sys

import boto3
from moto.server import ThreadedMotoServer

REGION = "eu-north-1"


def main():
    bucket = sys.argv[1] if len(sys.argv) > 1 else "allmenning-test"
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    client = boto3.client("s3", endpoint_url=endpoint, region_name=REGION, **keys)
    client.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    ready = {"endpoint": endpoint, "bucket": bucket, "region": REGION}
    print(json.dumps({**ready, "access_key_id": "test", "secret_access_key": "test"}), flush=True)
    sys.stdin.read()
    server.stop()


if __name__ == "__main__":
    main()
