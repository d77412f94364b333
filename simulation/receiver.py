"""A channel that people listen on: a web hook on this machine that may refuse or hang."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


class Receiver:
    """A web hook on this machine that takes messages, refuses them, or says nothing."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.refuses = self.hangs = False
        self.ended = Event()
        receiver = self

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                content = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                if receiver.hangs:
                    receiver.ended.wait(30)
                    return
                if not receiver.refuses:
                    receiver.messages.append(f"{content['title']}\n{content['message']}")
                self.send_response(500 if receiver.refuses else 200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
        Thread(target=self._server.serve_forever, daemon=True).start()
        # The seconds to wait for an answer stand in the address, as people set them.
        self.url = f"json://127.0.0.1:{self._server.server_port}/s3cret?rto=1"

    def close(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
