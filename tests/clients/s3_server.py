#!/usr/bin/env python3
"""Serves an S3 API from memory on a free loopback port, makes a bucket, and prints one line of JSON when ready.

Usage: s3_server.py [bucket]
The line holds endpoint, bucket, region, access_key_id and secret_access_key. Ends when its standard input is closed.
A conditional write of moto looks and then writes, which is not atomic; so PUTs are let in one at a time. What
the storage contract proves about racing creations is thus that the program asks for them rightly.
"""

import json
import logging
import os
import sys
import threading

import boto3
from moto.moto_server import threaded_moto_server
from moto.server import ThreadedMotoServer

REGION = "eu-north-1"


class OnePutAtATime(threaded_moto_server.DomainDispatcherApplication):
    """The application with a lock around every PUT."""

    puts = threading.Lock()

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] != "PUT":
            return super().__call__(environ, start_response)
        with self.puts:
            return super().__call__(environ, start_response)


def main():
    bucket = sys.argv[1] if len(sys.argv) > 1 else "allmenning-test"
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    threaded_moto_server.DomainDispatcherApplication = OnePutAtATime
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
