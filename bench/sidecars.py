"""Import of generated label files of the published layout: from a directory, and from archives.

``python -m bench.sidecars`` imports 100,000 of them, ``--files 536181 --runs 1`` as many as were published.

The files are raw sidecars of about five kilobytes with the reply they came from, 1 in 12 of a video that did
not pass, and a few refusals and fallbacks. Each way in is measured in a process of its own, to the written
tables.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench.measuring import RESULTS, measure, save, side

FILES, PER_SHARD = 100_000, 10_000
BUDGET_S = 30  # of 100,000
RECORD = RESULTS / "sidecars.json"


def main() -> None:
    """Run the benchmark, or one side of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--side", choices=["import"])
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("source", type=Path, nargs="?")
    args = parser.parse_args()
    if args.side:
        print(json.dumps(imported(args.source)))
    else:
        compare(args.files, args.runs)


def compare(files: int = FILES, runs: int = 3) -> None:
    """Generate, measure both ways in, and write results/sidecars.json; other numbers of files stay."""
    known = json.loads(RECORD.read_text("utf-8"))["files"] if RECORD.is_file() else {}
    with tempfile.TemporaryDirectory() as directory:
        loose, shards = Path(directory, "loose"), Path(directory, "shards")
        size = write(files, loose, shards)
        places = {"directory": loose, "archives": shards}
        found = {
            name: measure(side("bench.sidecars", "import", place), runs) for name, place in places.items()
        }
    ways = {name: way.record() | way.answer for name, way in found.items()}
    every = known | {str(files): {"kilobytes": size / files / 1000, "ways": ways}}
    save("sidecars", {"budget_s": BUDGET_S, "files": every})


def imported(source: Path) -> dict[str, Any]:
    """Import a directory of label files, or of archives, into a study that is thrown away."""
    from crossoracle.importers.run import import_

    with tempfile.TemporaryDirectory() as study:
        done = import_("mm", source, study, oracle="generated")
    return {"rows": {name: counts.new for name, counts in done.counts.items()}, "notes": list(done.notes)}


def write(files: int, loose: Path, shards: Path) -> int:
    """Write the same label files one by one and into shards; return their size in bytes."""
    loose.mkdir(parents=True)
    shards.mkdir(parents=True)
    size, every = 0, enumerate(sidecars(files))
    for shard in range(-(-files // PER_SHARD)):
        with tarfile.open(shards / f"sidecars-{shard:03}.tar.gz", "w:gz", compresslevel=6) as tar:
            for number, sidecar in every:
                data = json.dumps(sidecar, indent=2).encode()
                name = f"{sidecar['video_id']}.json"
                (loose / name).write_bytes(data)
                member = tarfile.TarInfo(name)
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
                size += len(data)
                if (number + 1) % PER_SHARD == 0:
                    break
    return size


def sidecars(files: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """Yield generated label files."""
    rng = random.Random(seed)
    for number in range(files):
        source = "".join(rng.choices("abcdefghijklmnopqrstuvwxyz0123456789-_", k=11))
        start = rng.randrange(0, 300)
        yield sidecar(rng, f"{source}_{start:06}_{start + 10:06}", f"class {number % 400}")


def sidecar(rng: random.Random, video_id: str, label: str) -> dict[str, Any]:
    """Return one generated label file; how its precheck came out is drawn."""
    n, kind = rng.randint(5, 17), rng.choices(["yes", "no", "refused", "fallback"], [910, 80, 5, 5])[0]
    weights = [rng.randint(0, 100) if kind == "yes" else 50 * (kind == "fallback") for _ in range(n)]
    kept = [i for i, weight in enumerate(weights) if weight >= 50]
    responses = [_response(rng, kind, weights, kept)] * (3 if kind == "fallback" else 1)
    passed = kind in ("yes", "fallback")
    borders = [{"index": i, "start_s": float(i), "end_s": i + 1.0} for i in range(n)]
    run = {
        "kept_indices": kept,
        "removal_order": [],
        "oracle_calls": 0,
        "terminated_reason": "direct_scoring",
    }
    return {
        "video_id": video_id,
        "video_path": f"data/k400/full/train/{video_id}.mp4",
        "action_label": label,
        "timestamp": "2030-01-02T03:04:05.678901",
        "summary": {"total_segments": n, "important_count": len(kept), "unimportant_count": n - len(kept)},
        "segments": [
            border
            | {"frequency": w / 100, "label": "important" if w >= 50 else "unimportant", "weight": w / 100}
            for border, w in zip(borders, weights, strict=True)
        ],
        "mss_result": {
            "video_id": video_id,
            "segments": borders,
            "mss_runs": [run | {"search_responses": [], "iteration_scores": []}] if passed else [],
            "inclusion_frequencies": {str(i): w / 100 for i, w in enumerate(weights)} if passed else {},
            "total_oracle_calls": len(responses),
            "precheck_passed": passed,
            "precheck_vote_yes": float(passed),
            "precheck_responses": responses,
        },
        "elapsed_s": round(rng.uniform(1, 9), 2),
    }


def _response(rng: random.Random, kind: str, weights: list[int], kept: list[int]) -> dict[str, Any]:
    if kind == "refused":
        evidence = "Query failed: Error code: 400 - the response was filtered"
        return {"decision": "SKIP", "confidence": 0.0, "evidence": evidence, "raw_output": evidence}
    said = {"decision": "NO" if kind == "no" else "YES", "confidence": rng.randint(50, 100) / 100}
    reply: dict[str, Any] = said | {"action_summary": "what is seen in the clip, in a short sentence"}
    if kind != "no":
        reply["segments"] = [
            {"segment_id": i + 1, "time_range": f"{i}-{i + 1}", "importance": w, "phase": "execution"}
            | {"reason": f"the hands move in segment {i + 1}"}
            for i, w in enumerate(weights)
        ]
        reply["minimum_sufficient_set"] = [i + 1 for i in kept]
    text = json.dumps(reply)
    logits = {"logit_yes": 24.5, "logit_no": 11.25, "logit_skip": 9.75, "logit_confidence": 1.0}
    raw = text[: len(text) // 2] if kind == "fallback" else text
    return said | {"evidence": reply["action_summary"], "rationale": "", "raw_output": raw} | logits


if __name__ == "__main__":
    main()
