#!/usr/bin/env python3
"""Takes notices: a web server that holds events against the libraries of CloudEvents and Standard Webhooks, and a mail
server. Runs until its standard input ends.

Usage: notices.py KEY
Prints one line of JSON with its ports, then one for each event and each mail.
"""

import asyncio
import email
import email.policy
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from cloudevents.v1.http import from_http
from standardwebhooks import Webhook


def say(**members):
    print(json.dumps(members), flush=True)


class Events(BaseHTTPRequestHandler):
    """Refuses the first event, as a receiver does that is restarted."""

    refused = False

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        if not Events.refused:
            Events.refused = True
            self.send_response(503)
            self.send_header("retry-after", "0")
        else:
            Webhook(sys.argv[1]).verify(body, headers)
            event = from_http(headers, body)
            say(event=dict(event.get_attributes()), data=event.data, id=headers["webhook-id"])
            self.send_response(204)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


class Mails:
    async def handle_DATA(self, _server, _session, envelope):
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        say(
            mail=message["subject"],
            sender=envelope.mail_from,
            to=envelope.rcpt_tos,
            automatic=message["auto-submitted"],
            body=message.get_content(),
        )
        return "250 taken"


def main():
    web = ThreadingHTTPServer(("127.0.0.1", 0), Events)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    # The controller looks for its own server at the port it was given, so that it must be given a free one.
    probe = ThreadingHTTPServer(("127.0.0.1", 0), Events)
    port = probe.server_address[1]
    probe.server_close()
    mails = Controller(Mails(), hostname="127.0.0.1", port=port, loop=asyncio.new_event_loop())
    mails.start()
    say(http=web.server_address[1], smtp=port)
    sys.stdin.read()
    mails.stop()


if __name__ == "__main__":
    main()
