"""The calls inside a package while something runs, and what is run."""

import sys

LOSSES = {
    "TripletSemiHardLoss()": ("TripletSemiHardLoss", {}),
    "TripletLoss()": ("TripletLoss", {}),
    "TripletLoss(relation=SameLabel())": ("TripletLoss", {"relation": "SameLabel"}),
    "TripletHardLoss()": ("TripletHardLoss", {}),
}


def calls_in(folder, run):
    """Run; return [from, to, function] of every call of a Python function whose file lies in the folder.

    Files are relative to it; `from` is that of the nearest caller in it, and empty if there is none.
    """
    folder = f"{folder}/"
    found = []

    def within(frame):
        return frame.f_code.co_filename.startswith(folder)

    def note(frame, event, _):
        if event != "call" or not within(frame):
            return
        caller = frame.f_back
        while caller is not None and not within(caller):
            caller = caller.f_back
        names = [one.f_code.co_filename.removeprefix(folder) if one else "" for one in (caller, frame)]
        found.append([*names, frame.f_code.co_name])

    sys.setprofile(note)
    try:
        run()
    finally:
        sys.setprofile(None)
    return found
