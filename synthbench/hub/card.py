"""README files on the Hub: the cards of an encoder, of the leaderboard's data and of its page."""

from __future__ import annotations

import json
import re

from synthbench.errors import SynthbenchError
from synthbench.pretrain.encoders.architecture import architecture
from synthbench.pretrain.timm_config import license_id
from synthbench.result.encoder_file import Spec
from synthbench.result.metric_names import common, titled
from synthbench.result.result import TRAINED_ELSEWHERE, Result, Score


def encoder_card(record: Result, spec: Spec, repo: str, leaderboard: str, *, timm: bool, sheet: bool) -> str:
    """The README.md of an encoder's repo: scores (also as a model-index), how to load it, licence, citation."""
    made, rules = record.generator, record.protocol.id
    flags = [
        f"Real images used: {markdown(', '.join(made.real_data_sources) or 'yes')}."
        if made.uses_real_data
        else "No real images were used.",
        "Pretrained networks were used." if made.uses_pretrained else "No pretrained networks were used.",
    ]
    parts = [
        f"---\n{_metadata(record, repo, timm=timm)}\n---",
        f"# {markdown(made.title)}, {rules}",
        _what(record, spec) + " " + " ".join(flags),
        "![Images that it was pretrained on](contact-sheet.png)" if sheet else "",
        _loading(record, spec, repo, timm=timm),
        _scores(record, leaderboard),
        f"## Licence and citation\n\n{markdown(made.license)}\n\n" + fenced(made.citation or "(none given)"),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _metadata(record: Result, repo: str, *, timm: bool) -> str:
    """The block of YAML that the Hub reads."""
    from huggingface_hub import EvalResult, ModelCardData

    results = [
        EvalResult(
            task_type="image-classification",
            task_name=f"{score.probe} probe on frozen features",
            dataset_type=plain(score.dataset_id),
            dataset_name=score.task,
            dataset_split=score.split,
            dataset_revision=score.dataset_revision,
            metric_type="accuracy" if score.metric == "top1" else score.metric,
            metric_name=f"{titled(score.metric)}, {score.probe}",
            metric_value=round(_mean(score), 6),
        )
        for score in record.scores
    ]
    known = license_id(record.generator.license)
    data = ModelCardData(
        library_name="timm" if timm else "synthbench",
        pipeline_tag="image-feature-extraction",
        license=known,
        license_name=plain(record.generator.license) if known == "other" else None,
        tags=["synthbench", "synthetic-data", "self-supervised-learning"],
        model_name=repo.split("/")[1],
        eval_results=results,
    )
    return str(data.to_yaml())


def _loading(record: Result, spec: Spec, repo: str, *, timm: bool) -> str:
    """The section on loading the encoder, with its input and branches."""
    code = [
        "import synthbench",
        "",
        f'encoder = synthbench.load_encoder("{repo}")  '
        "# takes (N, 3, H, W) pixels in [0, 1] and normalises them itself",
        "",
    ]
    if timm:
        code += [
            "import timm",
            "",
            f'model = timm.create_model("hf-hub:{repo}", pretrained=True)  '
            "# takes normalised images, as model.pretrained_cfg says",
        ]
    else:
        code += [f"# {spec.architecture} as built here is not in timm: load it with synthbench"]
    first, *rest = [run.seed for run in record.runs]
    branches = "".join(f", seed {seed} on the branch `seed-{seed}`" for seed in rest)
    return (
        f"## Load it\n\n```python\n{chr(10).join(code)}\n```\n\nInput: {spec.size} px, mean {list(spec.mean)}, "
        f"std {list(spec.std)}. `main` holds seed {first}{branches}."
    )


def _scores(record: Result, leaderboard: str) -> str:
    """The section with the table of scores."""
    n, metric = len(record.runs), common(s.metric for s in record.scores)
    tasks = [s.task if s.metric == metric else f"{s.task} ({titled(s.metric)})" for s in record.scores]
    rows = "\n".join(
        f"| {task} | {s.probe} | {100 * _mean(s):.1f} | {100 * s.chance:.1f} | {s.n_test:,} |"
        for task, s in zip(tasks, record.scores, strict=True)
    )
    return (
        f"## Scores\n\n{_capital(titled(metric))} in percent, mean over {n} seed{'s' if n > 1 else ''}; mean of all: "
        f"**{100 * record.aggregate.value:.1f}**. As reported by the submitter; the leaderboard shows what others "
        f"checked{f' (`{leaderboard}`)' if leaderboard else ''}.\n\n"
        f"| task | probe | score | chance | test images |\n|---|---|---|---|---|\n{rows}"
    )


def _what(record: Result, spec: Spec) -> str:
    net, rules = _title(spec.architecture), record.protocol.id
    if TRAINED_ELSEWHERE in record.protocol.overrides:
        params = record.generator.params
        return (
            f"{net} that was trained elsewhere under other rules: the tensors of "
            f"`{plain(str(params.get('source')))}` (SHA-256 `{plain(str(params.get('source_sha256')))}`), converted, "
            f"and evaluated frozen on real images as the protocol `{rules}` of synthbench says. Its training data, as "
            "declared by the submitter:"
        )
    return (
        f"{net} pretrained on images of the generator `{plain(record.generator.name)}` under the protocol `{rules}` "
        "of synthbench, and evaluated frozen on real images."
    )


def _mean(score: Score) -> float:
    """Mean over the seeds."""
    return sum(s.value for s in score.per_seed) / len(score.per_seed)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _title(name: str) -> str:
    """Title of an architecture, or its name if the package that declares it is not installed."""
    try:
        return architecture(name).title
    except SynthbenchError:
        return name


def dataset_card(repo: str) -> str:
    """The README.md of a leaderboard's dataset repo."""
    return f"""---
tags: [synthbench, leaderboard]
viewer: false
---

# A synthbench leaderboard

One immutable JSON file per submission, in `results/<protocol>/<entrant>/<submission_id>.json`; `result.schema.json` describes it. Its
name is the hash of its content. A correction is a new file that names the old one in `supersedes`. Only maintainers write `verifications/`.

Submit with one command, which opens a pull request here:

    synthbench submit RUN ... --leaderboard {repo}

Read it:

    synthbench board --leaderboard {repo}
    synthbench encoders --leaderboard {repo}
"""  # noqa: E501


def space_card(title: str) -> str:
    """The README.md of the page's Space."""
    about = {
        "title": title,
        "emoji": "🧵",
        "colorFrom": "green",
        "colorTo": "gray",
        "sdk": "static",
        "app_file": "index.html",
        "pinned": False,
    }
    front = "\n".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in about.items())
    return f"---\n{front}\n---\n\nWritten by `synthbench board publish`; the next run overwrites edits.\n"


def plain(text: str) -> str:
    """Untrusted text on one line."""
    return "".join(c if c.isprintable() else " " for c in text)[:500]


def markdown(text: str) -> str:
    """Untrusted text in Markdown: shown, not interpreted."""
    return re.sub(r"([\\`*_{}\[\]()#+!|<>&~$:@])", r"\\\1", plain(text))


def fenced(text: str) -> str:
    """Untrusted text as a code block that it cannot close."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}\n{text[:4000]}\n{fence}"
