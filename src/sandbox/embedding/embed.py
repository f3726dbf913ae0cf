"""Runs an embedding model: windows of token ids come in by stdin, their vectors go out by stdout.

A frame is its length (u32), a number (u32), a word (u32) and a body, all little endian. The first frame from the server
is the model; every other is one window: its number, 1 where somebody waits for it and else 0, and its tokens (i32). An
answer has that number, 0 and the vector (f32), or 1 and the reason in words. Number 0 says that the model is loaded.

Windows of documents are worked out side by side, one on each processor and with a lower priority. A window that somebody
waits for has a thread of its own and waits for none of them.
"""

import base64
import json
import os
import queue
import struct
import sys
import threading

# The server starts confine.py and this file as one program.
from confine import die_with_parent, limit, refuse_calls

HEADER = struct.Struct("<III")


class Frames:
    """Frames of two descriptors. What a library prints goes to stderr, where it cannot be taken for an answer."""

    def __init__(self):
        self.input = os.fdopen(os.dup(0), "rb")
        self.output = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self.lock = threading.Lock()

    def read(self):
        """Its number, word and body; None at the end."""
        header = self.input.read(HEADER.size)
        if len(header) < HEADER.size:
            return None
        length, number, word = HEADER.unpack(header)
        return number, word, self.input.read(length)

    def write(self, number, word, body):
        with self.lock:
            self.output.write(HEADER.pack(len(body), number, word) + body)
            self.output.flush()


def load(model):
    """Libraries as well: threads that they start have what confines this one."""
    global numpy
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    # It would tell its makers how it is used, where it had a network.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import numpy
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    # Two windows on one thread each are done sooner than one after the other on two, and none has to be filled up.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def embed(session, tokens):
    """The mean of the vectors of a window's tokens, of length 1."""
    ids = numpy.frombuffer(tokens, dtype="<i4").astype(numpy.int64)[None]
    given = {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)}
    feeds = {entry.name: given[entry.name] for entry in session.get_inputs()}
    mean = session.run(None, feeds)[0][0].mean(axis=0, dtype=numpy.float32)
    return (mean / max(float(numpy.linalg.norm(mean)), 1e-12)).astype("<f4").tobytes()


class Worker(threading.Thread):
    """Works on one window of `waiting` after the other; `prepare` is the first thing that it does."""

    def __init__(self, waiting, frames, prepare):
        super().__init__(daemon=True)
        self.waiting, self.frames, self.prepare = waiting, frames, prepare
        self.start()

    def run(self):
        self.prepare()
        while True:
            session, number, tokens = self.waiting.get()
            try:
                answer = 0, embed(session, tokens)
            except Exception as error:
                answer = 1, str(error).encode()[:500]
            self.frames.write(number, *answer)


def main(threads, confined):
    frames = Frames()
    documents, urgent = queue.SimpleQueue(), queue.SimpleQueue()

    def confine():
        """For each thread that was there before: no network and no other process. Threads hand it on."""
        if confined is not None:
            refuse_calls(base64.b64decode(confined["filter"]))

    def give_way():
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        confine()

    # A thread that could not be confined must not leave the others to work.
    threading.excepthook = lambda thrown: (sys.excepthook(*thrown[:3]), os._exit(1))
    if confined is not None:
        die_with_parent(confined["parent"])
        limit(confined["limits"])
    # First, since what is confined cannot change its priority.
    for _ in range(threads):
        Worker(documents, frames, give_way)
    confine()
    _, _, model = frames.read()
    session = load(model)
    Worker(urgent, frames, lambda: None)
    frames.write(0, 0, b"")
    while frame := frames.read():
        number, word, tokens = frame
        (urgent if word else documents).put((session, number, tokens))
    # The server is gone, or wants no more: threads that compute would hold up an orderly end.
    os._exit(0)


main(**json.loads(sys.argv[1]))
