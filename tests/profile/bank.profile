1179 ticks of 100 ns: 0.118 ms, without waiting

ticks     %  waited ms  thread
  942  79.9     20.000  MainThread
   79   6.7     16.990  thread 4
   79   6.7     11.995  thread 3
   79   6.7      7.000  thread 2

self     %  total     %  waited ms  function
 478  40.5    842  71.4     20.000  <module> (bank.thr:1)
 352  29.9    352  29.9             fib (bank.thr:7)
 120  10.2    120  10.2     29.985  Account.add (bank.thr:16)
  96   8.1    237  20.1      6.000  work (bank.thr:27)
  21   1.8     21   1.8             numbers (bank.thr:22)
   7   0.6      7   0.6             Account (bank.thr:11)
   5   0.4      5   0.4             Account.__init__ (bank.thr:12)

self     %  total     %  waited ms  line
 352  29.9    352  29.9             bank.thr:8  return n if n < 2 else fib(n - 1) + fib(n - 2)
 312  26.5    312  26.5             bank.thr:40  _thread.start_new_thread(work, (5,))
  89   7.5     89   7.5             bank.thr:3  import _thread
  45   3.8     45   3.8     15.000  bank.thr:18  time.sleep(0.001)
  45   3.8     45   3.8     14.985  bank.thr:17  with self.lock:
  45   3.8    165  14.0             bank.thr:29  account.add(i)
  30   2.5     30   2.5             bank.thr:19  self.total += n
  26   2.2     33   2.8             bank.thr:11  class Account:
  21   1.8     42   3.6             bank.thr:28  for i in numbers(n):
  21   1.8     21   1.8             bank.thr:23  for i in range(n):
  16   1.4     16   1.4             bank.thr:4  import time
  11   0.9     11   0.9             bank.thr:42  while len(done) < 3:
   9   0.8      9   0.8      6.000  bank.thr:33  time.sleep(0.002)
   9   0.8      9   0.8             bank.thr:31  numbers(n)[0]
   9   0.8      9   0.8             bank.thr:34  done.append(n)
   8   0.7      8   0.7             bank.thr:39  for _ in range(3):
   6   0.5      6   0.5     20.000  bank.thr:43  time.sleep(0.01)
   4   0.3    356  30.2             bank.thr:41  print(fib(10))
   4   0.3      4   0.3             bank.thr:13  self.lock = _thread.allocate_lock()
   4   0.3      4   0.3             bank.thr:44  print(account.total)
   3   0.3      8   0.7             bank.thr:37  account = Account()
   3   0.3      3   0.3             bank.thr:32  except TypeError:
   1   0.1      1   0.1             bank.thr:7  def fib(n):
   1   0.1      1   0.1             bank.thr:12  def __init__(self):
   1   0.1      1   0.1             bank.thr:14  self.total = 0
   1   0.1      1   0.1             bank.thr:16  def add(self, n):
   1   0.1      1   0.1             bank.thr:22  def numbers(n):
   1   0.1      1   0.1             bank.thr:27  def work(n):
   1   0.1      1   0.1             bank.thr:38  done = []
