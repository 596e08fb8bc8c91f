# Memory and time of threads that wait: N of them are started, wait for one Event (or for one lock, without Thread objects),
# are woken, and end. Linux: the resident set comes from /proc.
#
#     thr run --clock wall benches/threads/parked.py [N [bare]]
import _thread
import sys
import threading
import time


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * 4096


def with_objects(n):
    event = threading.Event()
    ended = [0]

    def work():
        event.wait()
        ended[0] += 1

    def wake():
        event.set()
        for t in threads:
            t.join()

    threads = [threading.Thread(target=work) for _ in range(n)]
    for t in threads:
        t.start()
    return wake, ended


def bare(n):
    lock = _thread.allocate_lock()
    acquire, release = lock.acquire, lock.release
    ended = [0]

    def work():
        acquire()
        ended[0] += 1
        release()

    def wake():
        release()
        while ended[0] < n:
            time.sleep(0)

    acquire()
    for _ in range(n):
        _thread.start_new_thread(work, ())
    return wake, ended


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    kind = bare if sys.argv[2:] == ["bare"] else with_objects
    memory, begin = resident(), time.process_time()
    wake, ended = kind(n)
    parked, full = time.process_time(), resident()
    wake()
    end = time.process_time()
    print("threads", ended[0])
    print("# bytes_per_parked_thread", round((full - memory) / n))
    print("# resident_mb", full >> 20)
    print("# cpu_ns_per_start", round((parked - begin) / n * 1e9))
    print("# cpu_ns_per_wake_and_end", round((end - parked) / n * 1e9))


main()
