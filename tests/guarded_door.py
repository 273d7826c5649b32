"""A name service and servers on loopback, for the guarded door to be tried on."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from platform_kit.outbound import Outbound

Answer = Callable[[BaseHTTPRequestHandler], None]
PUBLIC = "93.184.216.34"


class Names:
    """Answers for each name in turn, the last one for ever; counts the questions."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    def resolve(self, host: str, port: int) -> list[str]:
        self.asked.append((host, port))
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """A server on loopback that answers every GET and POST so; gives its origin."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        do_POST = do_GET  # noqa: N815 - the name http.server looks for

        def log_message(self, *_arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def saying(body: bytes, media_type: str, status: int = 200) -> Answer:
    """Answer with a body of a media type."""
    headers: dict[str, str] = {"Content-Type": media_type}
    return replying(body, status=status, **headers)


def replying(body: bytes, status: int = 200, **headers: str) -> Answer:
    """Answer with this."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        try:
            handler.wfile.write(body)
        except OSError:
            return  # the client has had enough

    return answer


def allowing(origin: str) -> Outbound:
    """A door that lets this origin through, whatever its address."""
    return Outbound(frozenset({origin}))
