"""Runs an embedding model: windows of token ids come in by stdin, their vectors go out by stdout.

A frame has a length (u32), a number (u32), a word (u32) and a body, all little endian. The first frame of the server is
the model. Every other frame is one window: its number, the word 1 when a request waits for it and else 0, and its
tokens (i32). The answer has the same number, and either the word 0 and the vector (f32), or the word 1 and the reason
as text. The answer with number 0 says that the model is loaded.

Windows of documents are computed in parallel, one on each processor and with a lower priority. A window that a request
waits for has its own thread and waits for no other window.
"""

import base64
import json
import os
import queue
import struct
import sys
import threading

# The server joins confine.py and this file into one program.
from confine import die_with_parent, limit, refuse_calls

HEADER = struct.Struct("<III")


class Frames:
    """Frames on two descriptors. What a library prints goes to stderr, so that it is not read as an answer."""

    def __init__(self):
        self.input = os.fdopen(os.dup(0), "rb")
        self.output = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self.lock = threading.Lock()

    def read(self):
        """Returns number, word and body, or None at the end."""
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
    """Loads the libraries too, because the threads that they start inherit the confinement of this thread."""
    global numpy
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    # The library would send usage data to its makers if it had a network.
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import numpy
    import onnxruntime

    onnxruntime.disable_telemetry_events()
    options = onnxruntime.SessionOptions()
    # Two windows on one thread each finish sooner than one after the other on two threads, and no window needs padding.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def embed(session, tokens):
    """Returns the mean of the vectors of the tokens, scaled to length 1."""
    ids = numpy.frombuffer(tokens, dtype="<i4").astype(numpy.int64)[None]
    given = {"input_ids": ids, "attention_mask": numpy.ones_like(ids), "token_type_ids": numpy.zeros_like(ids)}
    feeds = {entry.name: given[entry.name] for entry in session.get_inputs()}
    mean = session.run(None, feeds)[0][0].mean(axis=0, dtype=numpy.float32)
    return (mean / max(float(numpy.linalg.norm(mean)), 1e-12)).astype("<f4").tobytes()


class Worker(threading.Thread):
    """Computes one window of `waiting` after the other. The thread calls `prepare` first."""

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
        """Denies the network and other processes to each thread that exists so far. Threads pass this on to threads
        that they start.
        """
        if confined is not None:
            refuse_calls(base64.b64decode(confined["filter"]))

    def give_way():
        if sys.platform == "linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
        confine()

    # When one thread could not be confined, no other thread may continue.
    threading.excepthook = lambda thrown: (sys.excepthook(*thrown[:3]), os._exit(1))
    if confined is not None:
        die_with_parent(confined["parent"])
        limit(confined["limits"])
    # The priorities come first, because a confined thread cannot change its priority.
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
    # The server has ended or needs nothing more. Exit at once, because computing threads would delay an orderly exit.
    os._exit(0)


main(**json.loads(sys.argv[1]))
