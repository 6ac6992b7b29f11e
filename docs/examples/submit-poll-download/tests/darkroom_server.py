"""Darkroom's own side, on this machine: it has developed the picture when it is asked for the second time."""

import json
from base64 import b64decode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "a-key-of-darkroom"
PICTURE = b64decode(  # a grey square of 64 pixels
    "iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAAAAACPAi4CAAAAKUlEQVR42u3MQREAAAwCIKMb3RD77SAA6VEEAoFAIBAIBAKBQCAQfA8G320AeXC6efoAAAAASUVORK5CYII="
)


class Server(ThreadingHTTPServer):
    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.orders, self.visits, self.cancelled = [], 0, []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        order = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.headers["x-darkroom-key"] != KEY:
            return self.answer({"error": {"message": "Who are you?", "code": "invalid_api_key"}}, 401)
        self.server.orders.append(order)
        self.answer({"id": len(self.server.orders), "state": "ordered"}, 202)

    def do_GET(self):
        number = int(self.path.rpartition("/")[2])
        order = self.server.orders[number - 1]
        if self.path.startswith("/pictures/"):
            return self.answer(PICTURE, kind="image/png")
        self.server.visits += 1
        if "nude" in order["prompt"]:
            self.answer({"state": "failed", "error": {"message": "Not here.", "code": "indecent"}})
        elif "slow" in order["prompt"] or self.server.visits < 2:
            self.answer({"state": "developing"})
        else:
            self.answer({"state": "done", "url": f"{self.server.url}/pictures/{number}", "seed": order.get("seed", 0)})

    def do_DELETE(self):
        self.server.cancelled.append(self.path)
        self.answer({"state": "cancelled"})

    def answer(self, body, status=200, kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args):
        pass
