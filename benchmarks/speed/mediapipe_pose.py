"""MediaPipe's own Pose solution over a clip, on the clock. Runs under any Python that has `mediapipe`.

    python mediapipe_pose.py FRAMES CLIP

Reads at most FRAMES frames, after one that it may warm up with, as the solution's documentation does; prints
one JSON object: {"frames", "decode_s", "pose_s", "cpu_s"}.
"""

import json
import sys
import time

import cv2
import mediapipe  # type: ignore[import-not-found]  # installed only where this runs


def main() -> None:
    """Work through the clip."""
    most, clip = int(sys.argv[1]), sys.argv[2]
    spent = {"frames": 0, "decode_s": 0.0, "pose_s": 0.0, "cpu_s": 0.0}
    video = cv2.VideoCapture(clip)
    with mediapipe.solutions.pose.Pose() as pose:
        good, frame = video.read()
        if good:
            pose.process(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
        cpu_s = time.process_time()
        for _ in range(most):
            begin = time.perf_counter()
            good, frame = video.read()
            decoded = time.perf_counter()
            if not good:
                break
            pose.process(cv2.cvtColor(frame, cv2.COLOR_BGR2RGB))
            spent["frames"] += 1
            spent["decode_s"] += decoded - begin
            spent["pose_s"] += time.perf_counter() - decoded
        spent["cpu_s"] = time.process_time() - cpu_s
    video.release()
    sys.stdout.write(json.dumps(spent))


main()
