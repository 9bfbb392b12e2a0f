"""Times llama-cpp-python's own completion call, as a new user of it would write it.

Run as `python -m models.high_level FILE`, with texts as JSON on standard input; prints the seconds
of every second call as JSON. It has a process of its own, because a second thread that computes
would slow it down: see `models.passing_thread`.
"""

import json
import sys
import time

import llama_cpp


def main(path: str, texts: list[str]) -> list[float]:
    """Ask for one token and 20 log-probabilities after each text, all else at its default.

    Texts come in pairs of neighbours of a tree; the first of each brings the cache to where it
    would be in the whole run, the second is timed.
    """
    llama = llama_cpp.Llama(path, n_ctx=1024, logits_all=True, verbose=False)
    taken: list[float] = []
    for number, text in enumerate(texts):
        start = time.perf_counter()
        llama.create_completion(text, max_tokens=1, logprobs=20)
        if number % 2:
            taken.append(time.perf_counter() - start)
    llama.close()
    return taken


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], json.load(sys.stdin))) + "\n")
