"""What the scripts in this folder share.

`blocking(name, action)` calls `action(wait)`. Each `wait()` blocks on a lock that another thread holds; that thread lets
it go only when it has been told that somebody wants it, and has done some work. An action that calls `wait()` from code
which a built-in calls (`__lt__`, a key function, an iterator) ends only if a thread can wait there while others go on.

`alternating(name, action)` calls `action(turn)` in two threads. Each `turn()` spins, without any lock, until the other
thread has taken its turn: that ends only if threads are switched inside of the callbacks.
"""

import sys
import threading


class Waiter:
    def __init__(self):
        self.waits = 0

    def __call__(self, value=None):
        """Blocks once; gives `value` back."""
        lock, held, wanted, steps = threading.Lock(), threading.Event(), threading.Event(), []

        def keep():
            with lock:
                held.set()
                wanted.wait()
                steps.extend(range(3))

        keeper = threading.Thread(target=keep)
        keeper.start()
        held.wait()
        assert not lock.acquire(blocking=False), "nobody holds the lock"
        wanted.set()
        with lock:
            self.waits += 1
            assert steps == [0, 1, 2], "the other thread didn't go on"
        keeper.join()
        return value


def blocking(name, action):
    wait = Waiter()
    result = action(wait)
    print(f"{name}: {result!r}, waits: {wait.waits}")


def alternating(name, action):
    sys.setswitchinterval(1e-5)
    trace, results, ended = [], {}, set()

    def work(me, other):
        def turn(value=None):
            while len(trace) % 2 != me and other not in ended:
                pass
            trace.append("ab"[me])
            return value

        try:
            results[me] = action(turn)
        finally:
            ended.add(me)

    threads = [threading.Thread(target=work, args=(me, 1 - me)) for me in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{name}: {''.join(trace)} {results[0]!r} {results[0] == results[1]}")
