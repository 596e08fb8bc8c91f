# Time of a switch by the number of threads: in a ring of n threads each passes the turn to the next one. Also: one of many
# waiting threads is woken at a time, and threads without an object are started and end.
#
#     thr run --clock wall benches/threads/switch.py [largest number of threads]
import _thread
import sys
import threading
import time


def ring(n, rounds):
    locks = [threading.Lock() for _ in range(n)]
    for lock in locks:
        lock.acquire()
    end = threading.Semaphore(0)

    def node(mine, following):
        get, put = mine.acquire, following.release
        for _ in range(rounds):
            get()
            put()
        end.release()

    for k in range(n):
        _thread.start_new_thread(node, (locks[k], locks[(k + 1) % n]))
    begin = time.process_time()
    locks[0].release()
    for _ in range(n):
        end.acquire()
    return (time.process_time() - begin) / (n * rounds)


def wake_one(n):
    waiting = threading.Semaphore(0)
    for _ in range(n):
        _thread.start_new_thread(waiting.acquire, ())
    begin = time.process_time()
    for _ in range(n):
        waiting.release()
        time.sleep(0)
    return (time.process_time() - begin) / n


def spawn(n):
    ended = [0]

    def work():
        ended[0] += 1

    start = _thread.start_new_thread
    begin = time.process_time()
    for _ in range(n):
        start(work, ())
    while ended[0] < n:
        time.sleep(0)
    return (time.process_time() - begin) / n


def main():
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    n = 2
    while n <= largest:
        print(f"# ring_of_{n}_ns_per_switch", round(ring(n, max(1, 1_000_000 // n)) * 1e9))
        n *= 10 if n > 2 else 50
    for n in (1_000, 100_000):
        if n <= largest:
            print(f"# wake_one_of_{n}_ns", round(wake_one(n) * 1e9))
    print("# bare_spawn_and_end_ns", round(spawn(200_000) * 1e9))
    print("switch done")


main()
