before = 1
raise ValueError("this module always fails")
