1950 ticks of 100 ns: 0.195 ms, without waiting

ticks     %  waited ms  thread
 1572  80.6     16.960  MainThread
  126   6.5     16.991  Thread-3 (work)
  126   6.5     11.995  Thread-2 (work)
  126   6.5      7.000  Thread-1 (work)

self     %  total     %  waited ms  function
1188  60.9   1552  79.6     16.960  <module> (bank.thr:1)
 352  18.1    352  18.1             fib (bank.thr:6)
 183   9.4    324  16.6      6.000  work (bank.thr:26)
 120   6.2    120   6.2     29.986  Account.add (bank.thr:15)
  21   1.1     21   1.1             numbers (bank.thr:21)
   7   0.4      7   0.4             Account (bank.thr:10)
   5   0.3      5   0.3             Account.__init__ (bank.thr:11)

self     %  total     %  waited ms  line
 648  33.2    648  33.2             bank.thr:2  import threading
 357  18.3    357  18.3             bank.thr:38  t.start()
 352  18.1    352  18.1             bank.thr:7  return n if n < 2 else fib(n - 1) + fib(n - 2)
 105   5.4    105   5.4             bank.thr:30  sorted(range(20), key=lambda x: 10 // (x - 15))
  96   4.9     96   4.9             bank.thr:36  threads = [threading.Thread(target=work, args=(5,)) for _ in
  45   2.3     45   2.3     15.000  bank.thr:17  time.sleep(0.001)
  45   2.3     45   2.3     14.986  bank.thr:16  with self.lock:
  45   2.3    165   8.5             bank.thr:28  account.add(i)
  36   1.8     36   1.8     16.960  bank.thr:41  t.join()
  30   1.5     30   1.5             bank.thr:18  self.total += n
  26   1.3     33   1.7             bank.thr:10  class Account:
  21   1.1     42   2.2             bank.thr:27  for i in numbers(n):
  21   1.1     21   1.1             bank.thr:22  for i in range(n):
   9   0.5      9   0.5      6.000  bank.thr:32  time.sleep(0.002)
   7   0.4      7   0.4             bank.thr:37  for t in threads:
   7   0.4      7   0.4             bank.thr:40  for t in threads:
   4   0.2    356  18.3             bank.thr:39  print(fib(10))
   4   0.2      4   0.2             bank.thr:12  self.lock = threading.Lock()
   4   0.2      4   0.2             bank.thr:42  print(account.total)
   3   0.2      8   0.4             bank.thr:35  account = Account()
   3   0.2      3   0.2             bank.thr:31  except ZeroDivisionError:
   2   0.1      2   0.1             bank.thr:3  import time
   1   0.1      1   0.1             bank.thr:6  def fib(n):
   1   0.1      1   0.1             bank.thr:11  def __init__(self):
   1   0.1      1   0.1             bank.thr:13  self.total = 0
   1   0.1      1   0.1             bank.thr:15  def add(self, n):
   1   0.1      1   0.1             bank.thr:21  def numbers(n):
   1   0.1      1   0.1             bank.thr:26  def work(n):
