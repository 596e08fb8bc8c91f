"""A folder of its own for each run."""
import os

HOME = os.getcwd()
FOLDER = f"/tmp/thr-files-{os.getpid()}"


def enter():
    os.mkdir(FOLDER)
    os.chdir(FOLDER)


def leave():
    os.chdir(HOME)
    for folder, folders, names in os.walk(FOLDER, topdown=False):
        for name in names:
            os.remove(os.path.join(folder, name))
        for name in folders:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                os.remove(path)
            else:
                os.rmdir(path)
    os.rmdir(FOLDER)
